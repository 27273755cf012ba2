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
    RENAMED_FORM = "renamed_form"

    @property
    def is_difference(self) -> bool:
        """Whether evidence with such an entry is not intact."""
        return self not in {Outcome.MATCHED, Outcome.RENAMED_FORM}

    @property
    def meaning(self) -> str:
        """What it says, in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Outcome.MATCHED: "it has every digest that the reference gives",
    Outcome.CHANGED: "the same name, other content",
    Outcome.CONFLICT: "one algorithm agrees, another does not",
    Outcome.RENAMED_FORM: "the same content, and its name in another form (Unicode, capitals, an "
    "older character set); no difference",
    Outcome.MOVED: "the same content under another name",
    Outcome.DUPLICATE: "one more entry with the content of a listed one",
    Outcome.MISSING: "listed, and not there",
    Outcome.NEW: "there, and not listed",
    Outcome.UNREADABLE: "it cannot be read",
}


class Accepted(StrEnum):
    """What an examiner may accept: nothing of the reference is lost or altered by it."""

    MOVED = Outcome.MOVED.value
    DUPLICATE = Outcome.DUPLICATE.value
    NEW_BY_SYSTEM = "new:system"
