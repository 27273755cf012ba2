"""A container as a whole against the digests that are expected of it."""

from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.evidence.whole import Expected, Progress, Whole
from forensic_cli.hashing import REPORTED
from forensic_cli.records import Status
from forensic_cli.verification.report import Difference, VerificationReport, WholeMatch, in_order


def verify_whole(
    source: EvidenceSource, expected: tuple[Expected, ...], progress: Progress
) -> VerificationReport:
    """Read a container once, and find out which of its hashes was meant.

    Args:
        source: A container.
        expected: Digests of it, and of its segments.
        progress: Told how many bytes are through.

    Raises:
        EvidenceError: It cannot be read.
    """
    algorithms = tuple(dict.fromkeys((*REPORTED, *(digest.algorithm for _, digest in expected))))
    whole = source.whole(algorithms, progress)
    matches, differences = [], []
    for name, digest in dict.fromkeys(expected):
        alike = [one for one in whole.digests if name in {source.name, one.name}]
        matched = next((one.what for one in alike if one.digest == digest), "")
        matches.append(WholeMatch(digest, matched))
        if not matched:
            found = ", ".join(
                f"{one.digest} ({one.what})"
                for one in alike
                if one.digest.algorithm == digest.algorithm
            )
            detail = f"expected {digest}, found {found}{_why_not_ftk(whole)}"
            differences.append(Difference("changed", name, detail))
    right = {name for name, _ in expected} - {one.path for one in differences}
    for path, error in whole.refused:
        outcome = "changed" if error.status is Status.HASH_MISMATCH else "unreadable"
        differences.append(Difference(outcome, path, error.reason))
    return VerificationReport(
        len(right),
        tuple(sorted(differences, key=in_order)),
        (),
        tuple(sorted({digest.algorithm for _, digest in expected})),
        tuple(matches),
        whole.digests,
    )


def _why_not_ftk(whole: Whole) -> str:
    return f"; FTK's image hash cannot be computed: {whole.incomplete}" if whole.incomplete else ""
