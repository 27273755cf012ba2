"""Bring answers and labels together by name; what has no partner is kept and reported."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forensic_cli.errors import LabelsError
from forensic_cli.finished_run.answers import Answer
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.ground_truth.labelled import Labelled


@dataclass(frozen=True, slots=True)
class Pair:
    """An answer and what it should have been."""

    answer: Answer
    truth: Labelled

    @property
    def right(self) -> bool:
        """Whether the label is the true one."""
        return self.answer.label == self.truth.label


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who met whom.

    Attributes:
        pairs: In the result's order.
        matched_by: How names were compared, in words.
        unanswered: Labelled pictures without a score.
        unlabelled: Scored pictures without a label.
    """

    pairs: tuple[Pair, ...]
    matched_by: str
    unanswered: tuple[str, ...]
    unlabelled: tuple[str, ...]


def pair(answers: Sequence[Answer], labels: Sequence[Labelled]) -> Pairing:
    """Match by whole name, the path inside the evidence, or the last part; then in any case.

    Raises:
        LabelsError: No name fits in any of these ways, or one stands for several pictures.
    """
    for matched_by, of_answer, of_label in _WAYS:
        known = {of_label(entry.path): entry for entry in labels}
        if not any(of_answer(answer.name) in known for answer in answers):
            continue
        _refuse_doubles(matched_by, [of_answer(answer.name) for answer in answers])
        _refuse_doubles(matched_by, [of_label(entry.path) for entry in labels])
        pairs = tuple(
            Pair(answer, known[of_answer(answer.name)])
            for answer in answers
            if of_answer(answer.name) in known
        )
        answered = {of_label(one.truth.path) for one in pairs}
        return Pairing(
            pairs,
            matched_by,
            tuple(entry.path for entry in labels if of_label(entry.path) not in answered),
            tuple(answer.name for answer in answers if of_answer(answer.name) not in known),
        )
    first = f"{on_screen(answers[0].name)!r} against {on_screen(labels[0].path)!r}"
    msg = f"no picture of the result is among the labels ({first}); are they of the same set?"
    raise LabelsError(msg)


def _whole(name: str) -> str:
    return name.removeprefix("./")


def _inside(name: str) -> str:
    return _whole(name).partition("/")[2]


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _slashed(name: str) -> str:
    """A label's path as Windows writes it."""
    return _whole(name.replace("\\", "/"))


def _whole_in_any_case(name: str) -> str:
    return _whole(name).casefold()


def _last_in_any_case(name: str) -> str:
    return _last(name).casefold()


_Way = tuple[str, Callable[[str], str], Callable[[str], str]]
_WAYS: tuple[_Way, ...] = (
    ("the whole name", _whole, _whole),
    ("the path inside the evidence", _inside, _whole),
    ("the path inside both", _inside, _inside),
    ("the last part of the name", _last, _last),
    ("the whole name, \\ read as /", _whole, _slashed),
    ("the path inside the evidence, \\ read as /", _inside, _slashed),
    ("the whole name in any case", _whole_in_any_case, _whole_in_any_case),
    ("the last part of the name in any case", _last_in_any_case, _last_in_any_case),
)


def _refuse_doubles(matched_by: str, names: list[str]) -> None:
    doubles = [name for name, count in Counter(names).items() if count > 1]
    if doubles:
        msg = (
            f"names fit only by {matched_by}, and {on_screen(doubles[0])!r} stands for several "
            "pictures; write the labels' paths as the result has them"
        )
        raise LabelsError(msg)
