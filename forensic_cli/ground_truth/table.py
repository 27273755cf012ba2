"""A label table: CSV with a path and a label, and perhaps a group and a split."""

import codecs
import csv
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from forensic_cli.errors import LabelsError
from forensic_cli.foundation.path_text import from_visible, on_screen
from forensic_cli.ground_truth.classes import OWN_NUMBERS, ClassNames
from forensic_cli.ground_truth.labelled import Columns, Labelled
from forensic_cli.records import LABEL_AI, LABEL_REAL

_PATHS = (
    "path", "filename", "file", "file_name", "file_path", "filepath", "image", "image_path",
    "image_name", "img", "picture", "name", "id",
)  # fmt: skip
_RESULT = ("score", "label", "filename")
_DELIMITERS = ",;\t|"
_WITH_MARK = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LABELS = ("label", "class", "target", "answer")
_GROUPS = ("group", "source")
_SPLIT = "split"


def read(file: Path, classes: ClassNames, columns: Columns) -> tuple[Labelled, ...]:
    """The rows of a label table, by name.

    Raises:
        LabelsError: Not a CSV with these columns, an empty or double name, or a label that maps to
            neither class.
    """
    try:
        with file.open(encoding=_encoding(file), newline="") as stream:
            rows = csv.DictReader(stream, strict=True, delimiter=_delimiter(stream.readline()))
            stream.seek(0)
            header = tuple(rows.fieldnames or ())
            _refuse_result(file, header)
            reader = _Reader(file, header, classes, columns)
            found = [reader.row(rows.line_num, row) for row in rows]
    except OSError as error:
        msg = f"labels {str(file)!r} cannot be read: {error.strerror}"
        raise LabelsError(msg) from error
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"labels {str(file)!r} are no table of text in UTF-8 or UTF-16 ({error})"
        raise LabelsError(msg) from error
    if not found:
        msg = f"labels {str(file)!r} have no rows"
        raise LabelsError(msg)
    found.sort(key=lambda entry: entry.path.encode())
    for one, other in pairwise(found):
        if one.path == other.path:
            msg = f"labels {str(file)!r} name {on_screen(one.path)!r} twice; keep one row of it"
            raise LabelsError(msg)
    return tuple(found)


def _refuse_result(file: Path, header: Sequence[str]) -> None:
    """Refuse a result of this tool: its labels are answers, and would be compared with themselves.

    Raises:
        LabelsError: It is one.
    """
    if tuple(header) == _RESULT:
        msg = (
            f"labels {str(file)!r} are a result of dfc-classify (score,label,filename), which says "
            "what a model answered and not what is true"
        )
        raise LabelsError(msg)


def _encoding(file: Path) -> str:
    """By the mark at the beginning; spreadsheets write UTF-16 as "Unicode text"."""
    with file.open("rb") as stream:
        return _WITH_MARK.get(stream.read(2), "utf-8-sig")


def _delimiter(header: str) -> str:
    """The one that stands most often in the first line; a comma where none does."""
    return max(_DELIMITERS, key=lambda one: (header.count(one), one == ","))


class _Reader:
    """Turns rows into values."""

    def __init__(
        self, file: Path, header: Sequence[str], classes: ClassNames, columns: Columns
    ) -> None:
        self._file = file
        self._header = header
        self._classes = classes
        self._path = self._column(columns.path, _PATHS, "the picture's path")
        self._label = self._column(columns.label, _LABELS, "the label")
        self._group = self._optional(columns.group, _GROUPS)
        self._split = self._optional(None, (_SPLIT,))

    def row(self, line: int, row: Mapping[str, str | None]) -> Labelled:
        path, said = row.get(self._path) or "", (row.get(self._label) or "").strip()
        if not path or not said or None in row:
            msg = f"labels {str(self._file)!r}, line {line}: an empty or a surplus value"
            raise LabelsError(msg)
        try:
            from_visible(path)
        except ValueError as error:
            msg = f"labels {str(self._file)!r}, line {line}: {on_screen(path)!r}: paths use /"
            raise LabelsError(msg) from error
        label = self._classes.of_value(said)
        if label is None:
            msg = (
                f"labels {str(self._file)!r}, line {line}: {on_screen(said)!r} is neither AI nor "
                "real; say what the values mean with --classes AI,REAL (the AI value first)"
            )
            raise LabelsError(msg)
        name = said if said not in OWN_NUMBERS else {LABEL_AI: "ai", LABEL_REAL: "real"}[label]
        return Labelled(
            path=path.removeprefix("./"),
            label=label,
            group=(row.get(self._group) or "").strip() if self._group else "",
            split=(row.get(self._split) or "").strip() if self._split else "",
            class_name=name,
        )

    def _column(self, named: str | None, usual: Sequence[str], what: str) -> str:
        found = self._optional(named, usual)
        if found is None:
            msg = (
                f"labels {str(self._file)!r} have no column for {what} (looked for "
                f"{', '.join(usual)}); the columns are {', '.join(map(on_screen, self._header))}"
            )
            raise LabelsError(msg)
        return found

    def _optional(self, named: str | None, usual: Sequence[str]) -> str | None:
        if named is None:
            by_word = {name.strip().casefold(): name for name in reversed(self._header)}
            return next((by_word[name] for name in usual if name in by_word), None)
        if named not in self._header:
            msg = (
                f"labels {str(self._file)!r} have no column {on_screen(named)!r}; the columns are "
                f"{', '.join(map(on_screen, self._header))}"
            )
            raise LabelsError(msg)
        return named
