"""The reference of pictures that were named one by one."""

import os
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.files_source import FilesSource
from forensic_cli.evidence.listing import Listing
from forensic_cli.hashing import Digest
from forensic_cli.integrity.check_file import entries_of
from forensic_cli.integrity.gathering import FOLDER, manifests_for
from forensic_cli.integrity.manifests.finding import find_manifests
from forensic_cli.integrity.manifests.formats import ManifestFormat
from forensic_cli.integrity.manifests.manifest import Manifest, ManifestEntry
from forensic_cli.integrity.manifests.reading import ManifestFile
from forensic_cli.integrity.origins import Origin
from forensic_cli.integrity.reference import Reference


def manifests_for_files(source: FilesSource) -> dict[Path, Origin]:
    """The manifests found for files: of their names, and of the folders that they lie in."""
    found: dict[Path, Origin] = {}
    for folder in dict.fromkeys(path.parent for path in source.paths):
        names = [path.name for path in source.paths if path.parent == folder]
        found |= dict.fromkeys(find_manifests(names, (Path(FOLDER),)), Origin.WORKING_FOLDER)
        for path in find_manifests(names, (folder / FOLDER,)):
            found.setdefault(path, Origin.BESIDE)
        with closing(DirectorySource(folder)) as around:
            for path, origin in manifests_for(around, ()).items():
                # What lies in the folder does not lie in the files.
                found.setdefault(path, Origin.BESIDE if origin is Origin.INSIDE else origin)
    return found


def reference_of_files(
    source: FilesSource,
    listing: Listing,
    manifests: list[tuple[ManifestFile, Origin]],
    digests: tuple[Digest, ...],
) -> Reference | None:
    """What manifests say of files; their other rows are of other files.

    Args:
        source: The files.
        listing: The listing of ``source``.
        manifests: Read, each with where it came from.
        digests: What the examiner expects of a single file.

    Raises:
        ManifestError: A manifest says nothing of files, or contradicts another.
        UsageError: It is not clear which row is of a file.
    """
    expected: defaultdict[bytes, set[Digest]] = defaultdict(set)
    for item in listing if digests else ():
        expected[item.path] |= set(digests)
    used: list[tuple[ManifestFile, Origin, int]] = []
    for file, origin in manifests:
        rows = _rows_of(file, source, listing)
        for name, listed in rows.items():
            expected[name] |= set(file.manifest.expected(listed))
        if rows:
            used.append((file, origin, len(file.manifest) - len(set(rows.values()))))
    if not expected:
        return None
    together = Manifest.of(ManifestEntry(name, tuple(said)) for name, said in expected.items())
    return Reference(
        files=tuple(file for file, _, _ in used),
        origins=tuple(origin for _, origin, _ in used),
        manifest=together,
        independent=together,
        container=(),
        excused=frozenset(),
        given=digests,
        not_applied=tuple(others for _, _, others in used),
    )


def _rows_of(file: ManifestFile, source: FilesSource, listing: Listing) -> dict[bytes, bytes]:
    """For each file that a manifest names: its path there."""
    if file.report:
        msg = (
            f"{str(file.path)!r} is FTK Imager's report on an image, and says nothing of files "
            "that were named one by one; give a list of files"
        )
        raise ManifestError(msg)
    if file.format is ManifestFormat.BARE:
        if len(listing) > 1:
            msg = f"{str(file.path)!r} holds one hash and no name, and several files were given"
            raise ManifestError(msg)
        return {listing[0].path: next(file.manifest.paths())}
    own = {item.path: os.fsencode(source.paths[item.index]) for item in listing}
    wanted = {path.rpartition(b"/")[2] for path in own.values()}
    by_name: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for listed in file.manifest.paths():
        if (base := listed.replace(b"\\", b"/").rpartition(b"/")[2]) in wanted:
            by_name[base].append(listed)
    return {
        name: listed
        for name, path in own.items()
        for listed in entries_of(by_name[path.rpartition(b"/")[2]], path)
    }
