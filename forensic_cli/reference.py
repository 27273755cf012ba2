"""The reference of some evidence: the manifests given or found for it, taken together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from forensic_cli.evidence.listing import Listing
from forensic_cli.manifests.manifest import Manifest
from forensic_cli.manifests.reading import (
    CHECKSUM_SUFFIXES,
    ManifestFile,
    find_manifests,
    read_manifest,
)
from forensic_cli.names import visible

FOLDER = "hashes"


@dataclass(frozen=True, slots=True)
class Reference:
    """What the evidence is held to.

    Attributes:
        files: The manifests.
        manifest: What they expect together, paths below the evidence root.
        inside: Paths of those manifests that lie inside the evidence: no entries of it.
    """

    files: tuple[ManifestFile, ...]
    manifest: Manifest
    inside: frozenset[bytes]

    @property
    def records(self) -> tuple[Mapping[str, object], ...]:
        """The manifests for the log."""
        return tuple(
            {
                "path": visible(os.fsencode(file.path.absolute())),
                "format": file.format,
                "sha256": file.sha256,
                "entries": len(file.manifest),
                "algorithms": list(file.manifest.algorithms),
            }
            for file in self.files
        )


def reference_for(
    folder: Path, name: bytes, listing: Listing, given: tuple[Path, ...]
) -> Reference | None:
    """The reference of a folder of evidence.

    Args:
        folder: The evidence.
        name: Raw bytes of its own name.
        listing: Its entries.
        given: Manifests named by the examiner. Without any, ``hashes/NAME.*`` in the working
            folder and next to the evidence, and ``NAME.md5`` and the like beside it, are taken,
            all that there are.

    Returns:
        The reference; None where there is no manifest.

    Raises:
        ManifestError: A manifest cannot be understood, contradicts another, or names paths that
            are not below this folder.
    """
    paths = manifests_for(folder, name, given)
    if not paths:
        return None
    files = tuple(read_manifest(path) for path in paths)

    def holds(path: bytes) -> bool:
        return listing.find(path) is not None

    located = [file.manifest.located(name, holds) for file in files]
    root = folder.resolve()
    inside = frozenset(
        os.fsencode(file.path.resolve().relative_to(root))
        for file in files
        if file.path.resolve().is_relative_to(root)
    )
    return Reference(files, reduce(Manifest.merged, located), inside)


def manifests_for(folder: Path, name: bytes, given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The manifests given, else those found for a folder of evidence; none is read yet."""
    if given:
        return given
    text, beside = os.fsdecode(name), folder.resolve().parent
    named = find_manifests(text, (Path(FOLDER), beside / FOLDER))
    return named or find_manifests(text, (beside,), suffixes=CHECKSUM_SUFFIXES)
