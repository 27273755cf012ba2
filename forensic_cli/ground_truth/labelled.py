"""A picture whose answer is known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture and its answer.

    Attributes:
        path: Its name inside the set, POSIX, text as the result CSV writes it.
        label: 0 = AI-generated, 1 = real.
        group: Where it came from (its source); empty where nothing says.
        split: Which part of the set it belongs to (train, val ...); empty where nothing says.
        class_name: What the data call its class.
    """

    path: str
    label: int
    group: str = ""
    split: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a label table that the user names; None = found by their usual names."""

    path: str | None = None
    label: str | None = None
    group: str | None = None
