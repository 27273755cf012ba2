"""Figures of an evaluation as PNG files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn import metrics

from forensic_cli.errors import OutputError
from forensic_cli.evaluation.figures import Evaluation, scored_of
from forensic_cli.evaluation.measures import CALIBRATION_BINS, Measures, Scored

_SIDE = 5.0  # inches, at 120 dots each
_DOTS = 120
_AI, _REAL = "#c44e52", "#4c72b0"


def draw(evaluation: Evaluation) -> dict[str, Figure]:
    """The figures, by file name; those that need both classes only where both are there."""
    scored = scored_of(evaluation.pairing.pairs)
    made = {
        "confusion.png": _confusion(evaluation.overall.measures),
        "reliability.png": _reliability(scored),
        "scores.png": _histogram(scored),
    }
    if evaluation.overall.measures.roc_auc is not None:
        made["roc.png"] = _roc(scored, evaluation.overall.measures)
        made["precision_recall.png"] = _precision_recall(scored, evaluation.overall.measures)
    return made


def save(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write figures as PNG; nothing of the clock or the machine goes into them.

    Raises:
        OutputError: One cannot be written.
    """
    written = []
    for name, figure in figures.items():
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, format="png", dpi=_DOTS, metadata={"Software": None})
        except OSError as error:
            raise OutputError.of(path, error) from error
        written.append(path)
    return written


def blank(width: float = _SIDE, height: float = _SIDE) -> Figure:
    """An empty figure that no window system is asked for; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _axes(title: str, x: str, y: str) -> tuple[Figure, Any]:
    figure = blank()
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _confusion(measures: Measures) -> Figure:
    figure, axes = _axes("Confusion matrix", "label", "truth")
    axes.imshow(measures.confusion, cmap="Blues", vmin=0)
    names = ["AI", "real"]
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names)
    largest = max(max(row) for row in measures.confusion)
    for row, counts in enumerate(measures.confusion):
        for column, count in enumerate(counts):
            color = "white" if count > largest / 2 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=color, size=16)
    return figure


def _roc(scored: Scored, measures: Measures) -> Figure:
    figure, axes = _axes(
        f"ROC, area {measures.roc_auc:.4f}", "real called AI (share)", "AI called AI (share)"
    )
    false_rate, true_rate, _ = metrics.roc_curve(scored.is_ai, scored.p_ai)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.plot(false_rate, true_rate, color=_AI)
    return figure


def _precision_recall(scored: Scored, measures: Measures) -> Figure:
    figure, axes = _axes("Precision against recall", "recall", "precision")
    sides: list[tuple[str, str, Any, Any, float | None]] = [
        ("AI", _AI, scored.is_ai, scored.p_ai, measures.average_precision),
        ("real", _REAL, ~scored.is_ai, 1 - scored.p_ai, measures.average_precision_real),
    ]
    for name, color, truth, score, average in sides:
        precision, recall, _ = metrics.precision_recall_curve(truth, score)
        axes.plot(recall, precision, color=color, label=f"{name}, average {average:.4f}")
    axes.set_ylim(0, 1.02)
    axes.legend(loc="lower left")
    return figure


def _reliability(scored: Scored) -> Figure:
    figure, axes = _axes("Reliability", "probability of AI", "share that is AI")
    bins = np.minimum((scored.p_ai * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    sizes = np.bincount(bins, minlength=CALIBRATION_BINS)
    full = sizes > 0
    said = np.bincount(bins, weights=scored.p_ai, minlength=CALIBRATION_BINS)[full] / sizes[full]
    was = np.bincount(bins, weights=scored.is_ai, minlength=CALIBRATION_BINS)[full] / sizes[full]
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.plot(said, was, color=_AI, marker="o")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return figure


def _histogram(scored: Scored) -> Figure:
    figure, axes = _axes("Scores by truth", "probability of AI", "pictures")
    edges = np.linspace(0, 1, 21)
    axes.hist(
        [scored.p_ai[scored.is_ai], scored.p_ai[~scored.is_ai]],
        bins=edges,
        color=[_AI, _REAL],
        label=["AI", "real"],
        stacked=True,
    )
    axes.legend()
    return figure
