"""How a run ends: its exit code, and its closing figures read from the log's last line."""

from collections.abc import Mapping
from typing import Any

from forensic_cli.errors import ExitCode
from forensic_cli.gate import NO_REFERENCE
from forensic_cli.records import Artifact, RunSummary, Status


def exit_code_of(verdict: str, counts: Mapping[str, int]) -> ExitCode:
    """The status of a finished run; a difference of the evidence weighs more than a gap.

    Args:
        verdict: Of the evidence verification.
        counts: Entries per status.
    """
    if verdict == "unreadable":
        return ExitCode.UNREADABLE
    if verdict not in {"intact", NO_REFERENCE} or Status.HASH_MISMATCH in counts:
        return ExitCode.EVIDENCE_DIFFERS
    if all(Status(status).leaves_run_complete for status in counts):
        return ExitCode.OK
    return ExitCode.INCOMPLETE


def artifacts_of(finished: Mapping[str, Any]) -> tuple[Artifact, ...]:
    """The outputs that ``run_finished`` names."""
    return tuple(Artifact(**output) for output in finished["outputs"])


def summary_of(
    finished: Mapping[str, Any], head: str, log_name: str, *, already_finished: bool
) -> RunSummary:
    """The closing figures.

    Args:
        finished: Data of ``run_finished``.
        head: SHA-256 of that line.
        log_name: Name of the audit log.
        already_finished: Whether this attempt had nothing left to do.
    """
    return RunSummary(
        **{**finished, "outputs": artifacts_of(finished)},
        log_name=log_name,
        head=head,
        already_finished=already_finished,
    )
