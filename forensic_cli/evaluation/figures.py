"""A result against its labels: figures, the same per group, and the errors."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from forensic_cli.errors import LabelsError
from forensic_cli.evaluation.measures import Measures, Scored, measure
from forensic_cli.evaluation.pairing import Pair, Pairing
from forensic_cli.evaluation.resampling import Interval, intervals
from forensic_cli.records import LABEL_AI

SEED = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one set gives.

    Attributes:
        measures: The figures.
        intervals: 95 % bootstrap intervals over its pictures, by figure.
    """

    measures: Measures
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluated result.

    Attributes:
        pairing: Whose answers were compared, and who was left over.
        overall: Over all pairs.
        groups: The same per group, by name; empty where the labels name none.
        errors: Wrong answers, the most confident first.
        resamples: How many bootstrap resamples the intervals are made of.
    """

    pairing: Pairing
    overall: Figures
    groups: Mapping[str, Figures]
    errors: tuple[Pair, ...]
    resamples: int

    @property
    def complete(self) -> bool:
        """Whether every labelled picture has a score and every scored one a label."""
        return not self.pairing.unanswered and not self.pairing.unlabelled

    def as_record(self) -> dict[str, object]:
        """The whole as JSON values."""
        return {
            "pictures": len(self.pairing.pairs),
            "matched_by": self.pairing.matched_by,
            "unanswered": list(self.pairing.unanswered),
            "unlabelled": list(self.pairing.unlabelled),
            "resamples": self.resamples,
            "seed": SEED,
            "overall": _record(self.overall),
            "groups": {name: _record(figures) for name, figures in self.groups.items()},
            "errors": [
                {
                    "filename": one.answer.name,
                    "truth": one.truth.label,
                    "label": one.answer.label,
                    "p_ai": one.answer.p_ai,
                    "group": one.truth.group,
                }
                for one in self.errors
            ],
        }


def evaluate(pairing: Pairing, resamples: int) -> Evaluation:
    """Measure a result.

    Raises:
        LabelsError: Nothing to measure.
    """
    pairs = pairing.pairs
    if not pairs:
        msg = "no labelled picture was scored; there is nothing to measure"
        raise LabelsError(msg)
    names = sorted({one.truth.group for one in pairs} - {""})
    wrong = [one for one in pairs if not one.right]
    return Evaluation(
        pairing=pairing,
        overall=_figures(pairs, resamples),
        groups={
            name: _figures([one for one in pairs if one.truth.group == name], resamples)
            for name in names
        },
        errors=tuple(sorted(wrong, key=lambda one: (-_confidence(one), one.answer.name))),
        resamples=resamples,
    )


def scored_of(pairs: Sequence[Pair]) -> Scored:
    """Pairs as arrays."""
    return Scored(
        np.array([one.truth.label == LABEL_AI for one in pairs]),
        np.array([one.answer.label == LABEL_AI for one in pairs]),
        np.array([one.answer.p_ai for one in pairs]),
    )


def _figures(pairs: Sequence[Pair], resamples: int) -> Figures:
    scored = scored_of(pairs)
    return Figures(measure(scored), intervals(scored, resamples, SEED))


def _confidence(one: Pair) -> float:
    return one.answer.p_ai if one.answer.label == LABEL_AI else 1 - one.answer.p_ai


def _record(figures: Figures) -> dict[str, object]:
    return {
        **asdict(figures.measures),
        "intervals": {name: asdict(interval) for name, interval in figures.intervals.items()},
    }
