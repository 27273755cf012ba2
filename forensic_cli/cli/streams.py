"""Standard streams that cannot hurt a run: closed ones go nowhere, odd characters are escaped."""

import io
import os
import sys
from contextlib import suppress
from typing import TextIO


def make_safe() -> None:
    """Call first thing in the process.

    A descriptor 1 or 2 that was closed by the caller would be given to the next file that is
    opened, the audit log say, and whatever prints would write into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for good
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_line(stream: TextIO, line: str) -> None:
    """Write a line; what nobody reads, or a full disk takes no more, changes no exit code."""
    try:
        stream.write(f"{line}\n")
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
