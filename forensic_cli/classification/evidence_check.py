"""Before the model: the evidence is verified, or the run says that it has no reference."""

import os
from dataclasses import dataclass, replace

from forensic_cli.errors import DfcError, EvidenceDiffersError, EvidenceError
from forensic_cli.events import EvidenceDiffers, EvidenceVerified, Observer, Progressed
from forensic_cli.evidence.container_digest import digests_by_file
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import RECORDED
from forensic_cli.integrity.gathering import reference_for
from forensic_cli.integrity.outcomes import Accepted
from forensic_cli.integrity.reference import Reference
from forensic_cli.integrity.report import VerificationReport
from forensic_cli.integrity.verified import Verified
from forensic_cli.integrity.verify import verify
from forensic_cli.records import Verdict
from forensic_cli.settings import ClassifySettings


@dataclass(frozen=True, slots=True)
class EvidenceState:
    """What is known of the evidence before the model is loaded.

    Attributes:
        verdict: What verification says of it.
        in_words: The verdict with its figures.
        references: Digests given for the whole and the SHA-256 of each manifest; without any, the
            digests of a container's files.
        verified: What the items are checked against from here on.
    """

    verdict: Verdict
    in_words: str
    references: tuple[str, ...]
    verified: Verified


def verify_evidence(
    settings: ClassifySettings, source: EvidenceSource, listing: Listing, tell: Observer
) -> EvidenceState:
    """Verify the evidence against its manifests.

    Args:
        settings: Say which manifests, and what to do without one or on a difference.
        source: The evidence.
        listing: Its entries.
        tell: Told each difference and the verdict.

    Raises:
        EvidenceDiffersError: It differs, or has no reference under ``--strict``.
        EvidenceError: Some of it cannot be read.
        ManifestError: The reference cannot be understood.
    """
    source, listing = source.verified_part(listing)
    reference = reference_for(source, listing, settings.hashes, settings.digests)
    if reference is None:
        found = _digests(source, tell)
        tell(EvidenceVerified(verdict=Verdict.NO_REFERENCE, container=found.records()))
        if settings.strict:
            msg = (
                "there is no reference hash for this evidence, and --strict asks for one; name "
                "its manifest with --hashes, or the hash of a container with --md5, --sha1, "
                "--sha256"
            )
            raise EvidenceDiffersError(msg)
        return EvidenceState(
            Verdict.NO_REFERENCE,
            Verdict.NO_REFERENCE,
            tuple(str(one.digest) for one in found.found),
            Verified(),
        )
    report = _verified(settings, source, listing, reference, tell)
    if settings.strict and not reference.is_independent:
        raise _certified_by_itself(reference)
    if report.verdict is not Verdict.INTACT and not settings.continue_on_mismatch:
        raise _stopped(report)
    differing = frozenset(
        path
        for one in report.differences
        if one.outcome.is_difference
        for path in (one.path, one.place)
        if path is not None
    )
    # If the container's own hash differs, every entry in it is flagged.
    own = {source.name, *(os.fsencode(file.path.name) for file in source.files)}
    all_of_it = source.kind is not Kind.FOLDER and bool(differing & own)
    return EvidenceState(
        report.verdict,
        f"{report.verdict}: {report.in_words} ({', '.join(report.algorithms)}); "
        f"reference: {', '.join(reference.named)}",
        (*map(str, reference.given), *(file.sha256 for file in reference.files)),
        Verified(
            reference.manifest,
            differing,
            all_of_it,
            _unnamed(settings, reference, report),
            report.renamed,
        ),
    )


def _unnamed(
    settings: ClassifySettings, reference: Reference, report: VerificationReport
) -> frozenset[bytes]:
    """The entries that no reference names that counts; under --strict none inside the evidence."""
    if reference.container:  # which says something of all
        return frozenset()
    unnamed = frozenset((*report.not_verified, *report.accepted_new))
    if settings.strict:
        unnamed |= {
            path for path in reference.manifest.paths() if not reference.independent.expected(path)
        }
    return unnamed


def _digests(source: EvidenceSource, tell: Observer) -> VerificationReport:
    """The digests of a container's files, for the log; none of a folder."""
    if source.kind is Kind.FOLDER:
        return VerificationReport()
    found = digests_by_file(
        source.files,
        RECORDED,
        lambda done, total: tell(Progressed("hashing", done, total, unit="bytes")),
    )
    return VerificationReport(algorithms=RECORDED, found=found)


def _verified(
    settings: ClassifySettings,
    source: EvidenceSource,
    listing: Listing,
    reference: Reference,
    tell: Observer,
) -> VerificationReport:
    # Entries that contradict the hash stored in the container become exceptions when they are read
    # for scoring; they are not reported twice.
    report = replace(
        verify(source, listing, reference, settings.workers, tell, entries=False),
        allowed=frozenset(Accepted(one) for one in settings.allow),
    )
    for one in report.differences:
        tell(EvidenceDiffers(one.outcome, visible(one.path), one.detail))
    tell(
        EvidenceVerified(
            verdict=report.verdict,
            algorithms=report.algorithms,
            references=reference.records,
            counts=report.counts,
            caution=report.caution,
            given=tuple(map(str, reference.given)),
            container=report.records(),
            remarks=(*reference.remarks, *filter(None, (report.question,))),
        )
    )
    return report


def _certified_by_itself(reference: Reference) -> EvidenceDiffersError:
    return EvidenceDiffersError(
        f"the only reference lies inside the evidence ({', '.join(reference.named)}): whoever made "
        "the evidence made it, too, and --strict asks for another; name the manifest that came "
        "by another way with --hashes"
    )


def _stopped(report: VerificationReport) -> DfcError:
    said = report.in_words
    if report.verdict is Verdict.UNREADABLE:
        return EvidenceError(
            f"some of the evidence cannot be read, so it is not verified ({said}); no model was "
            "loaded. Get permission to read it, or go on with --continue-on-mismatch"
        )
    if not report.matched:
        said += "; nothing matches: is this the manifest of another set?"
    if report.question:
        said += f"; {report.question}"
    return EvidenceDiffersError(
        f"the evidence differs from its reference ({said}); no model was loaded. "
        "Find out why; --continue-on-mismatch goes on all the same, and log, summary, details and "
        "exit code say so"
    )
