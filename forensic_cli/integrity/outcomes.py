"""What may become of an entry when evidence is verified: a closed list."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of an entry when it was compared; the order in which they are reported."""

    MATCHED = "matched"
    CHANGED = "changed"
    CONFLICT = "conflict"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    MISSING = "missing"
    NEW = "new"
    UNREADABLE = "unreadable"

    @property
    def meaning(self) -> str:
        """What it says, in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Outcome.MATCHED: "it has every digest that the reference gives",
    Outcome.CHANGED: "the same name, other content",
    Outcome.CONFLICT: "one algorithm agrees, another does not",
    Outcome.MOVED: "the same content under another name",
    Outcome.DUPLICATE: "one more entry with the content of a listed one",
    Outcome.MISSING: "listed, and not there",
    Outcome.NEW: "there, and not listed",
    Outcome.UNREADABLE: "it cannot be read",
}
