"""Check a finished run: its log's chain, its head, and every output whose digest it holds."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.audit.replay import replay
from forensic_cli.errors import LogError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Attributes:
        what: In words.
        verdict: ``ok``, ``failed`` or ``not checked``.
        detail: Why, where it is not ``ok``.
    """

    what: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RunVerification:
    """What checking a log found.

    Attributes:
        head: SHA-256 of the last line.
        checks: Everything that was looked at.
    """

    head: str
    checks: tuple[Check, ...]

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.verdict == "failed")


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
    checks = [Check(f"chain of {state.entries} lines", "ok"), _head(state.head, head)]
    if state.finished is not None:
        checks.append(Check("the run finished", "ok"))
        for output in state.finished["outputs"]:
            path = log.parent / Path(str(output["name"])).name
            checks.append(_file(f"output {path.name}", path, output["sha256"]))
    elif state.aborted is not None:
        reason = str(state.aborted["reason"])
        checks.append(Check("the run was aborted and has no outputs", "ok", reason))
    else:
        detail = "the last line is not run_finished: the tail was cut, or the run was killed"
        checks.append(Check("the run finished", "failed", detail))
    inputs = [("manifest", reference) for reference in state.references]
    if state.model:
        inputs.append(("model", state.model))
    for what, named in inputs:
        path = Path(str(named["path"]))
        if path.is_file():
            checks.append(_file(f"{what} {path}", path, named["sha256"]))
        else:
            checks.append(Check(f"{what} {path}", "not checked", "it is not on this machine"))
    return RunVerification(state.head, tuple(checks))


def _head(found: str, expected: str | None) -> Check:
    if expected is None:
        detail = "give --head DIGEST: without it a cut tail or a rewritten log cannot be seen"
        return Check("head digest", "not checked", detail)
    if expected.strip().lower() == found:
        return Check("head digest", "ok")
    return Check("head digest", "failed", f"expected {expected}, the log ends in {found}")


def _file(what: str, path: Path, expected: str) -> Check:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return Check(what, "failed", f"cannot be read: {error.strerror}")
    if found != expected:
        return Check(what, "failed", f"expected sha256:{expected}, found sha256:{found}")
    return Check(what, "ok")
