"""Evidence verified against its reference."""

from forensic_cli.events import Observer, Progressed
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.integrity.container import verify_container
from forensic_cli.integrity.entries import verify_entries
from forensic_cli.integrity.reference import Reference
from forensic_cli.integrity.report import VerificationReport


def verify(  # noqa: PLR0913 - the evidence, its reference, and how to go about it
    source: EvidenceSource,
    listing: Listing,
    reference: Reference,
    workers: int,
    tell: Observer,
    *,
    entries: bool = True,
) -> VerificationReport:
    """Verify evidence: a container as a whole, and every entry that is listed.

    Args:
        source: The evidence.
        listing: The listing of ``source``.
        reference: The reference of ``source``.
        workers: Threads that read and hash entries.
        tell: Told how far it is.
        entries: Whether entries that a container itself refutes are differences (see
            ``verify_container``).

    Raises:
        EvidenceError: A container cannot be read.
    """
    report = VerificationReport()
    if reference.container:
        report = verify_container(
            source,
            reference.container,
            lambda done, total: tell(Progressed("hashing", done, total, unit="bytes")),
            entries=entries,
        )
    if reference.manifest.columns:
        total = len(listing)
        listed = verify_entries(
            source,
            listing,
            reference.manifest,
            excused=reference.excused,
            workers=workers,
            progress=lambda done: tell(Progressed("verifying", done, total)),
        )
        report = report.joined(listed)
    return report
