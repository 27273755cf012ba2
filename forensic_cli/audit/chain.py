"""The form of the log: canonical JSON lines, each holding the SHA-256 of the line before.

A chain shows every edit, deletion and swap inside it. It cannot show a cut tail by itself: the
digest of the last line (the head) is printed at the end of a run, to be written down elsewhere.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensic_cli.errors import LogError
from forensic_cli.foundation.canonical_json import canonical_json

GENESIS = "0" * 64
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
FIELDS = frozenset({"seq", "time", "event", "data", "prev"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a log.

    Attributes:
        seq: Its number, from 0.
        time: UTC, ISO 8601.
        event: The event's name.
        data: The event's fields.
        end: Offset in bytes of the end of the line.
        digest: SHA-256 of the line, without its newline.
    """

    seq: int
    time: str
    event: str
    data: Mapping[str, Any]
    end: int
    digest: str


def digest(line: bytes) -> str:
    """SHA-256 of a line's bytes, without its newline."""
    return hashlib.sha256(line).hexdigest()


def read_chain(path: Path, *, tolerate_torn_tail: bool = False) -> Iterator[Entry]:
    """The lines of a log, each checked against the one before.

    Args:
        path: The log.
        tolerate_torn_tail: Stop silently before a last line without a newline, which is what a
            kill in the middle of a write leaves.

    Yields:
        The entries, in order.

    Raises:
        LogError: Not readable, or a line that is not canonical, out of sequence, or not linked.
    """
    previous, end = GENESIS, 0
    try:
        with path.open("rb") as stream:
            for seq, raw in enumerate(stream):
                if not raw.endswith(b"\n"):
                    if tolerate_torn_tail:
                        return
                    msg = f"audit log {str(path)!r}: line {seq + 1} is cut off"
                    raise LogError(msg)
                end += len(raw)
                line = raw.removesuffix(b"\n")
                entry = _entry(path, seq, line, previous, end)
                previous = entry.digest
                yield entry
    except OSError as error:
        msg = f"audit log {str(path)!r} cannot be read: {error.strerror}"
        raise LogError(msg) from error


def _entry(path: Path, seq: int, line: bytes, previous: str, end: int) -> Entry:
    where = f"audit log {str(path)!r}, line {seq + 1}"
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        msg = f"{where}: not JSON; the log was altered"
        raise LogError(msg) from error
    if not isinstance(record, dict) or set(record) != FIELDS:
        msg = f"{where}: not a line of an audit log; the log was altered"
        raise LogError(msg)
    if record["prev"] != previous:
        msg = (
            f"{where}: does not follow the line before; a line was edited, removed or moved, "
            "here or just before"
        )
        raise LogError(msg)
    # true and 1.0 are equal to 1 as well.
    if type(record["seq"]) is not int or record["seq"] != seq or _recanonical(record) != line:
        msg = f"{where}: not as this tool writes it; the log was altered"
        raise LogError(msg)
    if not isinstance(record["time"], str) or _TIME.fullmatch(record["time"]) is None:
        msg = f"{where}: {record['time']!r} is no time as this tool writes it; the log was altered"
        raise LogError(msg)
    return Entry(
        seq,
        record["time"],
        str(record["event"]),
        _data(where, record["data"]),
        end,
        digest(line),
    )


def _recanonical(record: object) -> bytes:
    try:
        return canonical_json(record)
    except ValueError:  # NaN, which json reads but a log never holds
        return b""


def _data(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        msg = f"{where}: its data is not an object; the log was altered"
        raise LogError(msg)
    return value
