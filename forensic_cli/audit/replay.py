"""What a log says has happened so far: the state that a resumed run goes on from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forensic_cli.audit.chain import GENESIS, Entry, read_chain
from forensic_cli.errors import LogError
from forensic_cli.events import LOG_SCHEMA


@dataclass
class Replay:
    """A log, read to its end.

    Attributes:
        entries: How many whole lines there are.
        head: SHA-256 of the last one.
        end: Offset in bytes after it.
        torn_bytes: What a kill left after that, of a line.
        started: Data of ``run_started``, empty where there is none.
        settings: The settings of the last attempt.
        environment: The environment of the last attempt.
        forced: Whether any attempt was allowed to replace outputs.
        identity: What had to match, from the last ``model_loaded``; empty where none was.
        model: Data of the last ``model_loaded``, empty where there is none.
        references: The manifests that the last ``evidence_verified`` names.
        verdict: The verdict of the last ``evidence_verified``.
        outputs: Data of each ``output_published`` since the last resume.
        scored: How many entries of the committed segments were scored.
        rows: How many entries the committed segments hold.
        committed: SHA-256 of each committed segment, by index.
        failed: How many entries of the committed segments were not scored, by status.
        happened: How often each event occurred since the last attempt began.
        time: Of the last line.
        clock_went_back: Numbers of the lines before which the clock had gone back unsaid.
        finished: Data of ``run_finished``, where that is the last line.
        aborted: Data of ``run_aborted``, where that is the last line.
    """

    entries: int = 0
    head: str = GENESIS
    end: int = 0
    torn_bytes: int = 0
    started: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    forced: bool = False
    identity: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    references: Sequence[Mapping[str, Any]] = ()
    verdict: str = ""
    outputs: list[Mapping[str, Any]] = field(default_factory=list)
    scored: int = 0
    rows: int = 0
    committed: dict[int, str] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    time: str = ""
    clock_went_back: list[int] = field(default_factory=list)
    _failing: Counter[str] = field(default_factory=Counter)
    finished: Mapping[str, Any] | None = None
    aborted: Mapping[str, Any] | None = None

    def take(self, entry: Entry) -> None:
        """Account for one more line.

        Raises:
            LogError: The chain holds, but the events make no run.
        """
        if (entry.seq == 0) != (entry.event == "run_started") or self.finished is not None:
            msg = f"line {entry.seq + 1}: {entry.event} cannot stand there; not a log of a run"
            raise LogError(msg)
        self.entries, self.head, self.end = entry.seq + 1, entry.digest, entry.end
        data = entry.data
        if entry.time < self.time and entry.event != "clock_went_back":
            self.clock_went_back.append(entry.seq + 1)
        self.time = entry.time
        self.happened[entry.event] += 1
        self.finished = data if entry.event == "run_finished" else None
        self.aborted = data if entry.event == "run_aborted" else None
        match entry.event:
            case "run_started":
                _check_schema(data.get("schema", 0))
                self.started = data
                self._attempt(data)
            case "run_resumed":
                self._attempt(data)
            case "evidence_verified":
                self.references, self.verdict = data["references"], data["verdict"]
            case "model_loaded":
                self.model, self.identity = data, data["identity"]
            case "item_failed":
                self._failing[str(data["status"])] += 1
            case "segment_committed" | "segment_sealed":  # the latter in logs without a schema
                self._commit(entry)
            case "output_published":
                self.outputs.append(data)
            case _:
                pass

    def _attempt(self, data: Mapping[str, Any]) -> None:
        self.settings, self.environment = data["settings"], data["environment"]
        self.forced = self.forced or bool(self.settings["force"])
        self.outputs.clear()
        self.happened.clear()
        self._failing.clear()  # of a segment that was not committed

    def _commit(self, entry: Entry) -> None:
        if entry.data["index"] != len(self.committed):
            msg = f"line {entry.seq + 1}: segment {entry.data['index']} out of order"
            raise LogError(msg)
        self.committed[entry.data["index"]] = entry.data["sha256"]
        self.scored += entry.data["scored"]
        self.rows += entry.data["rows"]
        if self._failing.total() != entry.data["rows"] - entry.data["scored"]:
            msg = (
                f"line {entry.seq + 1}: the segment has "
                f"{entry.data['rows'] - entry.data['scored']} entries without a score, "
                f"{self._failing.total()} are logged"
            )
            raise LogError(msg)
        self.failed += self._failing
        self._failing.clear()


def _check_schema(schema: object) -> None:
    if not isinstance(schema, int) or schema > LOG_SCHEMA:
        msg = (
            f"the log has format version {schema!r}, this version of the tool reads up to "
            f"{LOG_SCHEMA}; use the version that wrote it, or a later one"
        )
        raise LogError(msg)


def replay(path: Path, *, tolerate_torn_tail: bool) -> Replay:
    """Read a log and check its chain.

    Args:
        path: The log.
        tolerate_torn_tail: True for a run that may have been killed; the torn line is measured.

    Raises:
        LogError: The chain does not hold, or its events make no run.
    """
    state = Replay()
    try:
        for entry in read_chain(path, tolerate_torn_tail=tolerate_torn_tail):
            state.take(entry)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"audit log {str(path)!r}: an event cannot be read ({error}); not a log of this tool"
        raise LogError(msg) from error
    state.torn_bytes = path.stat().st_size - state.end
    return state
