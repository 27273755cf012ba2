"""Check a finished run: its log's chain, its head, and every output whose digest it holds."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from forensic_cli.audit.replay import Replay, replay
from forensic_cli.errors import LogError
from forensic_cli.foundation.path_text import from_visible
from forensic_cli.hashing import sha256_of_file


class CheckVerdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


_OK, _FAILED, _NOT_CHECKED = CheckVerdict


class About(StrEnum):
    """What a check is about."""

    LOG = "log"
    OUTPUT = "output"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Attributes:
        what: In words.
        verdict: How it ended.
        detail: Why, where it is not ``ok``.
        about: The log itself, an output of the run, or something that the run read.
    """

    what: str
    verdict: CheckVerdict
    detail: str = ""
    about: About = About.LOG

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.verdict is CheckVerdict.FAILED


@dataclass(frozen=True, slots=True)
class RunVerification:
    """What checking a log found.

    Attributes:
        state: The log, read to its end.
        checks: Everything that was looked at.
    """

    state: Replay
    checks: tuple[Check, ...]

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.failed)


def verify_run(log: Path, head: str | None) -> RunVerification:
    """Check a log and the outputs beside it.

    Args:
        log: ``RESULT.audit.jsonl``.
        head: The head digest that was written down when the run ended, if it was.

    Returns:
        Every check with its verdict.

    Raises:
        LogError: The chain itself does not hold: nothing in the log can be relied on.
    """
    state = replay(log, tolerate_torn_tail=False)
    if not state.entries:
        msg = f"audit log {str(log)!r} is empty"
        raise LogError(msg)
    try:
        checks = (
            Check(f"chain of {state.entries:,} lines", _OK),
            _head(state.head, head),
            _times(state),
            *_end(log, state),
            *_inputs(state),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"audit log {str(log)!r}: an event cannot be read ({error}); not a log of this tool"
        raise LogError(msg) from error
    return RunVerification(state, checks)


def _end(log: Path, state: Replay) -> Iterator[Check]:
    if state.finished is not None:
        yield Check("the run finished", _OK)
        yield _last_line(state, state.finished)
        for output in state.finished["outputs"]:
            path = log.parent / Path(str(output["name"])).name
            yield _file(f"output {path.name}", path, output["sha256"], About.OUTPUT)
    elif state.aborted is None:
        detail = "the last line is not run_finished: the tail was cut, or the run was killed"
        yield Check("the run finished", _FAILED, detail)
    elif os.path.lexists(log.parent / Path(str(state.settings["out"])).name) and (
        ".aborted-" not in log.name
    ):
        detail = "it ends in an abort, but the result is there: the tail was cut, or it is not its"
        yield Check("the run was aborted", _FAILED, detail)
    else:
        reason = str(state.aborted["reason"])
        yield Check("the run was aborted and has no outputs", _OK, reason)


def _last_line(state: Replay, finished: Mapping[str, Any]) -> Check:
    """The closing figures against the lines before them."""
    what = "the last line agrees with the lines before"
    wrong = [
        name
        for name, same in {
            "listed": finished["listed"] == state.rows == state.started["evidence"]["entries"],
            "counts": sum(finished["counts"].values()) == state.rows,
            "scored": finished["counts"].get("scored", 0) == state.scored,
            "labels": sum(finished["labels"].values()) == state.scored,
            "exceptions": {
                status: number
                for status, number in finished["counts"].items()
                if status != "scored" and number
            }
            == dict(state.failed),
            "verdict": finished["verdict"] == state.verdict,
            "events": all(state.happened[event] == 1 for event in _ONCE),
            "outputs": list(finished["outputs"]) == state.outputs,
        }.items()
        if not same
    ]
    return Check(what, _FAILED, f"not in {', '.join(wrong)}") if wrong else Check(what, _OK)


_ONCE = ("evidence_verified", "model_loaded", "run_finished")
"""What a finished attempt does once."""


def _times(state: Replay) -> Check:
    what = "times go forwards"
    if not state.clock_went_back:
        return Check(what, _OK)
    lines = ", ".join(map(str, state.clock_went_back[:5]))
    return Check(what, _FAILED, f"not in line {lines}: a time was edited, or lines were moved")


def _inputs(state: Replay) -> Iterator[Check]:
    inputs = [("manifest", reference) for reference in state.references]
    if state.model:
        inputs.append(("model", state.model))
    for what, named in inputs:
        path = Path(os.fsdecode(from_visible(str(named["path"]))))
        yield _file(f"{what} {named['path']}", path, named["sha256"], About.INPUT)


def _head(found: str, expected: str | None) -> Check:
    if expected is None:
        detail = "give --head DIGEST: without it a cut tail or a rewritten log cannot be seen"
        return Check("head digest", _NOT_CHECKED, detail)
    if expected == found:
        return Check("head digest", _OK)
    return Check("head digest", _FAILED, f"expected {expected}, the log ends in {found}")


def _file(what: str, path: Path, expected: str, about: About) -> Check:
    verdict = _FAILED if about is About.OUTPUT else _NOT_CHECKED
    if not os.path.isfile(path):  # noqa: PTH113 - it does not raise where a folder is locked
        return Check(what, verdict, "it is not there, or not within reach", about)
    try:
        found = sha256_of_file(path)
    except OSError as error:
        return Check(what, verdict, f"cannot be read: {error.strerror}", about)
    if found != expected:
        said = f"expected sha256:{expected}, found sha256:{found}"
        return Check(what, _FAILED, said, about)
    return Check(what, _OK, "", about)
