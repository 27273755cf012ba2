"""What outputs mean is read from names or asked for, in both polarities; never guessed."""

import pytest

from exporters.labels import class_names_in, meaning_of
from forensic_cli.errors import ExportError, UsageError


def labels(outputs: int, names: list[str] | None, given: str | None) -> list[int]:
    return [entry.label for entry in meaning_of(outputs, names, given).classes]


def test_by_names() -> None:
    assert labels(2, ["artificial", "human"], None) == [0, 1]
    assert labels(2, ["Real", "FAKE"], None) == [1, 0]
    assert labels(3, ["generated", "nature", "synthetic"], None) == [0, 1, 0]


@pytest.mark.parametrize(
    "names", [None, ["LABEL_0", "LABEL_1"], ["0", "1"], ["fake", "photo"], ["cat", "dog"]]
)
def test_what_does_not_say_is_asked_for(names: list[str] | None) -> None:
    with pytest.raises(ExportError, match="give --labels in output order"):
        meaning_of(2, names, None)
    assert labels(2, names, "ai,real") == [0, 1]


def test_both_polarities() -> None:
    assert labels(2, None, "ai,real") == [0, 1]
    assert labels(2, None, "real, AI") == [1, 0]
    assert labels(2, None, "human,fake") == [1, 0]


def test_a_sigmoid_has_two_classes() -> None:
    meant = meaning_of(1, None, "real,ai")
    assert meant.activation == "sigmoid"
    assert [(entry.name, entry.label) for entry in meant.classes] == [("real", 1), ("ai", 0)]
    with pytest.raises(UsageError, match="one sigmoid output stands for two"):
        meaning_of(1, None, "ai")


def test_several_generators() -> None:
    meant = meaning_of(3, None, "ai,ai,real")
    assert [entry.name for entry in meant.classes] == ["ai-1", "ai-2", "real"]
    kept = meaning_of(3, ["sd", "mj", "photo"], "ai,ai,real")
    assert [(entry.name, entry.label) for entry in kept.classes] == [
        ("sd", 0),
        ("mj", 0),
        ("photo", 1),
    ]


def test_names_and_labels_that_contradict() -> None:
    with pytest.raises(ExportError, match="which its name contradicts"):
        meaning_of(2, ["fake", "real"], "real,ai")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("ai", "names 1 classes, the network has 2"),
        ("ai,real,real", "names 3 classes"),
        ("ai,ai", "must name ai and real, both"),
        ("0,1", "'0' is neither"),
        ("ai,", "'' is neither"),
    ],
)
def test_labels_that_cannot_be_meant(given: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        meaning_of(2, None, given)


@pytest.mark.parametrize(
    "facts",
    [
        {"class_to_idx": {"real": 1, "fake": 0}},
        {"classes": ["fake", "real"]},
        {"class_to_idx": {"real": "1", "fake": "0"}},
        {"model_config": {"id2label": {"0": "fake", "1": "real"}}},
        {"config": {"label2id": {"fake": 0, "real": 1}}},
        {"meta": {"idx_to_class": {1: "real", 0: "fake"}}},
    ],
)
def test_names_beside_the_weights(facts: dict[str, object]) -> None:
    assert class_names_in(facts) == ("fake", "real")


@pytest.mark.parametrize(
    "facts",
    [{}, {"classes": []}, {"classes": 2}, {"id2label": {"0": "a", "2": "b"}}, {"labels": [0, 1]}],
)
def test_what_is_no_list_of_names(facts: dict[str, object]) -> None:
    assert class_names_in(facts) is None


def test_names_that_contradict_each_other_decide_nothing() -> None:
    facts = {"class_to_idx": {"fake": 0, "real": 1}, "config": {"classes": ["real", "fake"]}}
    with pytest.raises(ExportError, match="several ways that contradict"):
        class_names_in(facts)
