"""How a run ends: its exit code, and its closing figures read from the log's last line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forensic_cli.errors import ExitCode
from forensic_cli.records import Artifact, Status, Verdict


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a finished run has to say at its end.

    Attributes:
        listed: Entries of the evidence.
        counts: Entries per status; their sum is ``listed``.
        labels: Scored pictures per label.
        known: Entries per list of known files that has their content.
        verdict: The verdict of the evidence verification.
        verification: The same with its figures.
        device: What ran the model, in words.
        model: Name of the model and its SHA-256, in words.
        model_notice: What the model's card wants every run to say, if anything.
        outputs: The files, in the order in which they were published.
        log_name: Name of the audit log.
        head: SHA-256 of the log's last line.
        exit_code: The status that the process ends with.
        already_finished: True where ``--resume`` found the run complete and did nothing.
    """

    listed: int
    counts: Mapping[str, int]
    labels: Mapping[str, int]
    known: Mapping[str, int]
    verdict: Verdict
    verification: str
    device: str
    model: str
    model_notice: str
    outputs: tuple[Artifact, ...]
    log_name: str
    head: str
    exit_code: int
    already_finished: bool = False

    @property
    def scored(self) -> int:
        """How many entries were scored."""
        return self.counts.get(Status.SCORED, 0)

    @property
    def not_opened(self) -> Mapping[str, int]:
        """Entries per status that were not opened and may hold pictures."""
        return {
            status: number
            for status, number in sorted(self.counts.items())
            if Status(status).may_hold_pictures
        }

    @property
    def equation(self) -> str:
        """The completeness equation: listed = scored + each exception status."""
        parts = [f"{self.scored:,} scored"]
        parts += [
            f"{number:,} {status}"
            for status, number in sorted(self.counts.items())
            if status != Status.SCORED and number
        ]
        return f"{self.listed:,} listed = " + " + ".join(parts)


def exit_code_of(verdict: Verdict, counts: Mapping[str, int]) -> ExitCode:
    """The status of a finished run; a difference of the evidence weighs more than a gap.

    Args:
        verdict: The verdict of the evidence verification.
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
        known=finished.get("known", {}),
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
