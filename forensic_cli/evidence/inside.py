"""What came of opening a container inside the evidence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inside:
    """What came of opening a container inside the evidence.

    Attributes:
        entries: How many it has; None where it could not be opened.
        why: Why it could not.
    """

    entries: int | None
    why: str
