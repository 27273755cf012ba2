"""Read a finished run from its log, and say what was checked."""

from dataclasses import dataclass
from pathlib import Path

from forensic_cli.audit.replay import Replay
from forensic_cli.audit.verify import About, Check, verify_run
from forensic_cli.classification.summary import summary_of
from forensic_cli.errors import LogError
from forensic_cli.finished_run.agreement import agreement
from forensic_cli.finished_run.run import FinishedRun


@dataclass(frozen=True, slots=True)
class InspectedRun:
    """A log with its outputs, looked at.

    Attributes:
        head: SHA-256 of the log's last line.
        checks: Everything that was looked at.
        run: The run; None where it did not reach its end, or its log does not verify. Its outputs
            are checked as they are read.
    """

    head: str
    checks: tuple[Check, ...]
    run: FinishedRun | None

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.failed)


def inspect_run(log: Path, head: str | None = None, *, rows: bool = True) -> InspectedRun:
    """Check a log and the outputs beside it.

    Args:
        log: ``RESULT.audit.jsonl``.
        head: The head digest that was written down when the run ended, if it was.
        rows: Whether to compare the outputs with each other, too, row by row.

    Raises:
        LogError: The chain itself does not hold: nothing in the log can be relied on.
    """
    verified = verify_run(log, head)
    sound = not any(check.failed and check.about is About.LOG for check in verified.checks)
    run = _run(log, verified.state) if sound and verified.state.finished is not None else None
    checks = verified.checks
    if rows and run and not any(one.failed for one in checks if one.about is About.OUTPUT):
        checks = (*checks, *agreement(run))
    return InspectedRun(verified.state.head, checks, run)


def read_finished_run(log: Path, head: str | None = None) -> FinishedRun:
    """The finished run that a log tells of.

    Model, manifests and outputs need not be at hand, nor unchanged since; an output is checked
    where it is read.

    Raises:
        LogError: The log does not verify, or the run did not reach its end.
    """
    inspected = inspect_run(log, head, rows=False)
    if inspected.run is not None:
        return inspected.run
    failed = [
        f"{check.what} ({check.detail})" for check in inspected.failures if check.about is About.LOG
    ]
    said = "; ".join(failed) or "the run was aborted and has no outputs"
    msg = f"{str(log)!r} is not the log of a finished run that verifies: {said}"
    raise LogError(msg)


def _run(log: Path, state: Replay) -> FinishedRun:
    finished = state.finished or {}
    try:
        return FinishedRun(
            log=log,
            schema=int(state.started.get("schema", 0)),
            version=str(state.started["version"]),
            settings=state.settings,
            case=state.started["settings"]["case"],
            environment=state.environment,
            evidence=state.started["evidence"],
            references=tuple(state.references),
            model=state.model,
            summary=summary_of(finished, state.head, log.name, already_finished=True),
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"audit log {str(log)!r}: an event cannot be read ({error}); not a log of this tool"
        raise LogError(msg) from error
