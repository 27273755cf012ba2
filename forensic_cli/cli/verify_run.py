"""``dfc-classify verify-run``: check a finished run."""

import os
from pathlib import Path
from typing import Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.digests import head_given
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import LogError, UsageError


def verify_run(
    log: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path,
            metavar="RESULT.audit.jsonl",
            help="The log, with the outputs beside it.",
        ),
    ],
    *,
    head: options.Head = None,
    debug: options.Debug = False,
) -> None:
    """Check an audit log's chain and every digest that it names.

    Finds an edited, deleted or swapped line and an altered output. An edited last line, a cut tail
    or a log that was written anew is found for certain only with --head, the digest that was
    written down when the run ended. Exit code 0 = all holds, 9 = something does not.
    """
    with reporting(debug):
        if not os.path.isfile(log):  # noqa: PTH113 - it does not raise where a folder is locked
            msg = f"{str(log)!r} is not a file within reach; give the RESULT.audit.jsonl of a run"
            raise UsageError(msg)
        _refuse_other_files(log)
        from forensic_cli.cli.console import out
        from forensic_cli.finished_run.reading import inspect_run

        result = inspect_run(log, head_given(head))
        for check in result.checks:
            detail = f" ({check.detail})" if check.detail else ""
            out(f"{check.verdict:<14} {check.what}{detail}")
        out(f"head digest    {result.head}")
        if result.failures:
            names = ", ".join(check.what for check in result.failures)
            msg = f"{log} does not verify: {names}; do not rely on this run"
            raise LogError(msg)


def _refuse_other_files(path: Path) -> None:
    """See that it may be a log: of any other file nothing can be said, alteration least of all.

    Raises:
        UsageError: Neither its name nor its content are a log's.
    """
    with path.open("rb") as stream:
        begins = stream.read(1)
    if path.suffix == ".jsonl" or begins in {b"{", b""}:
        return
    stem = path.name.removesuffix(path.suffix).removesuffix(".exceptions").removesuffix(".details")
    beside = path.with_name(f"{stem}.audit.jsonl")
    hint = f"give {str(beside)!r}" if beside.is_file() else "give the RESULT.audit.jsonl of a run"
    msg = f"{str(path)!r} is no audit log; {hint}"
    raise UsageError(msg)
