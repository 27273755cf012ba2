"""Before the model: the evidence is verified, or the run says that it has no reference."""

from dataclasses import dataclass, replace

from forensic_cli.errors import DfcError, EvidenceDiffersError, EvidenceError
from forensic_cli.events import EvidenceDiffers, EvidenceVerified, Observer, Progressed
from forensic_cli.evidence.container_digest import digests_by_file
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import RECORDED
from forensic_cli.integrity.outcomes import Accepted
from forensic_cli.integrity.parts import (
    PartVerified,
    Referenced,
    reference_of_all,
    referenced,
    report_of,
    verify_parts,
)
from forensic_cli.integrity.reference import Reference
from forensic_cli.integrity.report import VerificationReport
from forensic_cli.integrity.verified import Verified
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
    parts = referenced(source.parts(listing), settings.hashes, settings.digests)
    bare = tuple(one for one in parts if one.reference is None)
    found = _digests(bare, tell)
    if len(bare) == len(parts):
        tell(EvidenceVerified(verdict=Verdict.NO_REFERENCE, container=found.records()))
    if bare and settings.strict:
        raise _without_reference(bare, parts)
    if len(bare) == len(parts):
        references = tuple(str(one.digest) for one in found.found)
        return EvidenceState(Verdict.NO_REFERENCE, Verdict.NO_REFERENCE, references, Verified())
    allowed = frozenset(Accepted(one) for one in settings.allow)
    done = tuple(
        replace(one, report=replace(one.report, allowed=allowed))
        for one in verify_parts(parts, settings.workers, tell)
    )
    report, reference = replace(report_of(done), allowed=allowed), reference_of_all(done)
    is_intact = report.verdict is Verdict.INTACT
    verdict = Verdict.NO_REFERENCE if bare and is_intact else report.verdict
    # What lists say of each other is a remark where they are of the same part.
    remarks = dict.fromkeys(remark for part in done for remark in part.reference.remarks)
    without_any = (f"no reference was found for {one.name}" for one in bare)
    _tell(report, verdict, reference, (*remarks, *without_any), tell)
    if settings.strict and not all(one.reference.is_independent for one in done):
        raise _certified_by_itself(reference)
    if not is_intact and not settings.continue_on_mismatch:
        raise _stopped(report)
    differing = frozenset(
        path
        for one in report.differences
        if one.outcome.is_difference
        for path in (one.path, one.place)
        if path is not None
    )
    without = f"; no reference: {', '.join(one.name for one in bare)}" if bare else ""
    return EvidenceState(
        verdict,
        f"{verdict}: {report.in_words} ({', '.join(report.algorithms)}); "
        f"reference: {', '.join(reference.named)}{without}",
        (
            *map(str, reference.given),
            *(file.sha256 for file in reference.files),
            *(str(one.digest) for one in found.found),
        ),
        Verified(
            reference.manifest,
            differing,
            tuple(one.lead for one in done if one.differs),
            frozenset(path for one in done for path in _unnamed(one, strict=settings.strict)),
            report.renamed,
        ),
    )


def _unnamed(part: PartVerified, *, strict: bool) -> frozenset[bytes]:
    """The entries that no reference names that counts; under --strict none inside the evidence."""
    reference, report = part.reference, part.report
    if reference.container:  # which says something of all
        return frozenset()
    unnamed = frozenset((*report.not_verified, *report.accepted_new))
    if strict:
        unnamed |= {
            path for path in reference.manifest.paths() if not reference.independent.expected(path)
        }
    return unnamed


def _digests(bare: tuple[Referenced, ...], tell: Observer) -> VerificationReport:
    """The digests of the files of containers without a reference, for the log; none of folders."""
    files = [file for one in bare for file in one.part.source.files]
    if not files:
        return VerificationReport()
    found = digests_by_file(
        files,
        RECORDED,
        lambda done, total: tell(Progressed("hashing", done, total, unit="bytes")),
    )
    return VerificationReport(algorithms=RECORDED, found=found)


def _tell(
    report: VerificationReport,
    verdict: Verdict,
    reference: Reference,
    remarks: tuple[str, ...],
    tell: Observer,
) -> None:
    for one in report.differences:
        tell(EvidenceDiffers(one.outcome, visible(one.path), one.detail))
    tell(
        EvidenceVerified(
            verdict=verdict,
            algorithms=report.algorithms,
            references=reference.records,
            counts=report.counts,
            caution=report.caution,
            given=tuple(map(str, reference.given)),
            container=report.records(),
            remarks=(*remarks, *filter(None, (report.question,))),
        )
    )


def _without_reference(
    bare: tuple[Referenced, ...], parts: tuple[Referenced, ...]
) -> EvidenceDiffersError:
    which = "this evidence" if len(parts) == 1 else ", ".join(one.name for one in bare)
    return EvidenceDiffersError(
        f"there is no reference hash for {which}, and --strict asks for one; name "
        "its manifest with --hashes, or the hash of a container with --md5, --sha1, --sha256"
    )


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
