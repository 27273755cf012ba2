"""A single file against the digests that are expected of it."""

import os
from collections.abc import Iterable
from pathlib import Path

from forensic_cli.errors import EvidenceError, UsageError
from forensic_cli.evidence.container_digest import ContainerDigest
from forensic_cli.evidence.hashed import hash_file
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import REPORTED, Digest
from forensic_cli.integrity.gathering import FOLDER
from forensic_cli.integrity.manifests.finding import find_manifests
from forensic_cli.integrity.manifests.formats import ManifestFormat
from forensic_cli.integrity.manifests.reading import read_manifest
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.integrity.report import Checked, Difference, VerificationReport


def check_file(path: Path, expected: tuple[Digest, ...], reference: str) -> Checked:
    """Check one file against the digests expected of it.

    Raises:
        EvidenceError: It is missing or cannot be read.
    """
    algorithms = tuple(dict.fromkeys(digest.algorithm for digest in expected))
    found = hash_file(path, tuple(dict.fromkeys((*REPORTED, *algorithms))))
    wrong = [digest for digest in expected if found[digest.algorithm] != digest]
    outcome = Outcome.CHANGED if len(wrong) == len(expected) else Outcome.CONFLICT
    said = "; ".join(f"expected {digest}, found {found[digest.algorithm]}" for digest in wrong)
    name = os.fsencode(path.name)
    report = VerificationReport(
        matched=0 if wrong else 1,
        differences=(Difference(outcome, name, said),) if wrong else (),
        algorithms=algorithms,
        found=tuple(ContainerDigest("the file", digest, name) for digest in found.values()),
    )
    return Checked(f"file {path}", reference, report)


def expected_of_file(path: Path, given: tuple[Path, ...]) -> tuple[tuple[Digest, ...], str]:
    """What the manifests say of one file, and which ones do.

    An entry is the file's where its path is the end of the file's own (``a/1.png`` of
    ``/case/Set/a/1.png``); the longest such entry counts. Without one, an entry of the same base
    name counts if it is the only one.

    Args:
        path: The file.
        given: Manifests named by the examiner; none = ``hashes/NAME.*`` here or next to the file.

    Raises:
        EvidenceError: There is no such file.
        UsageError: No manifest, or none that lists the file, or it is not clear which entry does.
        ManifestError: A manifest cannot be understood.
    """
    if not os.path.lexists(path):
        msg = f"{visible(os.fsencode(path))!r} does not exist; check the path"
        raise EvidenceError(msg)
    real = Path(os.path.realpath(path))
    manifests = given or find_manifests((path.name,), (Path(FOLDER), real.parent / FOLDER))
    expected: dict[Digest, None] = {}
    for file in map(read_manifest, manifests):
        manifest = file.manifest
        is_meant = given and file.format is ManifestFormat.BARE  # it has no name to compare
        own = os.fsencode(os.path.abspath(path))  # noqa: PTH100 - of a link itself
        for listed in manifest.paths() if is_meant else entries_of(manifest.paths(), own):
            expected |= dict.fromkeys(manifest.expected(listed))
    if not expected:
        msg = (
            f"nothing says what {path.name!r} should be; give --md5, --sha1 or --sha256 HEX, "
            "or a manifest that lists it with --hashes FILE"
        )
        raise UsageError(msg)
    return tuple(expected), ", ".join(str(manifest) for manifest in manifests)


def entries_of(paths: Iterable[bytes], path: bytes) -> list[bytes]:
    """The paths of a manifest that can only be this file's: none or one.

    Raises:
        UsageError: It is not clear which.
    """
    base = path.rpartition(b"/")[2]
    named = [listed for listed in paths if listed.rpartition(b"/")[2] == base]
    ends = [listed for listed in named if path.endswith(b"/" + listed.removeprefix(b"/"))]
    if ends:
        return [max(ends, key=len)]
    if len(named) > 1:
        several = ", ".join(visible(listed) for listed in named[:3])
        msg = f"several entries are called like this file ({several}, ...); check the whole folder"
        raise UsageError(msg)
    return named
