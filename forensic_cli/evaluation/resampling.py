"""Bootstrap intervals: pictures, or whole sources, are drawn again with replacement, many times.

Pictures of one source are alike, so that drawing pictures makes intervals that are too narrow for
another source; drawing sources, each with all of its pictures, does not.

A resample is kept as how often each picture was drawn. The figures of all resamples then come out
of a few sums over the pictures sorted by score; scikit-learn, asked once per resample, would take
minutes where this takes a second. A test holds the two equal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensic_cli.evaluation.measures import Floats, Scored

_CELLS = 4_000_000  # of the count matrix at once: 32 MB
_LEVELS = (2.5, 97.5)

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval (percentiles) of a figure."""

    low: float
    high: float


def intervals(
    scored: Scored, resamples: int, seed: int, sources: Sequence[str] | None = None
) -> dict[str, Interval]:
    """Intervals of the figures that have one, by name; a figure without a value has none.

    Args:
        scored: The pictures.
        resamples: How many.
        seed: The seed of the draws.
        sources: The source of each picture, for which sources are drawn; None draws pictures.
    """
    places = None if sources is None else np.unique(sources, return_inverse=True)[1]
    absent = set()
    if not scored.is_ai.any():
        absent = {"f1_ai", "recall_ai", "macro_f1", "average_precision"}
    elif scored.is_ai.all():
        absent = {"f1_real", "recall_real", "macro_f1", "average_precision"}
    drawn: dict[str, list[Floats]] = {}
    units = len(scored) if places is None else int(places.max()) + 1
    for drawn_units in _draws(units, len(scored), resamples, seed):
        counts = drawn_units if places is None else drawn_units[:, places]
        for name, values in resampled(scored, counts).items():
            if name not in absent:
                drawn.setdefault(name, []).append(values)
    found = {}
    for name, parts in drawn.items():
        values = np.concatenate(parts)
        values = values[np.isfinite(values)]
        if len(values):
            low, high = np.percentile(values, _LEVELS)
            found[name] = Interval(float(low), float(high))
    return found


def _draws(size: int, pictures: int, resamples: int, seed: int) -> Iterator[Counts]:
    """How often each of ``size`` units was drawn: as many draws as there are units."""
    generator = np.random.default_rng(seed)
    at_once = max(1, _CELLS // max(size, pictures))
    for begin in range(0, resamples, at_once):
        rows = min(at_once, resamples - begin)
        picked = generator.integers(size, size=(rows, size))
        places = (picked + size * np.arange(rows)[:, None]).ravel()
        yield np.bincount(places, minlength=rows * size).reshape(rows, size)


def resampled(scored: Scored, counts: Counts) -> dict[str, Floats]:
    """The figures of each resample; not a number where one has none.

    Args:
        scored: The pictures.
        counts: resamples x pictures, how often each was drawn.
    """
    ai, real = scored.is_ai, ~scored.is_ai
    right_ai = counts @ (ai & scored.called_ai)
    right_real = counts @ (real & ~scored.called_ai)
    total_ai, total_real = counts @ ai, counts @ real
    total = counts.sum(axis=1)
    f1_ai = _share(2 * right_ai, total_ai + counts @ scored.called_ai)
    f1_real = _share(2 * right_real, total_real + counts @ ~scored.called_ai)
    with np.errstate(invalid="ignore", divide="ignore"):
        auc, precision = _ranked(scored, counts, total_ai, total_real)
    return {
        "accuracy": (right_ai + right_real) / total,
        "f1_ai": f1_ai,
        "f1_real": f1_real,
        "macro_f1": (f1_ai + f1_real) / 2,
        "recall_ai": _share(right_ai, total_ai),
        "recall_real": _share(right_real, total_real),
        "roc_auc": auc,
        "average_precision": precision,
        "brier": counts @ np.square(scored.p_ai - ai) / total,
    }


def _ranked(
    scored: Scored, counts: Counts, total_ai: Counts, total_real: Counts
) -> tuple[Floats, Floats]:
    """Area under the ROC curve and average precision, ties counted as one step."""
    order = np.argsort(-scored.p_ai, kind="stable")
    values = scored.p_ai[order]
    steps = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    ai = np.add.reduceat(counts[:, order] * scored.is_ai[order], steps, axis=1)
    real = np.add.reduceat(counts[:, order] * ~scored.is_ai[order], steps, axis=1)
    ai_so_far, all_so_far = ai.cumsum(axis=1), (ai + real).cumsum(axis=1)
    above = ai_so_far - ai / 2
    auc = (real * above).sum(axis=1) / (total_ai * total_real)
    precision = np.where(all_so_far > 0, ai_so_far / np.maximum(all_so_far, 1), 0.0)
    return auc, (ai * precision).sum(axis=1) / total_ai


def _share(part: Counts, whole: Counts) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
