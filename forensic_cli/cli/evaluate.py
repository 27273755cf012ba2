"""``dfc-classify evaluate``: a result against known answers."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.cli.streams import write_line
from forensic_cli.errors import ExitCode, LogError, UsageError
from forensic_cli.foundation.atomic_write import write_atomically
from forensic_cli.settings import DEFAULT_RESAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forensic_cli.evaluation.figures import Evaluation
    from forensic_cli.finished_run.answers import Answer
    from forensic_cli.finished_run.details import Detail
    from forensic_cli.finished_run.run import FinishedRun


_PLOTS = (
    "confusion.png", "roc.png", "precision_recall.png", "reliability.png", "scores.png",
    "pictures.png", "errors.png", "tippett.png", "pav.png", "cross_entropy.png",
)  # fmt: skip


def evaluate(  # noqa: PLR0913 - the command line
    result: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path, metavar="RESULT.csv", help="What dfc-classify wrote."
        ),
    ],
    labels: options.LabelsAt,
    classes: options.Classes = None,
    split: options.Split = None,
    path_column: options.PathColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    bootstrap: Annotated[
        int,
        typer.Option("--bootstrap", min=0, max=100_000, help="Resamples for the 95 % intervals."),
    ] = DEFAULT_RESAMPLES,
    plots: Annotated[
        Path | None,
        typer.Option(
            "--plots",
            parser=options.given_path,
            metavar="DIR",
            help="Write confusion matrix, ROC, precision-recall, reliability and score histogram "
            "there, as PNG; with the run's log beside the result also Tippett, PAV and empirical "
            "cross-entropy.",
        ),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            "--pictures",
            parser=options.given_path,
            metavar="EVIDENCE",
            help="The folder that the result is of: adds pages of pictures with truth and label "
            "to the plots.",
        ),
    ] = None,
    shown_errors: Annotated[
        int, typer.Option("--errors", min=0, help="How many wrong answers to list.")
    ] = 20,
    record: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            parser=options.given_path,
            metavar="RECORD.json",
            help="Write all figures as one JSON file, with the digests of result, details, labels "
            "and model and the head of the log.",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    force: options.Force = False,
    debug: options.Debug = False,
) -> None:
    """Measure a result against known answers, over all and per group.

    Error rates, precision, recall, F1, accuracy, confusion matrix, areas under the ROC and
    precision-recall curves, Brier score, calibration error, 95 % bootstrap intervals over pictures
    and, where the labels name five sources of each class, over sources, and the wrong answers by
    confidence. AI is the positive class. Labelled pictures without a score and scored ones without
    a label are listed, and end with exit code 3. Where the run's log lies beside the result, the
    result is checked against it first; exit code 9 where it does not verify.

    Examples: dfc-classify evaluate 2022.csv --labels labels.csv --plots figures

    dfc-classify evaluate val.csv --labels val/ --classes fake_images,real_images
    """
    with reporting(debug):
        from forensic_cli.evaluation.libraries import require

        if pictures is not None and plots is None:
            msg = "--pictures adds pages to the plots; say where they go with --plots DIR"
            raise UsageError(msg)
        options.refuse_inside(plots, pictures)
        _check_plots(plots, force=force)
        _check_record(record, force=force)
        require("sklearn", *(["matplotlib"] if plots else []))
        from forensic_cli.evaluation.figures import evaluate as measured
        from forensic_cli.evaluation.pairing import pair
        from forensic_cli.evaluation.record import record_of

        columns = options.columns(path_column, label_column, group_column)
        truth = options.labelled(labels, classes, split, columns)
        answers, run = _answers(result)
        found = measured(pair(answers, truth), bootstrap, _details(run))
        if record is not None:
            _write_record(record, record_of(found, result, labels, truth, run))
        if as_json:
            write_line(sys.stdout, json.dumps(found.as_record(), indent=2, sort_keys=True))
        else:
            from forensic_cli.cli.evaluation_tables import show

            show(found, shown_errors)
        if plots is not None:
            _draw(found, plots, pictures)
        raise typer.Exit(ExitCode.OK if found.complete else ExitCode.INCOMPLETE)


def _answers(result: Path) -> "tuple[tuple[Answer, ...], FinishedRun | None]":
    """The rows of a result, checked against the run's log where that lies beside it."""
    from forensic_cli.cli.console import note
    from forensic_cli.finished_run.answers import nothing_scored, read_answers
    from forensic_cli.finished_run.reading import read_finished_run
    from forensic_cli.outputs.output_names import log_beside

    if not result.name:
        return read_answers(result), None
    log = log_beside(result)
    if not os.path.lexists(log):
        note(f"{log.name} is not beside {result.name}: nothing says that a run wrote it")
        return read_answers(result), None
    run = read_finished_run(log)
    if run.result.name != result.name:
        msg = f"{str(log)!r} is the log of {run.result.name!r}, not of {result.name!r}"
        raise LogError(msg)
    answers = tuple(run.answers())
    if not answers:
        raise nothing_scored(result)
    return answers, run


def _details(run: "FinishedRun | None") -> "Mapping[str, Detail] | None":
    """What the run's details say of its pictures, where they are at hand."""
    from forensic_cli.cli.console import note
    from forensic_cli.finished_run.details import details_of

    if run is None:
        return None
    if not os.path.lexists(run.path_of(run.details)):
        note(f"{run.details.name} is not beside the log: nothing is said of ratios and formats")
        return None
    return details_of(run)


def _check_record(path: Path | None, *, force: bool) -> None:
    if path is not None and os.path.lexists(path) and not force:
        msg = f"{str(path)!r} is there already; --force replaces it"
        raise UsageError(msg)


def _write_record(path: Path, document: "Mapping[str, object]") -> None:
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    write_atomically(path, f"{text}\n".encode())


def _check_plots(folder: Path | None, *, force: bool) -> None:
    there = [name for name in _PLOTS if folder is not None and (folder / name).exists()]
    if there and not force:
        msg = f"{there[0]!r} is in {str(folder)!r} already; --force replaces it"
        raise UsageError(msg)


def _draw(found: "Evaluation", folder: Path, pictures: Path | None) -> None:
    from forensic_cli.cli.console import note
    from forensic_cli.evaluation.likelihood_plots import likelihood_plots
    from forensic_cli.evaluation.picture_grid import draw_grid
    from forensic_cli.evaluation.plots import draw, save

    figures = draw(found)
    if found.likelihood is not None:
        figures |= likelihood_plots(found)
    if pictures is not None:
        figures["pictures.png"] = draw_grid(found.pairing.pairs, pictures)
        if found.errors:
            figures["errors.png"] = draw_grid(found.errors, pictures)
    for path in save(figures, folder):
        note(f"plot: {path}")
