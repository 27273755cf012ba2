"""The integrity check alone: a folder, a single file, or whatever the manifests at hand name."""

import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

from forensic_cli.errors import EvidenceError, UsageError
from forensic_cli.events import Observer, Progressed
from forensic_cli.evidence.hashed import hashed_file
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.recognition import is_container, open_evidence
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.evidence.whole import WholeDigest
from forensic_cli.hashing import REPORTED, Digest
from forensic_cli.manifests.finding import find_manifests, manifests_in
from forensic_cli.manifests.manifest import Manifest
from forensic_cli.manifests.reading import read_manifest
from forensic_cli.names import visible
from forensic_cli.reference import FOLDER, compare, manifests_for, reference_for
from forensic_cli.verification.container import verify_whole
from forensic_cli.verification.report import Difference, VerificationReport


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished check.

    Attributes:
        target: What was checked, in words.
        reference: What it was held to, in words.
        report: What was found.
        remarks: What an examiner should know of the reference.
    """

    target: str
    reference: str
    report: VerificationReport
    remarks: tuple[str, ...] = ()


def check_evidence(
    path: Path,
    given: tuple[Path, ...],
    digests: tuple[Digest, ...],
    workers: int,
    tell: Observer,
) -> Checked:
    """Hold a folder or a container to its manifests, file by file, and a container as a whole.

    Args:
        path: The evidence.
        given: Manifests named by the examiner; none = look for them.
        digests: What the examiner expects of a container.
        workers: Threads that read and hash.
        tell: Told how far it is.

    Raises:
        EvidenceError: The evidence cannot be read.
        ManifestError: A manifest cannot be understood.
        UsageError: There is no manifest.
    """
    try:
        source, listing = _listed(path, tell)
    except EvidenceError as damage:
        if path.is_file():
            return _check_damaged(path, given, digests, damage)
        raise
    with closing(source):
        reference = reference_for(source, listing, given, digests)
        if reference is None:
            raise _no_reference(os.fsdecode(source.name), is_folder=not source.files)
        report = compare(source, listing, reference, workers, tell)
    kind = source.kind if source.files else "folder"
    return Checked(f"{kind} {path}", ", ".join(reference.named), report, reference.remarks)


def has_reference(path: Path) -> bool:
    """Whether a manifest or a report is found for a container.

    Raises:
        EvidenceError: The container cannot be opened.
    """
    with closing(open_evidence(path)) as source:
        return bool(manifests_for(source, ()))


def _listed(path: Path, tell: Observer) -> tuple[EvidenceSource, Listing]:
    source = open_evidence(path)
    try:
        return source, source.listing(lambda count: tell(Progressed("listing", count, 0)))
    except BaseException:
        source.close()
        raise


def _check_damaged(
    path: Path, given: tuple[Path, ...], digests: tuple[Digest, ...], damage: EvidenceError
) -> Checked:
    """Hold the file of a damaged container to its hash: was it damaged before it was hashed?"""
    try:
        listed, reference = expected_of_file(path, given)
    except UsageError:
        if not digests:
            raise damage from None
        listed, reference = (), "the command line"
    checked = check_file(path, tuple(dict.fromkeys((*digests, *listed))), reference)
    unreadable = Difference("unreadable", os.fsencode(path.name), str(damage))
    differences = (*checked.report.differences, unreadable)
    return replace(checked, report=replace(checked.report, differences=differences))


def _no_reference(name: str, *, is_folder: bool) -> UsageError:
    hint = "" if is_folder else ", or its hash with --md5, --sha1 or --sha256"
    return UsageError(
        f"no manifest for {name!r}: none in {FOLDER}/{name}.* here or next to it; "
        f"name one with --hashes FILE{hint}"
    )


def check_file(path: Path, expected: tuple[Digest, ...], reference: str) -> Checked:
    """Hold one file to the digests expected of it.

    Raises:
        EvidenceError: It is missing or cannot be read.
    """
    algorithms = tuple(dict.fromkeys(digest.algorithm for digest in expected))
    found = hashed_file(path, tuple(dict.fromkeys((*REPORTED, *algorithms))))
    wrong = [digest for digest in expected if found[digest.algorithm] != digest]
    outcome = "changed" if len(wrong) == len(expected) else "conflict"
    said = "; ".join(f"expected {digest}, found {found[digest.algorithm]}" for digest in wrong)
    name = os.fsencode(path.name)
    report = VerificationReport(
        0 if wrong else 1,
        (Difference(outcome, name, said),) if wrong else (),
        (),
        algorithms,
        found=tuple(WholeDigest("the file", digest, name) for digest in found.values()),
    )
    return Checked(f"file {path}", reference, report)


def _report_on_file(path: Path, expected: tuple[Digest, ...]) -> VerificationReport:
    """A file's hash; of a container, where that differs, any of those that are called so."""
    report = check_file(path, expected, "").report
    if not report.differences or not is_container(path):
        return report
    try:
        with closing(open_evidence(path)) as source:
            whole = tuple((source.name, digest) for digest in expected)
            return verify_whole(source, whole, lambda done, total: None)  # noqa: ARG005
    except EvidenceError:
        return report


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
    manifests: tuple[Path, ...], places: Iterable[Path], workers: int, tell: Observer
) -> Checked:
    """Hold what manifests of one name say to it, wherever that lies.

    Args:
        manifests: ``hashes/NAME.md5``, ``hashes/NAME.sha256``, say.
        places: Folders to look in, in this order. A folder called NAME there, or called like the
            first part of every name in the manifest, is checked whole, extra files included; else
            the names are looked for one by one, and extra files cannot be told.
        workers: Threads that read and hash.
        tell: Told how far it is.

    Raises:
        ManifestError: A manifest cannot be understood.
        EvidenceError: The evidence cannot be read.
    """
    places = tuple(places)
    read = [read_manifest(path).manifest for path in manifests]
    for name in (manifests[0].stem, *_common_first_part(read)):
        for folder in (place / name for place in places):
            if folder.is_dir() or (folder.is_file() and is_container(folder)):
                return check_evidence(folder, manifests, (), workers, tell)
    searched = ", ".join(dict.fromkeys(str(place) for place in places))
    if not any(manifest.columns for manifest in read):
        msg = f"the image that {manifests[0]} is about, {manifests[0].stem!r}, is not in {searched}"
        raise EvidenceError(msg)
    report = _compare_names(reduce(Manifest.merged, read), places)
    target = f"the files it names, in {searched}; extra files were not looked for"
    return Checked(target, ", ".join(map(str, manifests)), report)


def _common_first_part(manifests: list[Manifest]) -> tuple[str, ...]:
    """The first folder of every name, if there is one."""
    paths = [path for manifest in manifests for path in manifest.paths()]
    parts = {path.partition(b"/")[0] if b"/" in path else b"" for path in paths}
    only = parts.pop() if len(parts) == 1 else b""
    return (os.fsdecode(only),) if only else ()


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
            report = _report_on_file(here, expected)
        except EvidenceError as error:
            differences.append(Difference("unreadable", path, str(error)))
            continue
        matched += report.matched
        own = os.fsencode(here.name)
        differences += [
            Difference(
                one.outcome,
                path,
                one.detail if one.path == own else f"{visible(one.path)}: {one.detail}",
            )
            for one in report.differences
        ]
    return VerificationReport(matched, tuple(differences), (), manifest.algorithms)
