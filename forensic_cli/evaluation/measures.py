"""What is measured of answers to known questions. AI is the positive class throughout."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn import metrics

from forensic_cli.records import LABEL_AI, LABEL_REAL

_NOTHING = float(np.nextafter(1.0, 2.0))  # a cut that no probability reaches

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CALIBRATION_BINS = 15
"""Of equal width over the score (Guo et al., On Calibration of Modern Neural Networks, 2017)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Pictures as arrays, one place each.

    Attributes:
        is_ai: The truth.
        called_ai: The predicted label.
        p_ai: Probability of AI.
    """

    is_ai: Flags
    called_ai: Flags
    p_ai: Floats

    def __len__(self) -> int:
        """How many pictures."""
        return len(self.is_ai)


@dataclass(frozen=True, slots=True)
class ClassMeasures:
    """Of one class: as its detector, how good."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """A cut on the probability of AI (at or above it: AI), and what it would give."""

    p_ai: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class Measures:
    """All figures of one set.

    Attributes:
        ai: Measures of class 0.
        real: Measures of class 1.
        macro_precision: Mean of both classes.
        macro_recall: Mean of both classes, which is the balanced accuracy.
        macro_f1: Mean of both classes.
        accuracy: Share of right labels.
        confusion: Rows truth, columns label, order AI, real.
        roc_auc: None where one class is absent, as the next three.
        average_precision: The average precision of AI.
        average_precision_real: The average precision of real.
        best_threshold: The one with the largest macro F1 on these pictures: an optimistic figure.
        brier: Mean squared error of the probability.
        ece: Expected calibration error of the label's score.
    """

    ai: ClassMeasures
    real: ClassMeasures
    macro_precision: float
    macro_recall: float
    macro_f1: float
    accuracy: float
    confusion: tuple[tuple[int, int], tuple[int, int]]
    roc_auc: float | None
    average_precision: float | None
    average_precision_real: float | None
    best_threshold: Threshold | None
    brier: float
    ece: float


def measure(scored: Scored) -> Measures:
    """The figures of a set; a precision or F1 that has no pictures to be of is 0."""
    truth = np.where(scored.is_ai, LABEL_AI, LABEL_REAL)
    called = np.where(scored.called_ai, LABEL_AI, LABEL_REAL)
    labels = [LABEL_AI, LABEL_REAL]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, called, labels=labels, zero_division=0.0
    )
    ai, real = (
        ClassMeasures(float(precision[k]), float(recall[k]), float(f1[k]), int(support[k]))
        for k in range(2)
    )
    table = metrics.confusion_matrix(truth, called, labels=labels).tolist()
    both = ai.support > 0 and real.support > 0
    is_ai, p_ai = scored.is_ai, scored.p_ai
    return Measures(
        ai=ai,
        real=real,
        macro_precision=float(np.mean(precision)),
        macro_recall=float(np.mean(recall)),
        macro_f1=float(np.mean(f1)),
        accuracy=float(metrics.accuracy_score(truth, called)),
        confusion=((table[0][0], table[0][1]), (table[1][0], table[1][1])),
        roc_auc=float(metrics.roc_auc_score(is_ai, p_ai)) if both else None,
        average_precision=float(metrics.average_precision_score(is_ai, p_ai)) if both else None,
        average_precision_real=(
            float(metrics.average_precision_score(~is_ai, 1 - p_ai)) if both else None
        ),
        best_threshold=_best_threshold(scored) if both else None,
        brier=float(np.mean(np.square(p_ai - is_ai))),
        ece=expected_calibration_error(scored),
    )


def expected_calibration_error(scored: Scored) -> float:
    """Mean distance of confidence and accuracy over bins of the score, weighted by their size."""
    confidence = np.where(scored.called_ai, scored.p_ai, 1 - scored.p_ai)
    right = scored.is_ai == scored.called_ai
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    sums = np.bincount(bins, weights=confidence - right, minlength=CALIBRATION_BINS)
    return float(np.abs(sums).sum() / len(scored))


def _best_threshold(scored: Scored) -> Threshold:
    false_rate, true_rate, cuts = metrics.roc_curve(
        scored.is_ai, scored.p_ai, drop_intermediate=False
    )
    ai = int(scored.is_ai.sum())
    real = len(scored) - ai
    hits, false = true_rate * ai, false_rate * real
    f1_ai = 2 * hits / (ai + hits + false)
    right_real = real - false
    f1_real = 2 * right_real / (real + right_real + ai - hits)
    best = int(np.argmax(f1_ai + f1_real))
    cut = float(cuts[best])
    macro = float((f1_ai[best] + f1_real[best]) / 2)
    return Threshold(min(cut, _NOTHING), macro)
