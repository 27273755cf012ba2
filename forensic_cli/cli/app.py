"""The ``dfc-classify`` program: its commands, and what it does when none is named."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Annotated

import typer

from forensic_cli import __version__
from forensic_cli.cli.classify import classify
from forensic_cli.cli.exits import exit_code_table
from forensic_cli.cli.hash_evidence import hash_evidence
from forensic_cli.cli.inspect_model import inspect_model
from forensic_cli.cli.streams import make_safe, write_line
from forensic_cli.cli.verify_hash import verify_hash
from forensic_cli.cli.verify_run import verify_run
from forensic_cli.errors import ExitCode
from forensic_cli.names import on_screen

_DEFAULT = "classify"
_COMMANDS: dict[str, Callable[..., None]] = {
    _DEFAULT: classify,
    "verify-hash": verify_hash,
    "hash": hash_evidence,
    "inspect": inspect_model,
    "verify-run": verify_run,
}
_OWN_OPTIONS = frozenset({"--help", "-h", "--version"})

# Plain help: quicker than rich's, and the same bytes on every terminal.
app = typer.Typer(
    name="dfc-classify",
    epilog=exit_code_table(),
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _name, _command in _COMMANDS.items():
    app.command(_name, epilog=exit_code_table())(_command)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's form of a callback
    if wanted:
        write_line(sys.stdout, f"dfc-classify {__version__}")
        raise typer.Exit


@app.callback()
def describe(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Say for each picture of an evidence set whether a human or an AI made it, reproducibly.

    dfc-classify EVIDENCE --out RESULT.csv is short for dfc-classify classify EVIDENCE ...; a folder
    called like a command is reached as ./NAME or by the long form.
    """


def with_default_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with ``classify`` put before them where they name no command."""
    if not arguments or arguments[0] in _COMMANDS or arguments[0] in _OWN_OPTIONS:
        return list(arguments)
    return [_DEFAULT, *arguments]


def mistyped_command(arguments: Sequence[str]) -> str | None:
    """The command that a first argument, which is nothing that exists, was probably meant to be."""
    first = arguments[0] if arguments else ""
    if first.startswith("-") or "/" in first or first in _COMMANDS or os.path.lexists(first):
        return None
    meant = get_close_matches(first.lower().replace("_", "-"), _COMMANDS, n=1)
    return meant[0] if meant else None


def _stop(number: int, _: object) -> None:
    """End like Ctrl-C: the log says so, and the run can be resumed."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program, by default with the process's arguments, and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        make_safe()
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
                signal.signal(number, _stop)
    if (meant := mistyped_command(given)) is not None:
        first = on_screen(given[0])
        write_line(sys.stderr, f"Error: no command or evidence {first!r}; did you mean {meant}?")
        raise SystemExit(ExitCode.USAGE)
    try:
        app(args=with_default_command(given), prog_name="dfc-classify")
    except OSError as error:  # Typer's own words, on usage say, found nobody to read them
        asked_for_words = "--help" in given or "-h" in given
        raise SystemExit(ExitCode.OUTPUT if asked_for_words else ExitCode.USAGE) from error
