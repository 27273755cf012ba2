"""The rows of a result CSV, read back."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from forensic_cli.errors import LabelsError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.records import LABEL_AI, LABEL_REAL

_COLUMNS = ["score", "label", "filename"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One scored picture.

    Attributes:
        name: As the result has it: evidence root, ``/``, path inside.
        label: What it was called, 0 = AI, 1 = real.
        p_ai: Probability of AI, from the score of the predicted label.
    """

    name: str
    label: int
    p_ai: float


def read_answers(path: Path) -> tuple[Answer, ...]:
    """The rows of a result, of which nothing says that a run wrote it.

    Raises:
        LabelsError: Not a result CSV, or a row that cannot be one, or no row at all.
    """
    try:
        with path.open("rb") as stream:
            answers = tuple(answers_in(stream, path))
    except OSError as error:
        msg = f"result {str(path)!r} cannot be read: {error.strerror}"
        raise LabelsError(msg) from error
    if not answers:
        raise nothing_scored(path)
    return answers


def nothing_scored(path: Path) -> LabelsError:
    """The refusal of a result that holds no row."""
    return LabelsError(f"result {str(path)!r} has no rows: nothing was scored")


def answers_in(stream: BinaryIO, path: Path) -> Iterator[Answer]:
    """The rows of a result, one after another.

    Args:
        stream: The file, open.
        path: Its path, for what is said of it.

    Raises:
        LabelsError: Not a result CSV, or a row that cannot be one.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        rows = csv.reader(text, strict=True)
        if next(rows, None) != _COLUMNS:
            msg = (
                f"{str(path)!r} does not begin with {','.join(_COLUMNS)}; give the RESULT.csv "
                "that dfc-classify wrote"
            )
            raise LabelsError(msg)
        for row in rows:
            yield _answer(path, rows.line_num, row)
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"result {str(path)!r} is no CSV in UTF-8 ({error})"
        raise LabelsError(msg) from error
    finally:
        text.detach()  # the stream stays its owner's


def _answer(path: Path, line: int, row: list[str]) -> Answer:
    try:
        score, label, name = float(row[0]), int(row[1]), row[2]
    except (ValueError, IndexError):
        score, label, name = -1.0, -1, ""
    if len(row) != len(_COLUMNS) or not 0 <= score <= 1 or label not in {LABEL_AI, LABEL_REAL}:
        shown = on_screen(",".join(row))
        msg = f"result {str(path)!r}, line {line}: {shown!r} is no score, label and file name"
        raise LabelsError(msg)
    return Answer(name, label, score if label == LABEL_AI else 1 - score)
