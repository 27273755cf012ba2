"""What verification leaves is plain data, and says the same in another process."""

import pickle

from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.manifest import Manifest, ManifestEntry
from forensic_cli.integrity.verified import Verified

A, B = Digest("md5", "a" * 32), Digest("md5", "b" * 32)


def test_it_travels_and_answers_alike() -> None:
    manifest = Manifest.of([ManifestEntry(b"x.png", (A,)), ManifestEntry(b"y\xff.png", (B,))])
    for verified in (
        Verified(),
        Verified(manifest),
        Verified(manifest, frozenset({b"x.png"})),
        Verified(manifest, frozenset({b"x.png"}), differing_below=(b"",)),
    ):
        travelled = pickle.loads(pickle.dumps(verified))  # noqa: S301 - its own
        assert travelled == verified
        for path in (b"x.png", b"y\xff.png", b"z.png"):
            assert travelled.digests_of(path) == verified.digests_of(path)
            assert travelled.differs(path) == verified.differs(path)


def test_what_differs_is_expected_to_be_nothing() -> None:
    manifest = Manifest.of([ManifestEntry(b"x.png", (A,)), ManifestEntry(b"y.png", (B,))])
    verified = Verified(manifest, frozenset({b"x.png"}))
    assert verified.digests_of(b"x.png") == ()
    assert verified.differs(b"x.png")
    assert verified.digests_of(b"y.png") == (B,)
    assert not verified.differs(b"y.png")
    assert Verified(manifest, differing_below=(b"",)).differs(b"y.png")
