"""What the details of a run say of its scored pictures, by their names in the result."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.outputs import csv
from forensic_cli.records import LABEL_AI, Status


@dataclass(frozen=True, slots=True)
class Detail:
    """Of one picture.

    Attributes:
        format: The file format.
        log_odds: Natural log odds of AI, from the logits: the probability in the result has six
            decimals, and is 1.000000 from log odds of 14.5 on.
    """

    format: str
    log_odds: float


def details_of(run: FinishedRun) -> Mapping[str, Detail]:
    """The scored pictures of a run, by name.

    Raises:
        LogError: The details are not what the log says.
    """
    form = run.settings.get("name_form", csv.FULL)
    odds = log_odds_by(run.model["card"])
    return {
        csv.named(row["path"], form): Detail(row["format"] or "", odds(row["logits"]))
        for row in run.rows()
        if row["status"] == Status.SCORED
    }


def log_odds_by(card: Mapping[str, Any]) -> Callable[[Sequence[float]], float]:
    """From a picture's logits to the natural log odds of AI, as a model's card defines them.

    With two classes or more: ln of the sum of exp of the AI classes' logits, less that of the real
    ones. A sigmoid's one logit is that of the second class.
    """
    labels = [entry["label"] for entry in card["classes"]]
    if card["activation"] == "sigmoid":
        sign = 1 if labels[1] == LABEL_AI else -1
        return lambda logits: sign * logits[0]
    ai = [place for place, label in enumerate(labels) if label == LABEL_AI]
    real = [place for place, label in enumerate(labels) if label != LABEL_AI]
    if len(ai) == len(real) == 1:
        (one,), (other,) = ai, real
        return lambda logits: logits[one] - logits[other]
    return lambda logits: _log_sum(logits, ai) - _log_sum(logits, real)


def _log_sum(logits: Sequence[float], places: Sequence[int]) -> float:
    largest = max(logits[place] for place in places)
    return largest + math.log(sum(math.exp(logits[place] - largest) for place in places))
