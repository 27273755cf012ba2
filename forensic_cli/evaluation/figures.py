"""A result against its labels: figures, the same per group, and the errors."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from forensic_cli.errors import LabelsError
from forensic_cli.evaluation.error_rates import ErrorRates, error_rates
from forensic_cli.evaluation.format_alone import format_note
from forensic_cli.evaluation.likelihood_ratios import LikelihoodFigures, likelihood_figures
from forensic_cli.evaluation.measures import Measures, Scored, measure
from forensic_cli.evaluation.pairing import Pair, Pairing
from forensic_cli.evaluation.resampling import Interval, intervals
from forensic_cli.finished_run.details import Detail
from forensic_cli.records import LABEL_AI, LABEL_REAL

SEED = 0
LEAST_SOURCES = 5
"""Of each class: fewer say nothing of how sources differ."""
_SWAPPED, _CHANCE = 0.4, 0.5
_OF_BOTH = (
    "macro_precision", "macro_recall", "macro_f1", "roc_auc", "average_precision",
    "average_precision_real", "best_threshold",
)  # fmt: skip
"""Figures that a set of one class has not."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one set gives.

    Attributes:
        measures: The figures.
        intervals: 95 % bootstrap intervals over its pictures, by figure.
        source_intervals: The same over whole sources; empty where there are too few.
        rates: Error rates, None where a class is absent.
    """

    measures: Measures
    intervals: Mapping[str, Interval]
    source_intervals: Mapping[str, Interval]
    rates: ErrorRates | None

    @property
    def has_both(self) -> bool:
        """Whether there are pictures of both classes."""
        return self.rates is not None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluated result.

    Attributes:
        pairing: Whose answers were compared, and who was left over.
        overall: Over all pairs.
        sources: How many groups have AI pictures, and how many have real ones.
        groups: The same per group, by name; empty where the labels name none.
        errors: Wrong answers, the most confident first.
        resamples: How many bootstrap resamples the intervals are made of.
        format_note: What has to be said of the pictures' file formats, if anything.
        likelihood: What the scores are worth as likelihood ratios; None where the details of the
            run are not at hand, or a class is absent.
        log_odds: Natural log odds of AI per pair, empty where the details are not at hand.
    """

    pairing: Pairing
    overall: Figures
    sources: tuple[int, int]
    groups: Mapping[str, Figures]
    errors: tuple[Pair, ...]
    resamples: int
    format_note: str | None = None
    likelihood: LikelihoodFigures | None = None
    log_odds: tuple[float, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every labelled picture has a score and every scored one a label."""
        return not self.pairing.unanswered and not self.pairing.unlabelled

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said of these figures besides."""
        found = []
        area = self.overall.measures.roc_auc
        interval = self.overall.source_intervals.get("roc_auc")
        interval = interval or self.overall.intervals.get("roc_auc")
        if area is not None and area < _SWAPPED and (interval is None or interval.high < _CHANCE):
            found.append(
                f"the area under the ROC is {area:.3f}, far below chance: are the classes of the "
                "labels, or of the model, the wrong way round?"
            )
        elif interval is not None and interval.low <= _CHANCE <= interval.high:
            found.append(
                "not shown to be better than chance: the interval of the area under the ROC "
                f"({interval.low:.3f} to {interval.high:.3f}) includes 0.5"
            )
        if self.groups and not self.overall.source_intervals:
            found.append(
                f"{min(self.sources)} sources of a class are too few (fewer than {LEAST_SOURCES}) "
                "for an interval over sources; intervals over pictures are too narrow for another "
                "source"
            )
        if self.format_note is not None:
            found.append(self.format_note)
        return tuple(found)

    def as_record(self) -> dict[str, object]:
        """The whole as JSON values."""
        return {
            "pictures": len(self.pairing.pairs),
            "matched_by": self.pairing.matched_by,
            "unanswered": list(self.pairing.unanswered),
            "unlabelled": list(self.pairing.unlabelled),
            "resamples": self.resamples,
            "seed": SEED,
            "sources": dict(zip(("ai", "real"), self.sources, strict=True)),
            "notes": list(self.notes),
            "overall": _record(self.overall),
            "likelihood_ratios": None if self.likelihood is None else asdict(self.likelihood),
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


def evaluate(
    pairing: Pairing, resamples: int, details: Mapping[str, Detail] | None = None
) -> Evaluation:
    """Measure a result.

    Args:
        pairing: Answers and labels.
        resamples: How many bootstrap resamples.
        details: What the run's details say of a picture, by its name in the result.

    Raises:
        LabelsError: Nothing to measure.
    """
    pairs = pairing.pairs
    if not pairs:
        msg = "no labelled picture was scored; there is nothing to measure"
        raise LabelsError(msg)
    names = sorted({one.truth.group for one in pairs} - {""})
    sources = [one.truth.group or f"\0{place}" for place, one in enumerate(pairs)]
    counts = _sources_by_class(pairs)
    seen = details or {}
    odds = tuple(seen[one.answer.name].log_odds for one in pairs if one.answer.name in seen)
    is_ai = np.array([one.truth.label == LABEL_AI for one in pairs])
    whole = len(odds) == len(pairs)
    wrong = [one for one in pairs if not one.right]
    return Evaluation(
        pairing=pairing,
        overall=_figures(
            pairs, resamples, sources if names and min(counts) >= LEAST_SOURCES else None
        ),
        sources=counts,
        groups={
            name: _figures([one for one in pairs if one.truth.group == name], resamples)
            for name in names
        },
        errors=tuple(sorted(wrong, key=lambda one: (-_confidence(one), one.answer.name))),
        resamples=resamples,
        format_note=format_note(pairs, {name: one.format for name, one in seen.items()}),
        likelihood=likelihood_figures(np.array(odds), is_ai) if whole else None,
        log_odds=odds if whole else (),
    )


def scored_of(pairs: Sequence[Pair]) -> Scored:
    """Pairs as arrays."""
    return Scored(
        np.array([one.truth.label == LABEL_AI for one in pairs]),
        np.array([one.answer.label == LABEL_AI for one in pairs]),
        np.array([one.answer.p_ai for one in pairs]),
    )


def _sources_by_class(pairs: Sequence[Pair]) -> tuple[int, int]:
    ai, real = (
        {one.truth.group for one in pairs if one.truth.label == label} - {""}
        for label in (LABEL_AI, LABEL_REAL)
    )
    return len(ai), len(real)


def _figures(
    pairs: Sequence[Pair], resamples: int, sources: Sequence[str] | None = None
) -> Figures:
    scored = scored_of(pairs)
    return Figures(
        measures=measure(scored),
        intervals=intervals(scored, resamples, SEED),
        source_intervals={} if sources is None else intervals(scored, resamples, SEED, sources),
        rates=error_rates(scored),
    )


def _confidence(one: Pair) -> float:
    return one.answer.p_ai if one.answer.label == LABEL_AI else 1 - one.answer.p_ai


def _record(figures: Figures) -> dict[str, object]:
    measures = asdict(figures.measures)
    if not figures.has_both:
        measures |= dict.fromkeys(_OF_BOTH)
        for name in ("ai", "real"):
            support = measures[name]["support"]
            recall = measures[name]["recall"] if support else None
            measures[name] = {"precision": None, "recall": recall, "f1": None, "support": support}
    return {
        **measures,
        "error_rates": asdict(figures.rates) if figures.rates else None,
        "intervals": _intervals(figures.intervals, figures),
        "source_intervals": _intervals(figures.source_intervals, figures),
    }


def _intervals(found: Mapping[str, Interval], figures: Figures) -> dict[str, object]:
    of_one_class = ("accuracy", "recall_ai", "recall_real", "brier")
    return {
        name: asdict(interval)
        for name, interval in found.items()
        if figures.has_both or name in of_one_class
    }
