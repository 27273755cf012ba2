"""Manifests without a target: what they name is looked for."""

import os
from collections.abc import Iterable
from contextlib import closing
from functools import reduce
from pathlib import Path

from forensic_cli.errors import EvidenceError, UsageError
from forensic_cli.events import Observer
from forensic_cli.evidence.recognition import is_container, open_evidence
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest
from forensic_cli.integrity.check_evidence import check_evidence
from forensic_cli.integrity.check_file import check_file
from forensic_cli.integrity.container import verify_container
from forensic_cli.integrity.gathering import FOLDER
from forensic_cli.integrity.manifests.finding import manifests_in
from forensic_cli.integrity.manifests.manifest import Manifest
from forensic_cli.integrity.manifests.reading import read_manifest
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.integrity.report import Checked, Difference, VerificationReport


def check_manifests(
    manifests: tuple[Path, ...], places: Iterable[Path], workers: int, tell: Observer
) -> Checked:
    """Check what manifests of one name are about, wherever that lies.

    Args:
        manifests: For example ``hashes/NAME.md5`` and ``hashes/NAME.sha256``.
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
            differences.append(Difference(Outcome.MISSING, path, detail))
            continue
        try:
            report = _report_on_file(here, expected)
        except EvidenceError as error:
            differences.append(Difference(Outcome.UNREADABLE, path, str(error)))
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
    return VerificationReport(
        matched=matched, differences=tuple(differences), algorithms=manifest.algorithms
    )


def _report_on_file(path: Path, expected: tuple[Digest, ...]) -> VerificationReport:
    """A file's hash; of a container, where that differs, any of those that are called so."""
    report = check_file(path, expected, "").report
    if not report.differences or not is_container(path):
        return report
    try:
        with closing(open_evidence(path)) as source:
            whole = tuple((source.name, digest) for digest in expected)
            return verify_container(source, whole, lambda done, total: None)  # noqa: ARG005
    except EvidenceError:
        return report
