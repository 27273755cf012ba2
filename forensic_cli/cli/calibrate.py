"""``dfc-classify calibrate``: from a run over known pictures to a calibration file."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.digests import head_given
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from forensic_cli.calibration.document import Calibration

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PROPOSITIONS = ("the picture was made by an AI", "the picture was not made by an AI")


def calibrate(  # noqa: PLR0913 - the command line
    log: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path,
            metavar="KNOWN.audit.jsonl",
            help="The log of a run over pictures whose answers are known.",
        ),
    ],
    labels: options.LabelsAt,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            parser=options.given_path,
            metavar="M.calibration.json",
            help="File to write.",
        ),
    ],
    trained_on: Annotated[
        Path | None,
        typer.Option(
            "--trained-on",
            parser=options.given_path,
            metavar="pictures.csv",
            help="What the model was trained on (of dfc-train, or any CSV with sha256 and group): "
            "pictures and sources in it are refused.",
        ),
    ] = None,
    propositions: Annotated[
        tuple[str, str],
        typer.Option(
            "--propositions",
            metavar="AI REAL",
            help="The two propositions: what a ratio above 1 supports, and what one below 1 does.",
        ),
    ] = _PROPOSITIONS,
    population: Annotated[
        str, typer.Option("--population", metavar="TEXT", help="What the known pictures stand for.")
    ] = "",
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="YYYY-MM-DD", help="The day that goes into the file."),
    ] = None,
    head: options.Head = None,
    classes: options.Classes = None,
    split: options.Split = None,
    path_column: options.PathColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    *,
    force: options.Force = False,
    debug: options.Debug = False,
) -> None:
    """Fit what a score is worth as evidence, on known pictures of many sources.

    One line is fitted (logistic regression, both classes weighing alike) and measured on each
    source without that source. Needs five sources and fifty pictures of each class, none of which
    the model was trained on, and labels that name the source. Refused, exit code 5, where it is no
    better than saying nothing on sources that it was not fitted to.

    Example: dfc-classify calibrate known.audit.jsonl --labels known.csv --out m.calibration.json
    """
    with reporting(debug):
        from forensic_cli.evaluation.libraries import require

        if date is not None and not _DATE.fullmatch(date):
            msg = f"--date takes YYYY-MM-DD, not {date!r}"
            raise UsageError(msg)
        if os.path.lexists(out) and not force:
            msg = f"{str(out)!r} is there already; --force replaces it"
            raise UsageError(msg)
        require("sklearn")
        from forensic_cli.calibration.document import Calibration, written
        from forensic_cli.calibration.fitting import calibrated
        from forensic_cli.calibration.known_pictures import known_set, read_trained_on
        from forensic_cli.finished_run.reading import read_finished_run
        from forensic_cli.foundation.atomic_write import write_atomically

        run = read_finished_run(log, head_given(head))
        columns = options.columns(path_column, label_column, group_column)
        truth = options.labelled(labels, classes, split, columns)
        said = {
            "propositions": list(propositions),
            "population": population,
            "created": date or datetime.now(UTC).date().isoformat(),
        }
        listed = None if trained_on is None else read_trained_on(trained_on)
        data = written(calibrated(run, known_set(run, truth), listed, said))
        made = Calibration.from_json(data)  # what was written can be read
        write_atomically(out, data)
        _print(made, out)
        raise typer.Exit(ExitCode.OK)


def _print(made: "Calibration", out_path: Path) -> None:
    from forensic_cli.cli.console import out

    document, held_out = made.document, made.document["held_out"]
    data, left_out = document["data"], document["data"]["left_out"]
    ai = sum(one["truth"] == "ai" for one in document["sources"])
    low, high = held_out["cllr_over_sources"]
    out(f"pictures       {data['ai']:,} AI of {ai} sources, {data['real']:,} real of "
        f"{len(document['sources']) - ai}")  # fmt: skip
    out(f"left out       {', '.join(f'{number:,} {why}' for why, number in left_out.items())}")
    if data["trained_on"] is None:
        out("NOTE           not known whether these pictures were trained on: give --trained-on")
    out(f"ratio          ln LR = {made.line.intercept:.3f} + {made.line.slope:.3f} x log odds")
    out(f"held out       Cllr {held_out['cllr']:.3f} (95 % over sources {low:.3f} to {high:.3f}); "
        "0 is perfect, 1 says nothing")  # fmt: skip
    out(f"bounds         log10 LR from {made.bounds[0]:.2f} to {made.bounds[1]:.2f}: more is never "
        "stated")  # fmt: skip
    out(f"said nothing   where log10 LR is less than {made.band:.2f} from 0")
    out(f"for            {', '.join(made.scope.formats)}; short side "
        f"{made.scope.short_side[0]:g} to {made.scope.short_side[1]:g} pixels")  # fmt: skip
    out(f"above 1        {made.propositions[0]}")
    out(f"below 1        {made.propositions[1]}")
    out(f"calibration    {out_path}")
