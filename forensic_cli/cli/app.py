"""The ``dfc-classify`` program: its commands, and what it does when none is named."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from forensic_cli import __version__
from forensic_cli.cli.classify import classify
from forensic_cli.cli.exits import exit_code_table
from forensic_cli.cli.hash_evidence import hash_evidence
from forensic_cli.cli.inspect_model import inspect_model
from forensic_cli.cli.verify_hash import verify_hash
from forensic_cli.cli.verify_run import verify_run

_DEFAULT = "classify"
_COMMANDS: dict[str, Callable[..., None]] = {
    _DEFAULT: classify,
    "verify-hash": verify_hash,
    "hash": hash_evidence,
    "inspect": inspect_model,
    "verify-run": verify_run,
}
_OWN_OPTIONS = frozenset({"--help", "--version", "--install-completion", "--show-completion"})

# Plain help: quicker than rich's, and the same bytes on every terminal.
app = typer.Typer(
    name="dfc-classify",
    epilog=exit_code_table(),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _name, _command in _COMMANDS.items():
    app.command(_name, epilog=exit_code_table())(_command)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's form of a callback
    if wanted:
        typer.echo(f"dfc-classify {__version__}")
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program, by default with the process's arguments, and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    app(args=with_default_command(given), prog_name="dfc-classify")
