"""Scores taken as likelihood ratios, drawn: Tippett, PAV, and empirical cross-entropy."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from forensic_cli.evaluation.figures import Evaluation, scored_of
from forensic_cli.evaluation.likelihood_ratios import LN10, best_monotone, cross_entropy
from forensic_cli.evaluation.measures import Flags, Floats
from forensic_cli.evaluation.plots import blank

_ODDS = np.linspace(-3, 3, 121)
_SIZE = (6.4, 4.8)


def likelihood_plots(found: Evaluation) -> dict[str, Figure]:
    """The three figures of an evaluation that has likelihood figures, by file name."""
    log_lr, is_ai = np.array(found.log_odds), scored_of(found.pairing.pairs).is_ai
    return {
        "tippett.png": _tippett(log_lr / LN10, is_ai),
        "pav.png": _pav(log_lr, is_ai),
        "cross_entropy.png": _cross_entropy(log_lr, is_ai),
    }


def _axes(title: str, x: str, y: str) -> tuple[Figure, Any]:
    figure = blank(*_SIZE)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(visible=True, alpha=0.3)
    return figure, axes


def _tippett(log10_lr: Floats, is_ai: Flags) -> Figure:
    figure, axes = _axes(
        "Tippett plot", "log10 of the ratio (right: for AI)", "share with this ratio or more"
    )
    for chosen, name, style in ((is_ai, "AI", "-"), (~is_ai, "real", "--")):
        values = np.sort(log10_lr[chosen])
        axes.step(values, 1 - np.arange(len(values)) / len(values), style, where="post", label=name)
    axes.axvline(0, color="grey", linewidth=0.8)
    axes.legend()
    return figure


def _pav(log_lr: Floats, is_ai: Flags) -> Figure:
    figure, axes = _axes(
        "Ratios against the best monotone calibration of these pictures",
        "log10 of the ratio as it is",
        "log10 of the calibrated ratio",
    )
    best = best_monotone(log_lr, is_ai)
    finite = np.isfinite(best)
    order = np.argsort(log_lr[finite], kind="stable")
    ends = [float(log_lr.min()) / LN10, float(log_lr.max()) / LN10]
    axes.plot(ends, ends, color="grey", linewidth=0.8, label="perfectly calibrated")
    axes.plot(log_lr[finite][order] / LN10, best[finite][order] / LN10, marker=".", label="found")
    axes.legend()
    return figure


def _cross_entropy(log_lr: Floats, is_ai: Flags) -> Figure:
    figure, axes = _axes("Empirical cross-entropy", "log10 of the prior odds of AI", "cost (bits)")
    best = best_monotone(log_lr, is_ai)
    neutral = np.zeros_like(log_lr)
    for values, name, style in (
        (neutral, "a ratio of 1 for everything", ":"),
        (log_lr, "as it is", "-"),
        (best, "best monotone calibration", "--"),
    ):
        costs = [cross_entropy(values, is_ai, float(odds)) for odds in _ODDS]
        axes.plot(_ODDS, costs, style, label=name)
    axes.set_ylim(bottom=0, top=1.2)
    axes.legend()
    return figure
