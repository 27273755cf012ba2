"""A card is taken whole or refused with the reason; polarity follows the class names."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.errors import ModelError
from forensic_cli.model_card.card import ModelCard
from forensic_cli.model_card.steps import CenterCrop, ResizeShortestEdge
from tests.support.colour_model import colour_card

RGB = {"step": "rgb"}
SQUASH = {"step": "resize", "mode": "squash", "height": 8, "width": 9, "filter": "bicubic"}
EDGE = {"step": "resize", "mode": "shortest_edge", "edge": 10, "filter": "lanczos"}
CROP = {"step": "center_crop", "height": 8, "width": 9}
GRAPH = {"scale": 255, "mean": [0, 0, 0], "std": [1, 1, 1]}


def card(**changes: Any) -> ModelCard:
    return ModelCard.from_json(json.dumps(colour_card(16) | changes))


def classes(*pairs: tuple[str, object]) -> list[dict[str, object]]:
    return [{"name": name, "label": label} for name, label in pairs]


def test_a_card_is_read() -> None:
    read = card(activation="sigmoid", self_test={"logits": [[1]], "tolerance": 0.5}, extra="kept")
    assert read.outputs == 1
    assert read.preprocessing.size == (16, 16)
    assert read.self_test is not None
    assert read.self_test.logits == ((1.0,),)
    assert read.document["extra"] == "kept"


def test_steps_are_read() -> None:
    read = card(preprocessing={"host": [RGB, EDGE, CROP], "graph": GRAPH})
    assert read.preprocessing.host[1:] == (ResizeShortestEdge(10, "lanczos"), CenterCrop(8, 9))
    assert read.preprocessing.size == (8, 9)


@pytest.mark.parametrize(
    "pairs",
    [
        [("artificial", 0), ("human", 1)],
        [("Real ", 1), ("FAKE", 0)],
        [("midjourney", 0), ("sdxl", 0), ("camera", 1)],
    ],
)
def test_labels_that_fit(pairs: list[tuple[str, object]]) -> None:
    read = card(classes=classes(*pairs))
    assert [(entry.name, entry.label) for entry in read.classes] == pairs


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("real", 0), ("fake", 1)], "'real' means real but carries label 0"),
        ([("x", 0), ("Synthetic", 1)], "means AI"),
        ([("x", 0), ("y", 0)], "label 0 .AI. and label 1"),
        ([("ai", 0)], "label 1"),
        ([("x", 0), ("y", 2)], "label 2"),
        ([("x", 0), ("y", True)], "label True"),
        ([("x", 0), ("x", 1)], "same name"),
        ([("", 0), ("x", 1)], "no name"),
        ([], "labels do not fit"),
    ],
)
def test_labels_that_do_not_fit(pairs: list[tuple[str, object]], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        card(classes=classes(*pairs))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, "schema 1"),
        ({"name": ""}, "name"),
        ({"architecture": None}, "architecture"),
        ({"activation": "relu"}, "softmax or sigmoid"),
        ({"classes": "ai,real"}, "list of objects"),
        ({"classes": [{"name": "ai"}]}, "list of objects"),
        (
            {"activation": "sigmoid", "classes": classes(("a", 0), ("b", 0), ("c", 1))},
            "two classes",
        ),
        ({"preprocessing": {}}, "host"),
        ({"preprocessing": {"host": [], "graph": GRAPH}}, "list of steps"),
        ({"preprocessing": {"host": [{"step": "magic"}], "graph": GRAPH}}, "'magic'"),
        ({"preprocessing": {"host": [RGB], "graph": GRAPH}}, "fix the size"),
        ({"preprocessing": {"host": [SQUASH], "graph": GRAPH}}, "rgb once"),
        ({"preprocessing": {"host": [RGB, EDGE], "graph": GRAPH}}, "fix the size"),
        ({"preprocessing": {"host": [RGB, {"step": "pad"}], "graph": GRAPH}}, "fix the size"),
        ({"preprocessing": {"host": [{"step": "bgr"}, RGB, CROP], "graph": GRAPH}}, "before bgr"),
        ({"preprocessing": {"host": [RGB, SQUASH | {"width": 0}], "graph": GRAPH}}, "side"),
        ({"preprocessing": {"host": [RGB, SQUASH | {"width": 1e9}], "graph": GRAPH}}, "side"),
        ({"preprocessing": {"host": [RGB, SQUASH | {"filter": "x"}], "graph": GRAPH}}, "filter"),
        ({"preprocessing": {"host": [RGB, SQUASH | {"mode": "x"}], "graph": GRAPH}}, "mode"),
        ({"preprocessing": {"host": [RGB, SQUASH | {"more": 1}], "graph": GRAPH}}, "exactly"),
        ({"preprocessing": {"host": [RGB, SQUASH], "graph": GRAPH | {"std": [0, 1, 1]}}}, "std"),
        ({"preprocessing": {"host": [RGB, SQUASH], "graph": GRAPH | {"mean": [0]}}}, "mean"),
        ({"preprocessing": {"host": [RGB, SQUASH], "graph": GRAPH | {"scale": 0}}}, "scale"),
        ({"self_test": {"logits": [1], "tolerance": 1}}, "rows"),
        ({"self_test": {"logits": [["x"]], "tolerance": 1}}, "numbers"),
        ({"self_test": []}, "self_test"),
        ({"self_test": {"logits": [[1, 2], [1]], "tolerance": 0.1}}, "each row"),
        ({"self_test": {"logits": [[1, 2]], "tolerance": 1e9}}, "tolerance"),
        ({"self_test": {"logits": [[1, 2]], "tolerance": 0}}, "tolerance"),
        ({"self_test": {"logits": [[1, 10**400]], "tolerance": 0.1}}, "too large"),
        ({"classes": [{"name": "ai", "label": []}]}, "label .."),
        ({"validation": {"auc": float("nan")}}, "NaN is no JSON"),
        ({"validation": {"auc": float("-inf")}}, "-Infinity is no JSON"),
    ],
)
def test_cards_that_cannot_be_used(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        card(**changes)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"schema": NaN}'])
def test_no_card_at_all(text: str) -> None:
    with pytest.raises(ModelError):
        ModelCard.from_json(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


@given(st.sampled_from(sorted(colour_card(16))), JSON)
def test_no_json_breaks_the_reader(key: str, value: object) -> None:
    try:
        card(**{key: value})
    except ModelError as error:
        assert str(error)
