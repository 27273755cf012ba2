"""From raw logits to a label and a score, in float64 on the host."""

import math

import numpy as np

from forensic_cli.errors import ModelError
from forensic_cli.inference.session import Logits
from forensic_cli.model_card.card import ModelCard
from forensic_cli.records import LABEL_AI, LABEL_REAL, Score


def score(logits: Logits, card: ModelCard) -> Score:
    """The answer for one picture.

    With two classes the label is the argmax of the raw logits, the first on a tie. With more, p_ai
    is the sum over the classes labelled 0, and the label follows the larger sum (AI on a tie). A
    sigmoid model's one logit belongs to its second class, which it names from 0 upwards.

    Args:
        logits: float32, the model's outputs.
        card: Says what they mean.

    Raises:
        ModelError: An output is not a finite number.
    """
    if not np.isfinite(logits).all():
        msg = f"the model answered {logits.tolist()}: not numbers; export it again"
        raise ModelError(msg)
    probabilities = _probabilities(logits, card)
    p_ai = math.fsum(
        probability
        for probability, entry in zip(probabilities, card.classes, strict=True)
        if entry.label == LABEL_AI
    )
    p_real = math.fsum(
        probability
        for probability, entry in zip(probabilities, card.classes, strict=True)
        if entry.label == LABEL_REAL
    )
    if len(card.classes) == 2:  # noqa: PLR2004 - AI and real
        second = logits[0] >= 0 if card.activation == "sigmoid" else logits[1] > logits[0]
        label = card.classes[int(second)].label
    else:
        label = LABEL_AI if p_ai >= p_real else LABEL_REAL
    return Score(
        logits=tuple(float(logit) for logit in logits),
        p_ai=p_ai,
        score=p_ai if label == LABEL_AI else p_real,
        label=label,
    )


def _probabilities(logits: Logits, card: ModelCard) -> list[float]:
    values = logits.astype(np.float64)
    if card.activation == "sigmoid":
        values = np.array([0.0, values[0]])  # sigmoid(z) is the softmax over (0, z)
    exponentials = np.exp(values - values.max())
    return [float(value) for value in exponentials / exponentials.sum()]
