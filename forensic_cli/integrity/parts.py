"""Evidence of one or several parts, each with its own reference, verified as one."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.events import Observer
from forensic_cli.evidence.files_source import FilesSource
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.several import SeveralSource
from forensic_cli.evidence.source import EvidenceSource, Part
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest
from forensic_cli.integrity.gathering import manifests_for, reference_of
from forensic_cli.integrity.loose_files import manifests_for_files, reference_of_files
from forensic_cli.integrity.manifests.formats import ManifestFormat
from forensic_cli.integrity.manifests.manifest import Manifest
from forensic_cli.integrity.manifests.reading import ManifestFile, read_manifest
from forensic_cli.integrity.origins import Origin, origin_of
from forensic_cli.integrity.reference import Reference
from forensic_cli.integrity.report import VerificationReport
from forensic_cli.integrity.verify import verify

_Manifests = list[tuple[ManifestFile, Origin]]


@dataclass(frozen=True, slots=True)
class Referenced:
    """A part of the evidence with its reference.

    Attributes:
        part: The part.
        reference: What it is verified against, if there is anything.
    """

    part: Part
    reference: Reference | None

    @property
    def name(self) -> str:
        """The part's name, in words."""
        listing = self.part.listing
        lead = self.part.lead.rstrip(b"/") or self.part.source.name
        if lead or len(listing) == 1:
            return visible(lead or listing[0].path)
        return f"{len(listing)} files"

    @property
    def own(self) -> frozenset[bytes]:
        """Names of the container that it is; none of a folder."""
        source = self.part.source
        if source.kind in {Kind.FOLDER, Kind.FILES}:
            return frozenset()
        return frozenset((source.name, *(os.fsencode(file.path.name) for file in source.files)))


def manifest_paths(source: EvidenceSource, given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The manifests given, else those found for any part of the evidence; none is read yet."""
    if given:
        return given
    each = source.sources if isinstance(source, SeveralSource) else (source,)
    return tuple(dict.fromkeys(path for one in each for path in _found(one)))


def referenced(
    parts: Sequence[Part], given: tuple[Path, ...], digests: tuple[Digest, ...]
) -> tuple[Referenced, ...]:
    """Each part with its reference.

    Args:
        parts: Of the evidence.
        given: Manifests named by the examiner; none = those found for each part.
        digests: What the examiner expects of the only part.

    Raises:
        ManifestError: A manifest cannot be understood, contradicts another, or says nothing of any
            part.
        UsageError: It is not clear which of its rows is of a file.
    """
    files = [read_manifest(path) for path in given]
    shared = _shared_out(files, parts) if len(parts) > 1 else [files for _ in parts]
    return tuple(
        Referenced(part, _reference(part, _read(part, bool(given), of_part), digests))
        for part, of_part in zip(parts, shared, strict=True)
    )


def _found(source: EvidenceSource) -> dict[Path, Origin]:
    if isinstance(source, FilesSource):
        return manifests_for_files(source)
    return manifests_for(source, ())


def _read(part: Part, are_given: bool, files: list[ManifestFile]) -> _Manifests:  # noqa: FBT001
    source = part.source
    if are_given:
        return [(file, origin_of(file.path, source.path, Origin.GIVEN)) for file in files]
    return [(read_manifest(path), origin) for path, origin in _found(source).items()]


def _reference(part: Part, manifests: _Manifests, digests: tuple[Digest, ...]) -> Reference | None:
    if isinstance(part.source, FilesSource):
        return reference_of_files(part.source, part.listing, manifests, digests)
    return reference_of(part.source, part.listing, manifests, digests)


def _shared_out(files: list[ManifestFile], parts: Sequence[Part]) -> list[list[ManifestFile]]:
    """The rows of each manifest among the parts that they are of.

    A row is of the part whose name is among the folders of its path; where a manifest has no such
    row, of the part that has a file of that path. The others are of other files.
    """
    shared: list[list[ManifestFile]] = [[] for _ in parts]
    for file in files:
        for mine, part in zip(shared, parts, strict=True):
            rows = _rows_of(file, part)
            if rows.columns or (file.report and part.source.kind is Kind.AD1):
                mine.append(ManifestFile(file.path, file.format, file.sha256, rows, file.report))
        if not any(file.path == one.path for mine in shared for one in mine):
            msg = f"{str(file.path)!r} names nothing that is in the evidence given"
            raise ManifestError(msg)
    return shared


def _rows_of(file: ManifestFile, part: Part) -> Manifest:
    if file.format is ManifestFormat.BARE:
        msg = (
            f"{str(file.path)!r} holds one hash and no name, and there are several parts of the "
            "evidence; examine that one by itself"
        )
        raise ManifestError(msg)
    source, manifest = part.source, file.manifest
    if isinstance(source, FilesSource):
        names = {os.fsencode(path.name) for path in source.paths}
        return manifest.only(lambda path: _parts(path)[-1] in names)
    own = {source.name, *source.aliases, *(os.fsencode(one.path.name) for one in source.files)}
    named = manifest.only(lambda path: not own.isdisjoint(_parts(path)))
    return named if named.columns else manifest.only(part.listing.__contains__)


def _parts(path: bytes) -> list[bytes]:
    return path.replace(b"\\", b"/").split(b"/")


@dataclass(frozen=True, slots=True)
class PartVerified:
    """What verifying a part found, by the paths of all the evidence.

    Attributes:
        lead: What is before the part's own paths.
        reference: What it was verified against.
        report: What was found.
        differs: Whether nothing can be said to be as it was: the container itself differs.
    """

    lead: bytes
    reference: Reference
    report: VerificationReport
    differs: bool


def verify_parts(
    parts: Sequence[Referenced], workers: int, tell: Observer
) -> tuple[PartVerified, ...]:
    """Verify the parts that have a reference, one after the other.

    Entries that contradict the hash stored in their container become exceptions when they are read
    for scoring; they are not reported here, too.

    Args:
        parts: With their references.
        workers: Threads that read and hash entries.
        tell: Told how far it is.

    Raises:
        EvidenceError: A container cannot be read.
    """
    found = []
    for one in parts:
        part, reference = one.part, one.reference
        if reference is None:
            continue
        report = verify(part.source, part.listing, reference, workers, tell, entries=False)
        found.append(
            PartVerified(
                part.lead,
                reference.below(part.lead),
                report.below(part.lead, one.own),
                any(
                    difference.outcome.is_difference and difference.path in one.own
                    for difference in report.differences
                ),
            )
        )
    return tuple(found)


def report_of(parts: Sequence[PartVerified]) -> VerificationReport:
    """What was found of all parts."""
    return reduce(VerificationReport.joined, (one.report for one in parts))


def reference_of_all(parts: Sequence[PartVerified]) -> Reference:
    """What all parts were verified against."""
    return reduce(Reference.joined, (one.reference for one in parts))
