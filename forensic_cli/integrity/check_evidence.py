"""A folder or a container against its manifests and hashes."""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from forensic_cli.errors import EvidenceError, UsageError
from forensic_cli.events import Observer, Progressed
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.options import DEFAULT, ReadingOptions
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.hashing import Digest
from forensic_cli.integrity.check_file import check_file, expected_of_file
from forensic_cli.integrity.gathering import FOLDER, manifests_for, reference_for
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.integrity.report import Checked, Difference
from forensic_cli.integrity.verify import verify


def check_evidence(  # noqa: PLR0913 - as the command
    path: Path,
    given: tuple[Path, ...],
    digests: tuple[Digest, ...],
    workers: int,
    tell: Observer,
    reading: ReadingOptions = DEFAULT,
) -> Checked:
    """Verify a folder or a container against its manifests, and a container as a whole.

    Args:
        path: The evidence.
        given: Manifests named by the examiner; none = look for them.
        digests: What the examiner expects of a container.
        workers: Threads that read and hash.
        tell: Told how far it is.
        reading: How a container is read, where it does not say it itself.

    Raises:
        EvidenceError: The evidence cannot be read.
        ManifestError: A manifest cannot be understood.
        UsageError: There is no manifest.
    """
    try:
        source, listing = _listed(path, tell, reading)
    except EvidenceError as damage:
        if path.is_file():
            return _check_damaged(path, given, digests, damage)
        raise
    with closing(source):
        reference = reference_for(source, listing, given, digests)
        if reference is None:
            raise _no_reference(os.fsdecode(source.name), is_folder=source.kind is Kind.FOLDER)
        report = verify(source, listing, reference, workers, tell)
    return Checked(f"{source.kind} {path}", ", ".join(reference.named), report, reference.remarks)


def has_reference(path: Path) -> bool:
    """Whether a manifest or a report is found for a container.

    Raises:
        EvidenceError: The container cannot be opened.
    """
    with closing(open_evidence(path)) as source:
        return bool(manifests_for(source, ()))


def _listed(path: Path, tell: Observer, reading: ReadingOptions) -> tuple[EvidenceSource, Listing]:
    source = open_evidence(path, reading)
    try:
        return source, source.listing(lambda count: tell(Progressed("listing", count, 0)))
    except BaseException:
        source.close()
        raise


def _check_damaged(
    path: Path, given: tuple[Path, ...], digests: tuple[Digest, ...], damage: EvidenceError
) -> Checked:
    """Check the file of a damaged container: was it damaged before it was hashed?"""
    try:
        listed, reference = expected_of_file(path, given)
    except UsageError:
        if not digests:
            raise damage from None
        listed, reference = (), "the command line"
    checked = check_file(path, tuple(dict.fromkeys((*digests, *listed))), reference)
    unreadable = Difference(Outcome.UNREADABLE, os.fsencode(path.name), str(damage))
    differences = (*checked.report.differences, unreadable)
    return replace(checked, report=replace(checked.report, differences=differences))


def _no_reference(name: str, *, is_folder: bool) -> UsageError:
    hint = "" if is_folder else ", or its hash with --md5, --sha1 or --sha256"
    return UsageError(
        f"no manifest for {name!r}: none in {FOLDER}/{name}.* here or next to it; "
        f"name one with --hashes FILE{hint}"
    )
