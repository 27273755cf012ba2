"""``dfc-classify compare``: several models on the same labelled pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import ExitCode, UsageError
from forensic_cli.settings import BUILT_IN_MODEL, DEFAULT_RESAMPLES

if TYPE_CHECKING:
    from forensic_cli.model_comparison.models import Comparison

BUILT_IN = "built-in"


def compare(  # noqa: PLR0913 - the command line
    paths: Annotated[
        list[Path],
        typer.Argument(
            parser=options.given_path,
            metavar="MODEL... EVIDENCE",
            help="Exported models (the word built-in stands for the demonstration model), and last "
            "the folder with the pictures.",
        ),
    ],
    labels: options.LabelsAt,
    classes: options.Classes = None,
    split: options.Split = None,
    path_column: options.PathColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    device: options.OnDevice = "auto",
    batch_size: options.BatchSize = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            parser=options.given_path,
            metavar="DIR",
            help="Write comparison.md, comparison.csv, comparison.json and f1_speed.png there.",
        ),
    ] = None,
    *,
    workers: options.Workers,
    force: options.Force = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Compare models: F1, area under ROC, size, pictures per second, latency, agreement.

    Every batch is decoded once and goes through all models in turn, so that the speeds are measured
    side by side. Pictures without a label, labels without a picture and pictures that cannot be
    decoded are listed, and end with exit code 3.

    Example: dfc-classify compare swin.onnx resnet18.onnx built-in val/ --labels labels.csv
    """
    with reporting(debug):
        if len(paths) < 2:  # noqa: PLR2004 - a model and the evidence
            msg = "compare takes one or more models and, last, the folder with the pictures"
            raise UsageError(msg)
        from forensic_cli.evaluation.libraries import require

        require("sklearn", *(["matplotlib"] if out else []))
        from forensic_cli.cli.console import RunConsole
        from forensic_cli.events import Progressed
        from forensic_cli.model_comparison.models import ComparisonRequest
        from forensic_cli.model_comparison.models import compare as run

        _check_out(out, paths[-1], force=force)
        columns = options.columns(path_column, label_column, group_column)
        truth = options.labelled(labels, classes, split, columns)
        models = tuple(BUILT_IN_MODEL if str(path) == BUILT_IN else path for path in paths[:-1])
        request = ComparisonRequest(
            models, paths[-1], truth, device, batch_size, workers, DEFAULT_RESAMPLES
        )
        with RunConsole(quiet=quiet) as console:
            found = run(request, lambda done, total: console(Progressed("comparing", done, total)))
        _show(found)
        if out is not None:
            from forensic_cli.model_comparison.report import write

            write(found, out)
        raise typer.Exit(ExitCode.OK if found.complete else ExitCode.INCOMPLETE)


def _check_out(folder: Path | None, evidence: Path, *, force: bool) -> None:
    from forensic_cli.model_comparison.files import FILES

    options.refuse_inside(folder, evidence)
    there = [name for name in FILES if folder is not None and (folder / name).exists()]
    if there and not force:
        msg = f"{str(there[0])!r} is in {str(folder)!r} already; --force replaces it"
        raise UsageError(msg)


def _show(found: "Comparison") -> None:
    from forensic_cli.cli.console import out
    from forensic_cli.cli.evaluation_tables import list_left_over, print_table
    from forensic_cli.model_comparison.table import COLUMNS, agreement_rows, cells, how

    print_table(COLUMNS, [cells(row) for row in found.rows])
    print_table(("labelled alike", *(row.name for row in found.rows)), agreement_rows(found))
    out(f"how            {how(found)}")
    list_left_over("NOT SCORED", "have a label and no score", found.pairing.unanswered)
    list_left_over("NOT LABELLED", "have a score and no label", found.pairing.unlabelled)
    list_left_over(
        "NOT TAKEN", "cannot be scored", [f"{name}: {why}" for name, why in found.refused]
    )
