"""A ZIP archive as Python's library reads it."""

import io
from zipfile import BadZipFile

from forensic_cli.evidence.opening import EvidenceFile

_MAX_DIRECTORY = 256 << 20


class ZipStream(io.RawIOBase):
    """An archive, whose directory is not to fill the memory.

    Attributes:
        most: Bytes that are given at once, None for any number.
    """

    def __init__(self, container: EvidenceFile) -> None:
        self._container = container
        self._position = 0
        self.most: int | None = _MAX_DIRECTORY

    def seekable(self) -> bool:
        """It is."""
        return True

    def readable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where it stands."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Stand elsewhere.

        Raises:
            OSError: In front of the archive; the library tries that with small ones.
        """
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._container.size}
        position = base[whence] + offset
        if position < 0:
            msg = "something in it lies before its beginning"
            raise OSError(msg)
        self._position = position
        return position

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes.

        Raises:
            BadZipFile: More than a directory may have.
        """
        if size is not None and self.most is not None and size > self.most:
            msg = f"its directory claims {size} bytes"
            raise BadZipFile(msg)
        left = max(0, self._container.size - self._position)
        data = self._container.read_at(
            self._position, left if size is None or size < 0 else min(size, left)
        )
        self._position += len(data)
        return data
