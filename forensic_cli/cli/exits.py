"""Errors become a sentence on the terminal and an exit status here, and nowhere else."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from forensic_cli.cli.streams import write_line
from forensic_cli.errors import DfcError, ExitCode
from forensic_cli.foundation.path_text import on_screen

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
    except typer.Exit:
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
            "This is a bug in the tool. Run again with --debug and report what it prints",
            debug=debug,
        )
        raise typer.Exit(ExitCode.INTERNAL) from bug


def _say(text: str, *, debug: bool) -> None:
    if debug:
        text = f"{traceback.format_exc()}{text}"
    for line in text.split("\n"):
        write_line(sys.stderr, on_screen(line, _LONGEST))
