"""What one item may take."""

from dataclasses import dataclass

from forensic_cli.settings import ClassifySettings

_BASE_BYTES = 2 << 30
_BYTES_PER_WORKER = 384 << 20
"""Three threads, for each of which the C library may reserve 128 MiB."""
_COPIES_OF_A_FILE = 3


@dataclass(frozen=True, slots=True)
class ItemLimits:
    """What one item may take.

    Attributes:
        max_bytes: Largest file that is read.
        max_pixels: Largest picture that is decoded.
        seconds: Wall-clock time in which it must be decoded.
        allow_damaged: Whether damaged pictures are decoded as far as they can be.
        must_be_confined: Whether nothing is decoded where decoders cannot be confined.
    """

    max_bytes: int
    max_pixels: int
    seconds: float
    allow_damaged: bool = False
    must_be_confined: bool = False

    @classmethod
    def of(cls, settings: ClassifySettings) -> "ItemLimits":
        """The limits that the examiner set."""
        return cls(
            settings.max_bytes,
            settings.max_pixels,
            settings.file_timeout,
            settings.allow_damaged,
            settings.require_sandbox,
        )

    def bytes_for(self, workers: int) -> int:
        """Address space that reading, decoding and committing take in this process, at most.

        Args:
            workers: Threads that read; as many wait for decoders and for batches.
        """
        return _BASE_BYTES + workers * (_BYTES_PER_WORKER + _COPIES_OF_A_FILE * self.max_bytes)
