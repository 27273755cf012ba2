"""Error rates as a court asks for them, and what a call means where AI pictures are rare."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn import metrics

from forensic_cli.evaluation.measures import Scored

_Z = 1.959963984540054
"""Of the normal distribution, for 95 %."""
SHARES = (0.5, 0.1, 0.01)
"""Shares of AI pictures in a set for which the predictive values are given."""
FALSE_ALARMS = (0.01, 0.05)
"""Shares of real pictures called AI at which the recall of AI is given."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with Wilson's 95 % interval, as if pictures were independent.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
    """

    count: int
    of: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How often which call is wrong; both classes have pictures.

    Attributes:
        real_called_ai: Of the real pictures.
        ai_called_real: Of the AI pictures.
        predictive: By the share of AI in a set: how many of those called AI are AI, and how many
            of those called real are real, at these rates.
        equal_error: The error rate at the cut where both kinds are equally frequent.
        recall_at: By the share of real pictures called AI: the share of AI that is found then.
    """

    real_called_ai: Rate
    ai_called_real: Rate
    predictive: Mapping[str, Mapping[str, float | None]]
    equal_error: float
    recall_at: Mapping[str, float]


def error_rates(scored: Scored) -> ErrorRates | None:
    """The rates of a set, None where a class is absent."""
    ai, real = scored.is_ai, ~scored.is_ai
    if not ai.any() or not real.any():
        return None
    false_alarm = rate(int((real & scored.called_ai).sum()), int(real.sum()))
    miss = rate(int((ai & ~scored.called_ai).sum()), int(ai.sum()))
    false_rate, true_rate, _ = metrics.roc_curve(scored.is_ai, scored.p_ai, drop_intermediate=False)
    crossing = int(np.argmin(np.abs(false_rate - (1 - true_rate))))
    return ErrorRates(
        real_called_ai=false_alarm,
        ai_called_real=miss,
        predictive={
            f"{share:g}": _predictive(share, 1 - miss.share, false_alarm.share) for share in SHARES
        },
        equal_error=float((false_rate[crossing] + 1 - true_rate[crossing]) / 2),
        recall_at={
            f"{most:g}": float(true_rate[false_rate <= most].max()) for most in FALSE_ALARMS
        },
    )


def rate(count: int, of: int) -> Rate:
    """A share with Wilson's interval.

    Args:
        count: How many.
        of: Of how many, at least one.
    """
    share = count / of
    square = _Z * _Z / of
    middle = (share + square / 2) / (1 + square)
    half = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return Rate(count, of, share, max(0.0, middle - half), min(1.0, middle + half))


def _predictive(share: float, true: float, false: float) -> dict[str, float | None]:
    """Bayes' rule: of those called AI, and of those called real, how many are."""
    called_ai = share * true + (1 - share) * false
    called_real = 1 - called_ai
    return {
        "called_ai_is_ai": share * true / called_ai if called_ai else None,
        "called_real_is_real": (1 - share) * (1 - false) / called_real if called_real else None,
    }
