"""The calibration's line, ln LR = intercept + slope x log odds, by logistic regression.

Balanced weights make the implied prior odds 1, so that the log odds of the fit are the ln LR
(N. Brummer, J. du Preez, Computer Speech & Language 20 (2006) 230; G. Morrison, Australian Journal
of Forensic Sciences 45 (2013) 173). The interval is that of the calibration: sources are what is
drawn, so the covariance sums over sources (K. Liang, S. Zeger, Biometrika 73 (1986) 13), centred
within the class.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import LabelsError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_STEPS = 60
_CLOSE = 1e-12
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted line.

    Attributes:
        intercept: Of ln LR.
        slope: ln LR per unit of log odds.
        covariance: Variance of the intercept, covariance of both, variance of the slope.
    """

    intercept: float
    slope: float
    covariance: tuple[float, float, float]

    def log_lr(self, log_odds: float) -> float:
        """The natural logarithm of the likelihood ratio."""
        return self.intercept + self.slope * log_odds

    def half_width(self, log_odds: float) -> float:
        """Half of the 95 % interval of ``log_lr``, as far as the calibration is uncertain."""
        of_intercept, of_both, of_slope = self.covariance
        variance = of_intercept + 2 * log_odds * of_both + log_odds * log_odds * of_slope
        return _Z * math.sqrt(max(0.0, variance))


def fit(log_odds: Floats, is_ai: Flags, sources: Sequence[str]) -> Line:
    """Fit a line.

    Args:
        log_odds: Natural log odds of AI, one per picture.
        is_ai: The truth; both classes have pictures.
        sources: The source of each picture.

    Raises:
        LabelsError: The scores separate the classes completely: no finite line fits.
    """
    design = np.stack([np.ones_like(log_odds), log_odds], axis=1)
    weights = np.where(is_ai, 0.5 / is_ai.sum(), 0.5 / (~is_ai).sum())
    line = np.zeros(2)
    for _ in range(_STEPS):
        probability = _sigmoid(design @ line)
        gradient = design.T @ (weights * (is_ai - probability))
        step = np.linalg.solve(_curvature(design, weights, probability), gradient)
        line += step
        if not np.isfinite(line).all() or np.abs(line).max() > 1 / _CLOSE:
            break
        if np.abs(step).max() < _CLOSE * max(1.0, float(np.abs(line).max())):
            intercept, slope = map(float, line)
            return Line(intercept, slope, _covariance(design, weights, line, is_ai, sources))
    raise _separated()


def _separated() -> LabelsError:
    return LabelsError(
        "the scores separate the known pictures completely, so that no finite likelihood ratio "
        "fits; calibrate on more pictures, and on harder ones"
    )


def _sigmoid(values: Floats) -> Floats:
    found: Floats = 0.5 * (1 + np.tanh(values / 2))
    return found


def _curvature(design: Floats, weights: Floats, probability: Floats) -> Floats:
    found: Floats = (design * (weights * probability * (1 - probability))[:, None]).T @ design
    if not np.linalg.det(found) > 0:
        raise _separated()
    return found


def _covariance(
    design: Floats, weights: Floats, line: Floats, is_ai: Flags, sources: Sequence[str]
) -> tuple[float, float, float]:
    probability = _sigmoid(design @ line)
    residual = design * (is_ai - probability)[:, None]
    for chosen in (is_ai, ~is_ai):
        residual[chosen] -= residual[chosen].mean(axis=0)
    places = np.unique(np.asarray(sources), return_inverse=True)[1]
    count = int(places.max()) + 1
    sums = np.stack(
        [np.bincount(places, weights * residual[:, k], minlength=count) for k in (0, 1)], axis=1
    )
    inverse = np.linalg.inv(_curvature(design, weights, probability))
    found = inverse @ (sums.T @ sums) @ inverse * count / (count - 1)
    return float(found[0, 0]), float(found[0, 1]), float(found[1, 1])
