"""What an examiner sees: progress, loud lines, the closing summary. Names from evidence are inert.

Progress and loud lines go to the standard error stream, results to the standard output.
"""

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as ProgressTask
from rich.text import Text

from forensic_cli.cli.streams import write_line
from forensic_cli.decode_workers.confinement.measures import IN_FORCE, Measure
from forensic_cli.events import (
    DecoderLost,
    DecodersConfined,
    Event,
    EvidenceDiffers,
    EvidenceVerified,
    KnownFilesRead,
    ModelLoaded,
    Progressed,
    RunAborted,
    RunResumed,
)
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.records import Verdict

_PLAIN_EVERY_SECONDS = 10.0
_SHOWN_DIFFERENCES = 20
_NARROWEST = 40


def out(text: str = "") -> None:
    """A line of a result, made harmless, on the standard output."""
    write_line(sys.stdout, on_screen(text, 4000))


def note(text: str) -> None:
    """A line beside the result, made harmless, on the standard error stream."""
    write_line(sys.stderr, on_screen(text, 4000))


class _RateColumn(ProgressColumn):
    """Entries per second."""

    def render(self, task: ProgressTask) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f}/s" if speed else "-/s")


class RunConsole:
    """Observes a run: a live line on a terminal, plain lines now and then elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        """Nothing is shown yet."""
        self._quiet = quiet
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._live = (
            Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                _RateColumn(),
                TimeElapsedColumn(),
                TextColumn("left", markup=False),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            if console.is_terminal and console.width >= _NARROWEST and not quiet
            else None
        )
        self._task: TaskID | None = None
        self._stage = ""
        self._stage_began = self._last_line = 0.0
        self._differences = 0

    def __enter__(self) -> Self:
        """Begin the live line."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the live line."""
        if self._live:
            with suppress(OSError, ValueError):  # the terminal may be gone
                self._live.stop()

    def __call__(self, event: Event) -> None:
        """Show what an examiner needs to see of an event; never a reason for a run to stop."""
        with suppress(OSError, ValueError):
            self._show(event)

    def _show(self, event: Event) -> None:
        match event:
            case Progressed():
                self._progress(event)
            case EvidenceDiffers() | EvidenceVerified() | KnownFilesRead():
                self._of_evidence(event)
            case ModelLoaded():
                device = event.device
                self.say(f"model: {event.name}, self-test {event.self_test}")
                if event.notice:
                    self.loud(f"MODEL: {event.notice}")
                self.say(f"device: {device['provider']} ({device['reason']})")
            case DecodersConfined():
                self._confined(event)
            case RunResumed():
                self.say(
                    f"resuming after {event.committed_segments:,} committed segments; what they "
                    "hold is not scored again, and read again only where a reference hash asks "
                    "for it"
                )
            case DecoderLost():
                self.say(f"{on_screen(event.path)}: {event.reason}; tried once more, alone")
            case RunAborted():
                kept = f"the log of this attempt is kept as {event.log}"
                self.say(kept if event.log else "what is committed is kept for --resume")
            case _:
                pass

    def _of_evidence(self, event: EvidenceDiffers | EvidenceVerified | KnownFilesRead) -> None:
        if isinstance(event, EvidenceDiffers):
            self._difference(event)
        elif isinstance(event, EvidenceVerified):
            self._verified(event)
        else:
            for one in event.lists:
                self.say(f"known files: {one['name']} ({one['format']}): {one['digests']}")
            if event.caution:
                self.loud(f"NOTE: {event.caution}")

    def _confined(self, event: DecodersConfined) -> None:
        held = ", ".join(name for name, said in event.measures.items() if said == IN_FORCE)
        self.say(f"decoders: confined by {held or 'nothing'}")
        for name, said in event.measures.items():
            if said != IN_FORCE:
                tell = self.loud if Measure(name).is_required else self.say
                tell(f"DECODERS: {name} {said}")

    def _verified(self, event: EvidenceVerified) -> None:
        for remark in event.remarks:
            self.loud(f"NOTE: {remark}")
        if not event.references and not event.given:
            self.loud(
                "NOT VERIFIED: no reference hash was given or found for this evidence; "
                "the result says nothing about whether it is complete and unaltered"
            )
            return
        digests = (f"{one} (given)" for one in event.given)
        lists = (f"{one['path']} ({one['origin']})" for one in event.references)
        reference = (*digests, *lists)
        self.say(f"reference: {', '.join(reference)}")
        for one in event.container:
            if one["matched"]:
                self.say(f"container: the {one['algorithm']} expected is that of {one['of']}")
        if event.verdict is Verdict.INTACT:
            algorithms = ", ".join(event.algorithms)
            matched = event.counts["matched"]
            what = "the container matches" if event.container else f"{matched:,} entries match"
            self.say(f"evidence: intact, {what} by {algorithms}")
            if event.caution:
                self.say(f"note: {event.caution}")
            return
        if event.verdict is Verdict.NO_REFERENCE:
            self.loud("NOT VERIFIED: part of it has no reference hash; the rest is intact")
            return
        if self._differences > _SHOWN_DIFFERENCES:
            self.loud(f"... {self._differences - _SHOWN_DIFFERENCES:,} more are in the log")
        counts = ", ".join(f"{number:,} {word}" for word, number in event.counts.items() if number)
        self.loud(f"NOT INTACT: {counts}")

    def _difference(self, event: EvidenceDiffers) -> None:
        self._differences += 1
        if self._differences <= _SHOWN_DIFFERENCES:
            self.loud(f"{event.outcome}: {on_screen(event.path)} ({event.detail})")

    def loud(self, text: str) -> None:
        """A line that is shown even with ``--quiet``."""
        self._line(text, style="bold yellow")

    def say(self, text: str) -> None:
        """A line, not with ``--quiet``."""
        if not self._quiet:
            self._line(text, style="")

    def _line(self, text: str, style: str) -> None:
        shown = on_screen(text, 1000)
        if self._live:
            self._live.console.print(Text(shown, style=style), soft_wrap=True)
        else:
            write_line(sys.stderr, shown)

    def _progress(self, event: Progressed) -> None:
        if self._quiet:
            return
        if event.stage != self._stage:
            self._begin_stage(event)
        if self._live and self._task is not None:
            self._live.update(self._task, completed=event.done, total=event.total or None)
            return
        now = time.monotonic()
        done_all = event.done == event.total
        if now - self._last_line >= _PLAIN_EVERY_SECONDS or done_all:
            self._last_line = now
            self.say(self._plain(event, now - self._stage_began))

    def _begin_stage(self, event: Progressed) -> None:
        self._stage = event.stage
        self._stage_began = self._last_line = time.monotonic()
        if self._live:
            if self._task is not None:
                self._live.remove_task(self._task)
            self._task = self._live.add_task(
                event.stage, total=event.total or None, completed=event.resumed
            )

    @staticmethod
    def _plain(event: Progressed, seconds: float) -> str:
        if event.unit == "bytes":
            return f"{event.stage}: {event.done / 1e6:,.1f} of {event.total / 1e6:,.1f} MB"
        new = event.done - event.resumed
        rate = new / seconds if seconds > 0 else 0.0
        line = f"{event.stage}: {event.done:,}" + (f" of {event.total:,}" if event.total else "")
        line += f", {rate:,.1f}/s"
        if rate and event.total > event.done:
            line += f", about {(event.total - event.done) / rate:,.0f} s left"
        return line
