"""What the project's programs have in common: commands, a default one, signals, exit codes."""

import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

import typer

from forensic_cli import __version__
from forensic_cli.cli.exits import exit_code_table
from forensic_cli.cli.streams import make_safe, write_line
from forensic_cli.errors import ExitCode
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.inference.bounds import is_stuck

_OWN_OPTIONS = frozenset({"--help", "-h", "--version"})


@dataclass(frozen=True, slots=True)
class Program:
    """A program of several commands.

    Attributes:
        name: As it is called.
        summary: What it does, for ``--help``.
        commands: By name.
        default: The command meant where none is named.
        subject: What its first argument is, in a word.
    """

    name: str
    summary: str
    commands: Mapping[str, Callable[..., None]]
    default: str
    subject: str

    def run(self, arguments: Sequence[str] | None) -> None:
        """Run, by default with the process's arguments, and leave with the exit code."""
        given = sys.argv[1:] if arguments is None else arguments
        if arguments is None:
            make_safe()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # how a child ended must be told
            _allow_open_files()
            for number in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
                    signal.signal(number, _stop)
        if (meant := self._mistyped(given)) is not None:
            said = f"no command or {self.subject} {on_screen(given[0])!r}; did you mean {meant}?"
            write_line(sys.stderr, f"Error: {said}")
            raise SystemExit(ExitCode.USAGE)
        try:
            self._app()(args=self._with_default(given), prog_name=self.name)
        except OSError as error:  # Typer's own words (on usage) could not be written
            asked_for_words = "--help" in given or "-h" in given
            raise SystemExit(ExitCode.OUTPUT if asked_for_words else ExitCode.USAGE) from error
        except SystemExit as left:
            # A thread stuck in ONNX Runtime cannot be joined: a normal exit would wait for ever, or
            # unload the library while it runs.
            if arguments is None and is_stuck():
                os._exit(int(left.code or 0))
            raise

    def _app(self) -> typer.Typer:
        # Plain help: quicker than rich's, and the same bytes on every terminal.
        app = typer.Typer(
            name=self.name,
            epilog=exit_code_table(),
            no_args_is_help=True,
            add_completion=False,
            context_settings={"help_option_names": ["-h", "--help"]},
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
        )
        for name, command in self.commands.items():
            app.command(name, epilog=exit_code_table())(command)

        def print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's form of a callback
            if wanted:
                write_line(sys.stdout, f"{self.name} {__version__}")
                raise typer.Exit

        @app.callback(help=self.summary)
        def describe(
            *,
            version: Annotated[
                bool,
                typer.Option(
                    "--version",
                    callback=print_version,
                    is_eager=True,
                    help="Print the version and leave.",
                ),
            ] = False,
        ) -> None:
            """Take the options that stand before a command."""

        return app

    def _with_default(self, arguments: Sequence[str]) -> list[str]:
        """The arguments with the default command put before them where they name none."""
        if not arguments or arguments[0] in self.commands or arguments[0] in _OWN_OPTIONS:
            return list(arguments)
        return [self.default, *arguments]

    def _mistyped(self, arguments: Sequence[str]) -> str | None:
        """The command that a first argument, which is nothing that exists, probably means."""
        first = arguments[0] if arguments else ""
        if (
            first.startswith("-")
            or "/" in first
            or "." in first  # a file's name, with its suffix
            or first in self.commands
            or os.path.lexists(first)
        ):
            return None
        meant = get_close_matches(first.lower().replace("_", "-"), self.commands, n=1)
        return meant[0] if meant else None


def _allow_open_files() -> None:
    """Take all descriptors that the system grants: a walk holds one for every level of folders."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _stop(number: int, _: object) -> None:
    """End like Ctrl-C: the log says so, and the run can be resumed."""
    raise KeyboardInterrupt(signal.Signals(number).name)
