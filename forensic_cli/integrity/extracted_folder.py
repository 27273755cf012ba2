"""A folder that was extracted from a container, compared with what the container holds."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from forensic_cli.errors import EvidenceError, ItemRefusedError, ManifestError, UsageError
from forensic_cli.events import Observer, Progressed
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.hashing import REPORTED, Digest, digest_stream
from forensic_cli.integrity.entries import verify_entries
from forensic_cli.integrity.manifests.location import locate
from forensic_cli.integrity.manifests.manifest import Manifest, ManifestEntry
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.integrity.report import Difference, VerificationReport, in_order
from forensic_cli.records import EvidenceItem, ItemKind


def check_extracted(
    container: Path, folder: Path, workers: int, tell: Observer
) -> VerificationReport:
    """Compare a folder with a container, file by file.

    An AD1 image holds the hashes of its files, which are taken as they stand there; of other
    containers every entry is read and hashed.

    Args:
        container: The evidence as it arrived.
        folder: What was extracted from it.
        workers: Threads that read and hash the folder.
        tell: Told how far it is.

    Raises:
        EvidenceError: One of them cannot be read.
        UsageError: The container is a folder.
    """
    with closing(open_evidence(container)) as inside, closing(DirectorySource(folder)) as outside:
        if inside.kind is Kind.FOLDER:
            msg = f"{str(container)!r} is a folder; --extracted compares a folder with a container"
            raise UsageError(msg)
        held = inside.listing(lambda count: tell(Progressed("listing", count, 0)))
        refused: list[tuple[EvidenceItem, ItemRefusedError]] = []
        manifest = Manifest.of(_held(inside, held, refused, tell))
        if not len(held):
            msg = f"{container.name!r} holds no file to compare with"
            raise EvidenceError(msg)
        listing = outside.listing(lambda count: tell(Progressed("listing", count, 0)))
        report = verify_entries(
            outside,
            listing,
            _locate(manifest, outside, listing),
            excused=frozenset(),
            workers=workers,
            progress=lambda done: tell(Progressed("verifying", done, len(listing))),
        )
    unreadable = [
        Difference(Outcome.UNREADABLE, item.path, f"in the container: {error.reason}")
        for item, error in refused
        if item.kind is ItemKind.FILE
    ]
    differences = tuple(sorted((*report.differences, *unreadable), key=in_order))
    return replace(report, differences=differences)


def _locate(manifest: Manifest, folder: DirectorySource, listing: Listing) -> Manifest:
    try:
        return locate(manifest, folder.aliases, listing.__contains__)
    except ManifestError:  # an entry that looks like another folder's keeps its name
        return manifest


def _held(
    source: EvidenceSource,
    listing: Listing,
    refused: list[tuple[EvidenceItem, ItemRefusedError]],
    tell: Observer,
) -> Iterator[ManifestEntry]:
    places = source.in_reading_order(range(len(listing)))
    for done, item in enumerate(map(listing.__getitem__, places), start=1):
        try:
            yield ManifestEntry(item.path, _digests(source, item))
        except ItemRefusedError as error:
            refused.append((item, error))
        tell(Progressed("reading", done, len(listing)))


def _digests(source: EvidenceSource, item: EvidenceItem) -> tuple[Digest, ...]:
    stored = source.stored_digests(item)
    if stored:
        return stored
    with source.reading(item) as stream:
        return tuple(digest_stream(stream, REPORTED).values())
