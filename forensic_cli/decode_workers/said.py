"""What a decoder says of a file, and whether another one says the same."""

from dataclasses import dataclass, replace

import numpy as np

from forensic_cli.errors import ItemRefusedError
from forensic_cli.flags import Flag
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.imaging.formats import sniff
from forensic_cli.imaging.pixels import Pixels
from forensic_cli.records import ImageFacts, Status


@dataclass(frozen=True, slots=True)
class Said:
    """What a decoder makes of a file.

    Attributes:
        outcome: The facts, or why there is no picture.
        picture: Its pixels; they mean nothing where there is none.
        printed: What libraries printed over it.
        warnings: How many warnings of Python's there were.
        mapped: Bytes of address space that the decoder has after it.
    """

    outcome: ImageFacts | ItemRefusedError
    picture: Pixels
    printed: str
    warnings: int
    mapped: int

    def is_remarkable(self, data: bytes) -> bool:
        """Whether another decoder must say it, too: all but a picture without a remark.

        That a file begins like no picture, or like one that is not decoded here, its keeper sees
        for itself, with regular expressions.

        Args:
            data: The file.
        """
        if self.printed or self.warnings:
            return True
        if not isinstance(self.outcome, ItemRefusedError):
            return False
        match self.outcome.status:
            case Status.EMPTY_FILE:
                return bool(data)
            case Status.NOT_AN_IMAGE:
                return sniff(data) is not None
            case Status.UNSUPPORTED_FORMAT:
                announced = sniff(data)
                return announced is None or announced[1]
            case _:
                return True

    def agrees(self, other: "Said") -> bool:
        """Whether another decoder made the same of it."""
        if isinstance(self.outcome, ItemRefusedError) or isinstance(
            other.outcome, ItemRefusedError
        ):
            return str(self.outcome) == str(other.outcome)
        same = self.outcome == other.outcome and bool(self.printed) == bool(other.printed)
        return same and np.array_equal(self.picture, other.picture)

    @property
    def facts(self) -> ImageFacts | ItemRefusedError:
        """The outcome, with what was printed: a flag, or a part of the reason."""
        if not self.printed:
            return self.outcome
        if isinstance(self.outcome, ItemRefusedError):
            return _completed(self.outcome, self.printed)
        flags = {*self.outcome.flags, Flag.DECODER_MESSAGE}
        return replace(self.outcome, flags=tuple(sorted(flags)))


def _completed(refused: ItemRefusedError, printed: str) -> ItemRefusedError:
    """A refusal with what a library printed over the file, which may be all that it says."""
    if refused.status not in {Status.CORRUPT, Status.TRUNCATED}:
        return refused
    said = on_screen(printed.splitlines()[0])
    return ItemRefusedError(refused.status, f"{refused.reason}; it printed: {said}")
