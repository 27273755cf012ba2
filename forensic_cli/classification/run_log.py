"""The audit log around the steps of a run: how it begins, and how it ends where it is cut short."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from forensic_cli import __version__
from forensic_cli import events as happened
from forensic_cli.audit.log import AuditLog
from forensic_cli.audit.replay import Replay
from forensic_cli.classification.attempt import Attempt
from forensic_cli.classification.identity import environment_record
from forensic_cli.classification.resumption import check_same_evidence, check_same_record
from forensic_cli.errors import DfcError, ExitCode, InterruptedRunError
from forensic_cli.foundation.path_text import visible


class RunLog:
    """Writes what happens to the log, and tells it to whoever else listens.

    Attributes:
        committed: SHA-256 of each committed segment, by this attempt and earlier ones, in order.
        rows: How many entries those hold.
        is_complete: Whether the last line is written; nothing may follow it.
    """

    def __init__(self, log: AuditLog, observe: happened.Observer, state: Replay | None) -> None:
        """Nothing is told yet; an earlier attempt may have committed something."""
        self._log = log
        self._observe = observe
        self.committed = list(state.committed.values()) if state else []
        self.rows = state.rows if state else 0
        self.is_complete = False

    def tell(self, event: happened.Event) -> None:
        """Log an event and pass it on."""
        if isinstance(event, happened.RunFinished):
            self.is_complete = True
        self._log(event)
        self._observe(event)
        if isinstance(event, happened.SegmentCommitted):
            self.committed.append(event.sha256)
            self.rows += event.rows

    def sync(self) -> str:
        """Force the log to the disk.

        Returns:
            SHA-256 of its last line.
        """
        self._log.sync()
        return self._log.head

    @property
    def head(self) -> str:
        """SHA-256 of the last line."""
        return self._log.head

    def begin_at(self, state: Replay) -> None:
        """Go on from an earlier attempt's last line."""
        self._log.start_at(state.entries, state.head, state.end, state.time)


@contextmanager
def logged(attempt: Attempt, argv: tuple[str, ...], observe: happened.Observer) -> Iterator[RunLog]:
    """Open the audit log around the steps of a run.

    An exception is logged as ``run_aborted``, the last line, and raised again.

    Args:
        attempt: The attempt.
        argv: Its command line.
        observe: Told everything that is logged, and progress.

    Raises:
        UsageError: The attempt to go on from was over other evidence, or another case.
        InterruptedRunError: The examiner stopped the run.
    """
    state = attempt.state
    if state is None:
        attempt.folder.start()
    else:
        check_same_evidence(state, attempt.evidence_record)
        check_same_record(state, attempt.settings)
    with AuditLog(attempt.folder.log) as audit:
        log = RunLog(audit, observe, state)
        try:
            _begin(attempt, argv, log)
            yield log
        except KeyboardInterrupt as interrupt:
            cause = str(interrupt) or "Ctrl-C"
            _abort(attempt, log, f"interrupted by {cause}", ExitCode.INTERRUPTED, keep=True)
            total = len(attempt.listing)
            msg = (
                f"interrupted; {log.rows:,} of {total:,} entries are committed, the same "
                f"command with --resume --head {log.head} goes on from there: write that down, it "
                "alone shows whether the log was altered meanwhile"
            )
            raise InterruptedRunError(msg) from interrupt
        except DfcError as error:
            _abort(attempt, log, str(error), error.exit_code, keep=bool(log.committed))
            raise
        except Exception as bug:
            reason = f"internal error: {type(bug).__name__}: {bug}"
            _abort(attempt, log, reason, ExitCode.INTERNAL, keep=bool(log.committed))
            raise


def _begin(attempt: Attempt, argv: tuple[str, ...], log: RunLog) -> None:
    shown = tuple(visible(os.fsencode(argument)) for argument in argv)
    environment = environment_record()
    settings = attempt.settings.as_record()
    if (state := attempt.state) is not None:
        log.begin_at(state)
        log.tell(
            happened.RunResumed(shown, settings, environment, len(log.committed), state.torn_bytes)
        )
        return
    log.tell(
        happened.RunStarted(
            schema=happened.LOG_SCHEMA,
            tool="dfc-classify",
            version=__version__,
            argv=shown,
            settings=settings,
            environment=environment,
            evidence=attempt.evidence_record,
            notice=happened.NOTICE,
        )
    )


def _abort(attempt: Attempt, log: RunLog, reason: str, code: ExitCode, *, keep: bool) -> None:
    """Log why the run stops; with nothing to go on from, move the log out of the way."""
    if log.is_complete:
        return
    aside = None if keep else attempt.folder.names.aside()
    with suppress(DfcError):  # on a full disk the reason itself has no room
        log.tell(happened.RunAborted(reason, code, aside.name if aside else ""))
        log.sync()
    if aside is not None:
        attempt.folder.set_aside(aside)
