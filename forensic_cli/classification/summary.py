"""How a run ends: its exit code, and its closing figures read from the log's last line."""

from collections.abc import Mapping
from typing import Any

from forensic_cli.errors import ExitCode
from forensic_cli.records import Artifact, RunSummary, Status, Verdict


def exit_code_of(verdict: Verdict, counts: Mapping[str, int]) -> ExitCode:
    """The status of a finished run; a difference of the evidence weighs more than a gap.

    Args:
        verdict: Of the evidence verification.
        counts: Entries per status.
    """
    if code := ExitCode.of_verdict(verdict):
        return code
    if Status.HASH_MISMATCH in counts:
        return ExitCode.EVIDENCE_DIFFERS
    if all(Status(status).leaves_run_complete for status in counts):
        return ExitCode.OK
    return ExitCode.INCOMPLETE


def artifacts_of(finished: Mapping[str, Any]) -> tuple[Artifact, ...]:
    """The outputs that ``run_finished`` names."""
    return tuple(
        Artifact(output["name"], output["size"], output["sha256"], output["rows"])
        for output in finished["outputs"]
    )


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
        listed=finished["listed"],
        counts=finished["counts"],
        labels=finished["labels"],
        verdict=Verdict(finished["verdict"]),
        verification=finished["verification"],
        device=finished["device"],
        model=finished["model"],
        model_notice=finished.get("model_notice", ""),
        outputs=artifacts_of(finished),
        exit_code=finished["exit_code"],
        log_name=log_name,
        head=head,
        already_finished=already_finished,
    )
