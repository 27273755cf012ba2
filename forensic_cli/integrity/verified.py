"""What verification leaves for the entries to be checked against, as they are read for scoring."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found out of the entries; plain data, so that it can go to another process.

    Attributes:
        manifest: What the reference expects; nothing where there is none.
        differing: Paths that did not match, where the run goes on all the same.
        differing_below: Beginnings of paths of which nothing can be said to be as it was: the
            container that holds them differs. An empty one is of all.
        renamed: For each entry whose name has another form in the reference: its name there.
        unnamed: Paths that no reference names that counts; they are not scored.
    """

    manifest: Manifest = field(default_factory=lambda: Manifest({}))
    differing: frozenset[bytes] = frozenset()
    differing_below: tuple[bytes, ...] = ()
    unnamed: frozenset[bytes] = frozenset()
    renamed: Mapping[bytes, bytes] = field(default_factory=dict)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """What the reference gives digests by."""
        return self.manifest.algorithms

    def digests_of(self, path: bytes) -> tuple[Digest, ...]:
        """The digests with which a path matched its reference, if it did."""
        if path in self.differing:
            return ()
        return self.manifest.expected(self.renamed.get(path, path))

    def differs(self, path: bytes) -> bool:
        """Whether a path did not match."""
        return path in self.differing or path.startswith(self.differing_below)
