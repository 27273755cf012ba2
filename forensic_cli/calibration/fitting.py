"""Fit a calibration, and measure it on sources that it was not fitted to."""

import hashlib
import math
from collections.abc import Mapping

import numpy as np

from forensic_cli import __version__
from forensic_cli.calibration.document import BAND, DIGITS, KIND, SCHEMA, WORDS
from forensic_cli.calibration.known_pictures import (
    KnownPicture,
    KnownSet,
    TrainedOn,
    refuse_unfit,
)
from forensic_cli.calibration.logistic import Flags, Floats, Line, fit
from forensic_cli.errors import LabelsError
from forensic_cli.evaluation.likelihood_ratios import LN10, LikelihoodFigures, likelihood_figures
from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.foundation.canonical_json import canonical_json

_RESAMPLES, _SEED = 1000, 0
_LEVELS = (2.5, 97.5)
_SCOPE = (1, 99)


def calibrated(
    run: FinishedRun,
    known: KnownSet,
    trained_on: TrainedOn | None,
    said: Mapping[str, object],
) -> Mapping[str, object]:
    """A calibration as a document.

    Args:
        run: The run over the known pictures.
        known: The pictures.
        trained_on: What the model was trained on, None where nobody says.
        said: ``propositions`` (two texts), ``population`` and ``created``.

    Raises:
        LabelsError: The pictures are unfit, the line does not rise, or the calibration is of no
            use on sources that it was not fitted to.
    """
    refuse_unfit(known, trained_on)
    pictures = known.pictures
    log_odds = np.array([one.log_odds for one in pictures])
    is_ai = np.array([one.is_ai for one in pictures])
    sources = [one.source for one in pictures]
    line = fit(log_odds, is_ai, sources)
    if not line.slope > 0:
        msg = f"the slope is {line.slope:.3f}: a higher score does not mean AI on these pictures"
        raise LabelsError(msg)
    held_out = _held_out(log_odds, is_ai, sources)
    figures = likelihood_figures(held_out, is_ai)
    if figures is None or figures.cllr >= 1:
        cost = "-" if figures is None else f"{figures.cllr:.3f}"
        msg = (
            f"on sources that it was not fitted to, the calibration costs {cost} bits: no better "
            "than saying nothing (1). These scores bear no likelihood ratio"
        )
        raise LabelsError(msg)
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "tool": {"name": "dfc-classify", "version": __version__},
        **said,
        "model": {"sha256": run.model["sha256"], "name": run.model["card"]["name"]},
        "run": {"head": run.summary.head, "log": run.log.name},
        "data": _data(known, trained_on),
        "sources": _sources(pictures, held_out),
        "method": {
            "name": "logistic",
            "intercept": line.intercept,
            "slope": line.slope,
            "covariance": list(line.covariance),
            "held_out": "one source at a time",
        },
        "bounds": _bounds(figures, pictures),
        "scope": _scope(pictures),
        "band": BAND,
        "words": WORDS,
        "held_out": _measured(figures, held_out, is_ai, sources),
        "pictures": sorted(one.sha256[:DIGITS] for one in pictures),
    }


def _held_out(log_odds: Floats, is_ai: Flags, sources: list[str]) -> Floats:
    """Ln LR of each picture by a line fitted without its source."""
    names = np.asarray(sources)
    found = np.empty_like(log_odds)
    for name in sorted(set(sources)):
        here = names == name
        line: Line = fit(log_odds[~here], is_ai[~here], list(names[~here]))
        found[here] = line.intercept + line.slope * log_odds[here]
    return found


def _bounds(figures: LikelihoodFigures, pictures: tuple[KnownPicture, ...]) -> Mapping[str, object]:
    """Never beyond what the pictures bear, nor beyond the number of sources, one misleading."""
    ai = len({one.source for one in pictures if one.is_ai})
    real = len({one.source for one in pictures if not one.is_ai})
    by_sources = -math.log10(ai + 1), math.log10(real + 1)
    return {
        "lower": max(figures.bounds[0], by_sources[0]),
        "upper": min(figures.bounds[1], by_sources[1]),
        "rule": "pictures (ELUB) and sources",
        "pictures": list(figures.bounds),
        "sources": list(by_sources),
    }


def _scope(pictures: tuple[KnownPicture, ...]) -> Mapping[str, object]:
    sides = np.array([one.short_side for one in pictures], np.float64)
    odds = [one.log_odds for one in pictures]
    return {
        "formats": sorted({one.format for one in pictures}),
        "short_side": [float(point) for point in np.percentile(sides, _SCOPE)],
        "log_odds": [min(odds), max(odds)],
    }


def _data(known: KnownSet, trained_on: TrainedOn | None) -> Mapping[str, object]:
    listing = [[one.sha256, int(not one.is_ai), one.source] for one in known.pictures]
    return {
        "digest": hashlib.sha256(canonical_json(listing)).hexdigest(),
        "ai": sum(one.is_ai for one in known.pictures),
        "real": sum(not one.is_ai for one in known.pictures),
        "left_out": dict(known.left_out),
        "trained_on": None if trained_on is None else trained_on.sha256,
    }


def _sources(pictures: tuple[KnownPicture, ...], held_out: Floats) -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = []
    for source, is_ai in sorted({(one.source, one.is_ai) for one in pictures}):
        here = [k for k, one in enumerate(pictures) if (one.source, one.is_ai) == (source, is_ai)]
        right = sum((held_out[k] > 0) == is_ai for k in here)
        label = "ai" if is_ai else "real"
        rows.append({"name": source, "truth": label, "pictures": len(here), "right": int(right)})
    return rows


def _measured(
    figures: LikelihoodFigures, held_out: Floats, is_ai: Flags, sources: list[str]
) -> Mapping[str, object]:
    return {
        "cllr": figures.cllr,
        "cllr_over_sources": list(_cllr_interval(held_out, is_ai, sources)),
        "cllr_min": figures.cllr_min,
        "devpav": figures.devpav,
        "real_beyond_10_for_ai": figures.real_for_ai,
        "ai_beyond_10_for_real": figures.ai_for_real,
    }


def _cllr_interval(held_out: Floats, is_ai: Flags, sources: list[str]) -> tuple[float, float]:
    """95 % over whole sources drawn again."""
    cost = np.logaddexp(0, np.where(is_ai, -held_out, held_out)) / (LN10 * math.log10(2))
    places = np.unique(np.asarray(sources), return_inverse=True)[1]
    count = int(places.max()) + 1
    drawn = np.random.default_rng(_SEED).multinomial(
        count, np.full(count, 1 / count), size=_RESAMPLES
    )[:, places]
    sides = [
        (drawn[:, chosen] @ cost[chosen], drawn[:, chosen].sum(axis=1))
        for chosen in (is_ai, ~is_ai)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = sum(total / number for total, number in sides) / 2
    low, high = np.percentile(values[np.isfinite(values)], _LEVELS)
    return float(low), float(high)
