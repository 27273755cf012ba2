"""Names of a result and of its labels meet, however the labels write them."""

import pytest

from forensic_cli.errors import LabelsError
from forensic_cli.evaluation.pairing import pair
from forensic_cli.finished_run.answers import Answer
from forensic_cli.ground_truth.labelled import Labelled

NAMES = ("Set/a/x.png", "Set/b/Y.PNG")


def answers(*names: str) -> list[Answer]:
    return [Answer(name, 0, 0.9) for name in names]


@pytest.mark.parametrize(
    ("labels", "matched"),
    [
        (("Set/a/x.png", "./Set/b/Y.PNG"), "the whole name"),
        (("a/x.png", "b/Y.PNG"), "the path inside the evidence"),
        (("Other/a/x.png", "Other/b/Y.PNG"), "the path inside both"),
        (("x.png", "q/Y.PNG"), "the last part of the name"),
        (("Set\\a\\x.png", "Set\\b\\Y.PNG"), "the whole name, \\ read as /"),
        (("a\\x.png", "b\\Y.PNG"), "the path inside the evidence, \\ read as /"),
        (("SET/A/X.png", "set/b/y.png"), "the whole name in any case"),
        (("X.PNG", "y.png"), "the last part of the name in any case"),
    ],
)
def test_ways(labels: tuple[str, ...], matched: str) -> None:
    found = pair(answers(*NAMES), [Labelled(name, 0) for name in labels])
    assert found.matched_by == matched
    assert len(found.pairs) == 2
    assert not found.unanswered
    assert not found.unlabelled


def test_two_names_of_one_spelling_are_refused() -> None:
    labels = [Labelled("SET/a.png", 0), Labelled("set/A.png", 0)]
    with pytest.raises(LabelsError, match=r"several pictures|stands for"):
        pair(answers("Set/A.PNG"), labels)
