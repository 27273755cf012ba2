"""``dfc-classify statements``: a calibration applied to a finished run."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.digests import head_given
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from forensic_cli.calibration.document import Calibration
    from forensic_cli.calibration.statement_files import Written


def statements(  # noqa: PLR0913 - the command line
    log: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path,
            metavar="RESULT.audit.jsonl",
            help="The log of a finished run, with its outputs beside it.",
        ),
    ],
    calibration: Annotated[
        Path,
        typer.Option(
            "--calibration",
            parser=options.given_path,
            metavar="M.calibration.json",
            help="What dfc-classify calibrate wrote for the model that the run used.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            parser=options.given_path,
            metavar="STATEMENTS.csv",
            help="Default: RESULT.statements.csv beside the log. A JSON of that name goes with it.",
        ),
    ] = None,
    head: options.Head = None,
    *,
    force: options.Force = False,
    debug: options.Debug = False,
) -> None:
    """Say for each scored picture how strongly its score supports which proposition.

    A row per row of the result, in its order: log10 of the likelihood ratio with its interval,
    and one of supports_ai, supports_real, inconclusive, out_of_scope, known_picture. Result,
    details and log stay as they are; the log is verified first. Label and statement answer
    different questions, and may point to different sides.

    Exit code 6 where the calibration is of another model, 9 where the run does not verify.
    """
    with reporting(debug):
        import hashlib

        from forensic_cli.calibration.document import Calibration, read_bytes
        from forensic_cli.calibration.statement_files import json_beside, write_statements
        from forensic_cli.calibration.statements import refuse_other_model
        from forensic_cli.cli.console import note
        from forensic_cli.finished_run.reading import read_finished_run

        target = out if out is not None else log.with_name(_stem(log) + ".statements.csv")
        for path in (target, json_beside(target)):
            if os.path.lexists(path) and not force:
                msg = f"{str(path)!r} is there already; --force replaces it"
                raise UsageError(msg)
        data = read_bytes(calibration)
        line = Calibration.from_json(data)
        run = read_finished_run(log, head_given(head))
        refuse_other_model(run, line)
        made = write_statements(
            run,
            line,
            hashlib.sha256(data).hexdigest(),
            target,
            lambda rows: note(f"{rows:,} statements"),
        )
        _print(made, line, target)
        raise typer.Exit(ExitCode.OK)


def _print(made: "Written", line: "Calibration", target: Path) -> None:
    from forensic_cli.calibration.statement_files import NOTE, json_beside
    from forensic_cli.cli.console import out

    lower, upper = line.bounds
    for stated, number in made.counts.items():
        out(f"{stated:<14} {number:,}")
    out(f"above 1        {line.propositions[0]}")
    out(f"below 1        {line.propositions[1]}")
    out(f"bounds         log10 LR from {lower:.2f} to {upper:.2f}: more is never stated")
    if made.contradictions:
        out(
            f"NOTE           {made.contradictions:,} labels and ratios point to different sides: "
            "the label says which class the model prefers, the ratio what its score is worth"
        )
    if line.document["data"]["trained_on"] is None:
        out("NOTE           not known whether the model was trained on the calibration's pictures")
    out(f"note           {NOTE}")
    out(f"output         {target}  {made.rows:,} rows  sha256 {made.sha256}")
    out(f"output         {json_beside(target)}")


def _stem(log: Path) -> str:
    return log.name.removesuffix(".jsonl").removesuffix(".audit")
