"""Errors become a sentence on the terminal and an exit status here, and nowhere else."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from forensic_cli.errors import DfcError, ExitCode
from forensic_cli.names import on_screen

_LONGEST = 2000


def exit_code_table() -> str:
    """The exit codes for ``--help``, one a line."""
    rows = [f"{code.value:>5}  {code.meaning}" for code in ExitCode]
    return "\n".join(["\b", "Exit codes:", *rows])


@contextmanager
def reporting(debug: bool) -> Iterator[None]:  # noqa: FBT001 - the option, passed on
    """Run a command's body; say what went wrong and leave with the error's exit code.

    Args:
        debug: Show the traceback too.
    """
    try:
        yield
    except (typer.Exit, BrokenPipeError):
        raise
    except DfcError as error:
        _say(f"error: {error}", debug=debug)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt as interrupt:
        _say("error: interrupted", debug=debug)
        raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
    except Exception as bug:
        _say(
            f"internal error: {type(bug).__name__}: {bug}\n"
            "This is a bug in dfc-classify. Run again with --debug and report what it prints",
            debug=debug,
        )
        raise typer.Exit(ExitCode.INTERNAL) from bug


def _say(text: str, *, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    lines = (on_screen(line, _LONGEST) for line in text.split("\n"))
    try:
        print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201 - the command line
    except BrokenPipeError:  # nobody listens; the exit code still tells
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
