"""``dfc-classify verify-run``: check a finished run."""

from pathlib import Path
from typing import Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import LogError


def verify_run(
    log: Annotated[Path, typer.Argument(help="RESULT.audit.jsonl, with the outputs beside it.")],
    *,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="DIGEST", help="Head digest that was written down when the run ended."
        ),
    ] = None,
    debug: options.Debug = False,
) -> None:
    """Check an audit log's chain and every digest that it names.

    Finds an edited, deleted or swapped line and an altered output. A cut tail, or a log that was
    written anew, is found only with --head. Exit code 0 = all holds, 9 = something does not.
    """
    with reporting(debug):
        from forensic_cli.audit.verify import verify_run as verify  # noqa: PLC0415
        from forensic_cli.cli.console import out  # noqa: PLC0415

        result = verify(log, head)
        for check in result.checks:
            detail = f" ({check.detail})" if check.detail else ""
            out(f"{check.verdict:<14} {check.what}{detail}")
        out(f"head digest    {result.head}")
        if result.failures:
            names = ", ".join(check.what for check in result.failures)
            msg = f"{log} does not verify: {names}; do not rely on this run"
            raise LogError(msg)
