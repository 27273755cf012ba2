"""The integrity check alone: a folder, a single file, or whatever the manifests at hand name."""

import os
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from forensic_cli.errors import EvidenceError, UsageError
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.hashed import hashed_file
from forensic_cli.hashing import REPORTED, Digest
from forensic_cli.manifests.manifest import Manifest
from forensic_cli.manifests.reading import find_manifests, manifests_in, read_manifest
from forensic_cli.names import visible
from forensic_cli.reference import FOLDER, reference_for
from forensic_cli.verification import Difference, VerificationReport, verify

Progress = Callable[[str, int, int], None]
"""Told the stage, how many entries are done, and of how many (0 = not known)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished check.

    Attributes:
        target: What was checked, in words.
        reference: What it was held to, in words.
        report: What was found.
        found: The digests of a single file that was checked; empty for several files.
    """

    target: str
    reference: str
    report: VerificationReport
    found: tuple[Digest, ...] = ()


def check_folder(
    folder: Path, given: tuple[Path, ...], workers: int, progress: Progress
) -> Checked:
    """Hold a folder to its manifests, file by file.

    Raises:
        EvidenceError: The folder cannot be read.
        ManifestError: A manifest cannot be understood.
        UsageError: There is no manifest.
    """
    with closing(DirectorySource(folder)) as source:
        listing = source.listing(lambda count: progress("listing", count, 0))
        reference = reference_for(folder, source.name, listing, given)
        if reference is None:
            name = os.fsdecode(source.name)
            msg = (
                f"no manifest for {name!r}: none in {FOLDER}/{name}.* here or next to it; "
                "name one with --hashes FILE"
            )
            raise UsageError(msg)
        report = verify(
            source,
            listing,
            reference.manifest,
            inside=reference.inside,
            workers=workers,
            progress=lambda done: progress("verifying", done, len(listing)),
        )
    names = ", ".join(str(file.path) for file in reference.files)
    return Checked(f"folder {folder}", names, report)


def check_file(path: Path, expected: tuple[Digest, ...], reference: str) -> Checked:
    """Hold one file to the digests expected of it.

    Raises:
        EvidenceError: It is missing or cannot be read.
    """
    algorithms = tuple(dict.fromkeys(digest.algorithm for digest in expected))
    found = hashed_file(path, tuple(dict.fromkeys((*REPORTED, *algorithms))))
    wrong = [digest for digest in expected if found[digest.algorithm] != digest]
    differences = tuple(
        Difference("changed", os.fsencode(path.name), f"expected {d}, found {found[d.algorithm]}")
        for d in wrong
    )[:1]
    report = VerificationReport(0 if wrong else 1, differences, (), algorithms)
    return Checked(f"file {path}", reference, report, tuple(found.values()))


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
    manifests = given or find_manifests(path.name, (Path(FOLDER), real.parent / FOLDER))
    expected: dict[Digest, None] = {}
    for manifest in (read_manifest(one).manifest for one in manifests):
        for listed in _entries_of(manifest, os.fsencode(os.path.abspath(path))):  # noqa: PTH100
            expected |= dict.fromkeys(manifest.expected(listed))
    if not expected:
        msg = (
            f"nothing says what {path.name!r} should be; give --md5, --sha1 or --sha256 HEX, "
            "or a manifest that lists it with --hashes FILE"
        )
        raise UsageError(msg)
    return tuple(expected), ", ".join(str(manifest) for manifest in manifests)


def _entries_of(manifest: Manifest, path: bytes) -> list[bytes]:
    """The entries of a manifest that can only be this file's: none or one."""
    base = path.rpartition(b"/")[2]
    named = [listed for listed in manifest.paths() if listed.rpartition(b"/")[2] == base]
    ends = [listed for listed in named if path.endswith(b"/" + listed.removeprefix(b"/"))]
    if ends:
        return [max(ends, key=len)]
    if len(named) > 1:
        several = ", ".join(visible(listed) for listed in named[:3])
        msg = f"several entries are called like this file ({several}, ...); check the whole folder"
        raise UsageError(msg)
    return named


def check_manifests(
    manifests: tuple[Path, ...], places: Iterable[Path], workers: int, progress: Progress
) -> Checked:
    """Hold what manifests of one name say to it, wherever that lies.

    Args:
        manifests: ``hashes/NAME.md5``, ``hashes/NAME.sha256``, say.
        places: Folders to look in, in this order. A folder called NAME there, or called like the
            first part of every name in the manifest, is checked whole, extra files included; else
            the names are looked for one by one, and extra files cannot be told.
        workers: Threads that read and hash.
        progress: Told how far it is.

    Raises:
        ManifestError: A manifest cannot be understood.
        EvidenceError: The folder cannot be read.
    """
    places = tuple(places)
    read = [read_manifest(path).manifest for path in manifests]
    for name in (manifests[0].stem, *_common_first_part(read)):
        for folder in (place / name for place in places):
            if folder.is_dir():
                return check_folder(folder, manifests, workers, progress)
    report = _compare_names(reduce(Manifest.merged, read), places)
    searched = ", ".join(dict.fromkeys(str(place) for place in places))
    target = f"the files it names, in {searched}; extra files were not looked for"
    return Checked(target, ", ".join(map(str, manifests)), report)


def _common_first_part(manifests: list[Manifest]) -> tuple[str, ...]:
    """The first folder of every name, if there is one."""
    parts = {
        path.partition(b"/")[0] if b"/" in path else b""
        for manifest in manifests
        for path in manifest.paths()
    }
    (only, *others) = parts
    return () if others or not only else (os.fsdecode(only),)


def manifests_here() -> tuple[Path, ...]:
    """The manifests in ``hashes/`` of the working folder.

    Raises:
        UsageError: There are none.
    """
    found = manifests_in(Path(FOLDER))
    if not found:
        msg = (
            f"there is no manifest in {FOLDER}/ of the working folder; name a target, as in "
            "dfc-classify verify-hash ImageSet --hashes ImageSet.md5"
        )
        raise UsageError(msg)
    return found


def by_name(manifests: Iterable[Path]) -> list[tuple[Path, ...]]:
    """Manifests of one name, suffixes apart, together: they are about the same evidence."""
    groups: dict[str, list[Path]] = {}
    for path in manifests:
        groups.setdefault(path.stem, []).append(path)
    return [tuple(group) for group in groups.values()]


def _compare_names(manifest: Manifest, places: tuple[Path, ...]) -> VerificationReport:
    matched = 0
    differences = []
    for path in sorted(manifest.paths()):
        candidates = (place / os.fsdecode(path) for place in places)
        here = next((candidate for candidate in candidates if os.path.lexists(candidate)), None)
        expected = manifest.expected(path)
        if here is None:
            detail = "expected " + ", ".join(map(str, expected))
            differences.append(Difference("missing", path, detail))
            continue
        try:
            checked = check_file(here, expected, "")
        except EvidenceError as error:
            differences.append(Difference("unreadable", path, str(error)))
            continue
        matched += checked.report.matched
        differences += [
            Difference(one.outcome, path, one.detail) for one in checked.report.differences
        ]
    return VerificationReport(matched, tuple(differences), (), manifest.algorithms)
