"""What one item may take."""

from dataclasses import dataclass

from forensic_cli.settings import ClassifySettings


@dataclass(frozen=True, slots=True)
class ItemLimits:
    """What one item may take.

    Attributes:
        max_bytes: Largest file that is read.
        max_pixels: Largest picture that is decoded.
        seconds: Wall-clock time in which it must be decoded.
    """

    max_bytes: int
    max_pixels: int
    seconds: float

    @classmethod
    def of(cls, settings: ClassifySettings) -> "ItemLimits":
        """The limits that the examiner set."""
        return cls(settings.max_bytes, settings.max_pixels, settings.file_timeout)
