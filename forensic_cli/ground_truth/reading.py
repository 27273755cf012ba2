"""Labels, whichever form they come in."""

from pathlib import Path

from forensic_cli.errors import LabelsError, UsageError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.ground_truth import folders, table
from forensic_cli.ground_truth.classes import ClassNames
from forensic_cli.ground_truth.labelled import Columns, Labelled


def read_labels(
    where: Path, classes: ClassNames, columns: Columns | None = None
) -> tuple[Labelled, ...]:
    """The pictures of a label table (CSV) or of labelled folders, in the order of their names.

    Args:
        where: A CSV file or a folder.
        classes: What the classes are called.
        columns: The columns of a table.

    Raises:
        LabelsError: Not readable, not understood, or without one of the classes.
        UsageError: Columns were named for a folder.
    """
    if not where.is_dir():
        return table.read(where, classes, columns or Columns())
    if columns is not None and columns != Columns():
        msg = f"{str(where)!r} is a folder, which has no columns"
        raise UsageError(msg)
    return folders.read(where, classes)


def of_split(labels: tuple[Labelled, ...], split: str | None) -> tuple[Labelled, ...]:
    """Those of one split; all of them for None.

    Raises:
        LabelsError: It has none.
    """
    if split is None:
        return labels
    found = tuple(entry for entry in labels if entry.split == split)
    if not found:
        there = ", ".join(sorted({on_screen(entry.split) for entry in labels} - {""})) or "none"
        msg = f"no label is of the split {on_screen(split)!r}; the splits are: {there}"
        raise LabelsError(msg)
    return found
