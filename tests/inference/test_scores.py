"""From logits to label and score, by hand."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.errors import ModelError
from forensic_cli.inference.scores import score
from forensic_cli.model_card.card import ModelCard
from tests.support.colour_model import colour_card

AI, REAL = {"name": "ai", "label": 0}, {"name": "real", "label": 1}
MORE = {"name": "another generator", "label": 0}


def card(classes: list[dict[str, Any]], activation: str = "softmax") -> ModelCard:
    text = json.dumps(colour_card(16) | {"classes": classes, "activation": activation})
    return ModelCard.from_json(text)


def answer(
    logits: list[float], *classes: dict[str, Any], activation: str = "softmax"
) -> tuple[float, float, int]:
    found = score(np.array(logits, np.float32), card(list(classes), activation))
    assert found.logits == tuple(np.array(logits, np.float32).tolist())
    return found.p_ai, found.score, found.label


def test_softmax() -> None:
    p_ai, probability, label = answer([2.0, 1.0], AI, REAL)
    assert p_ai == pytest.approx(1 / (1 + math.exp(-1)), abs=1e-15)
    assert (probability, label) == (p_ai, 0)


@pytest.mark.parametrize("order", [(AI, REAL), (REAL, AI)])
def test_polarity_follows_the_classes_not_the_position(order: tuple[dict[str, Any], ...]) -> None:
    logits = [3.0 if entry is AI else -1.0 for entry in order]
    p_ai, probability, label = answer(logits, *order)
    assert label == 0
    assert p_ai == probability > 0.98


@pytest.mark.parametrize(("order", "label"), [((AI, REAL), 0), ((REAL, AI), 1)])
def test_a_tie_goes_to_the_first_class(order: tuple[dict[str, Any], ...], label: int) -> None:
    assert answer([0.7, 0.7], *order) == (0.5, 0.5, label)


@pytest.mark.parametrize(("order", "label"), [((AI, REAL), 1), ((REAL, AI), 0)])
def test_sigmoid_is_the_second_class_s(order: tuple[dict[str, Any], ...], label: int) -> None:
    p_ai, probability, found = answer([1.5], *order, activation="sigmoid")
    assert found == label
    assert probability == pytest.approx(1 / (1 + math.exp(-1.5)), abs=1e-15)
    assert p_ai == pytest.approx(probability if label == 0 else 1 - probability, abs=1e-15)
    assert answer([0.0], *order, activation="sigmoid")[2] == label
    assert answer([-0.1], *order, activation="sigmoid")[2] == 1 - label


def test_generators_are_summed() -> None:
    p_ai, probability, label = answer([1.0, 1.0, 1.5], AI, MORE, REAL)
    weight = 2 * math.exp(1.0)
    assert p_ai == pytest.approx(weight / (weight + math.exp(1.5)), abs=1e-15)
    assert (probability, label) == (p_ai, 0)
    assert answer([0.0, 0.0, math.log(2.0)], AI, MORE, REAL)[0] == pytest.approx(0.5, abs=1e-7)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=2, max_size=2))
def test_scores_are_probabilities_of_the_label(logits: list[float]) -> None:
    p_ai, probability, label = answer(logits, AI, REAL)
    assert 0.5 <= probability <= 1
    assert label == (1 if np.float32(logits[1]) > np.float32(logits[0]) else 0)
    assert p_ai == (probability if label == 0 else pytest.approx(1 - probability, abs=1e-12))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_ends_the_run(bad: float) -> None:
    with pytest.raises(ModelError, match="not numbers"):
        answer([0.0, bad], AI, REAL)
