"""A file measured as it is written: its digest is of what was meant, not of what is there."""

import hashlib
import io
from typing import BinaryIO

from pyarrow import Buffer


class MeasuredStream(io.BufferedIOBase):
    """Passes bytes on to a file, forwards only.

    Attributes:
        size: Bytes that were written.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """Nothing is written yet; ``stream`` stays its opener's to close."""
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written."""
        return self._sha256.hexdigest()

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next byte goes."""
        return self.size

    def write(self, data: bytes | bytearray | memoryview | Buffer, /) -> int:
        """Write all of ``data``."""
        view = memoryview(data)
        self._stream.write(view)
        self._sha256.update(view)
        self.size += view.nbytes
        return view.nbytes

    def flush(self) -> None:
        """Hand everything to the system."""
        self._stream.flush()
