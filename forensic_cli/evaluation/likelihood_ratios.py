"""How good scores are as likelihood ratios: what they cost, and what no calibration would mend.

Everything takes natural logarithms of likelihood ratios, ln P(score | AI) / P(score | real), which
are the log odds of AI where both are equally probable beforehand. Formulas:

- Cllr and Cllr_min: N. Brummer, J. du Preez, Computer Speech & Language 20 (2006) 230.
- devPAV: P. Vergeer, Y. van Schaik, M. Sjerps, Forensic Science International 321 (2021) 110722.
- bounds (ELUB): P. Vergeer et al., Science & Justice 56 (2016) 482.
- empirical cross-entropy: D. Ramos, J. Gonzalez-Rodriguez, Forensic Science International 230
  (2013) 156.
"""

import math
from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from forensic_cli.evaluation.measures import Flags, Floats

LN10 = math.log(10)


@dataclass(frozen=True, slots=True)
class LikelihoodFigures:
    """What a set of likelihood ratios is worth.

    Attributes:
        cllr: Cost in bits: 0 = perfect, 1 = says nothing, more = misleads.
        cllr_min: The same after the best monotone calibration on these pictures: what is lost in
            telling the classes apart. The rest is lost in calibration.
        devpav: Mean distance of the ratios from that calibration, in log10; None where it is
            defined nowhere.
        real_for_ai: Share of real pictures with a ratio above 10 for AI.
        ai_for_real: Share of AI pictures with a ratio above 10 for real.
        bounds: log10 of the least and the largest ratio that pictures as many as these can bear.
    """

    cllr: float
    cllr_min: float
    devpav: float | None
    real_for_ai: float
    ai_for_real: float
    bounds: tuple[float, float]


def likelihood_figures(log_lr: Floats, is_ai: Flags) -> LikelihoodFigures | None:
    """The figures of a set, None where a class is absent."""
    if not is_ai.any() or is_ai.all():
        return None
    best = best_monotone(log_lr, is_ai)
    return LikelihoodFigures(
        cllr=cllr(log_lr, is_ai),
        cllr_min=cllr(best, is_ai),
        devpav=devpav(log_lr, best),
        real_for_ai=float(np.mean(log_lr[~is_ai] > LN10)),
        ai_for_real=float(np.mean(log_lr[is_ai] < -LN10)),
        bounds=bounds(log_lr, is_ai),
    )


def cllr(log_lr: Floats, is_ai: Flags) -> float:
    """Mean cost of the ratios, both classes weighing alike, in bits."""
    return cross_entropy(log_lr, is_ai, 0.0)


def cross_entropy(log_lr: Floats, is_ai: Flags, log10_odds: float) -> float:
    """Empirical cross-entropy at prior odds of AI, in bits; at odds of 1 it is Cllr.

    Args:
        log_lr: Natural logarithms.
        is_ai: The truth; both classes have pictures.
        log10_odds: log10 of the prior odds.
    """
    prior = log10_odds * LN10
    share = 1 / (1 + math.exp(-prior))
    ai = np.logaddexp(0, -(log_lr[is_ai] + prior)).mean()
    real = np.logaddexp(0, log_lr[~is_ai] + prior).mean()
    return float(share * ai + (1 - share) * real) / math.log(2)


def best_monotone(log_lr: Floats, is_ai: Flags) -> Floats:
    """Pool adjacent violators: the monotone change of the ratios that costs least on these.

    Returns:
        Natural logarithms, infinite where one class alone lies at the end.
    """
    weights = np.where(is_ai, 0.5 / is_ai.sum(), 0.5 / (~is_ai).sum())
    model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    order = np.unique(log_lr, return_inverse=True)[1]  # ranks: infinite ratios have one, too
    probability = model.fit_transform(order, is_ai.astype(float), sample_weight=weights)
    with np.errstate(divide="ignore"):
        found: Floats = np.log(probability) - np.log1p(-probability)
    return found


def devpav(log_lr: Floats, best: Floats) -> float | None:
    """Mean vertical distance in log10 of the curve (ratio, best ratio) from the diagonal.

    Args:
        log_lr: Natural logarithms.
        best: The same pictures' by ``best_monotone``.
    """
    finite = np.isfinite(log_lr) & np.isfinite(best)
    points = np.unique(np.stack([log_lr[finite], best[finite]], axis=1) / LN10, axis=0)
    if len(points) < 2 or points[0, 0] == points[-1, 0]:  # noqa: PLR2004 - a line has two ends
        return None
    x, above = points[:, 0], points[:, 1] - points[:, 0]
    left, right, width = above[:-1], above[1:], np.diff(x)
    alike = left * right >= 0
    total = np.abs(left) + np.abs(right)
    crossing = (left**2 + right**2) / np.where(total > 0, total, 1)
    area = width * np.where(alike, total, crossing) / 2
    return float(area.sum() / (x[-1] - x[0]))


def bounds(log_lr: Floats, is_ai: Flags) -> tuple[float, float]:
    """The ratios (log10) between which deciding by them beats not looking at them.

    With one misleading ratio more in each class, beyond all others: a set of n pictures says
    nothing of ratios that n pictures cannot show to be rare.
    """
    return -_upper(-log_lr, ~is_ai), _upper(log_lr, is_ai)


def _upper(log_lr: Floats, is_first: Flags) -> float:
    """The largest threshold, from 1 upwards, up to which deciding pays; log10."""
    first, second = np.sort(log_lr[is_first]), np.sort(log_lr[~is_first])
    places = np.unique(log_lr[log_lr > 0])
    reached = 0.0
    for place in places:  # between two neighbours the shares above a threshold are constant
        above_first = len(first) - np.searchsorted(first, reached, "right")
        above_second = len(second) - np.searchsorted(second, reached, "right") + 1
        ratio = (above_first / (len(first) + 1)) / (above_second / (len(second) + 1))
        limit = math.log(ratio) if ratio > 0 else -math.inf
        if limit < place:
            return max(reached, limit) / LN10
        reached = float(place)
    return reached / LN10
