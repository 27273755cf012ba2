"""An archive's bytes as tarfile is allowed to see them: headers only, and windows of content."""

import re
import tarfile

from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.unpacking import Unpacked

_MAX_HEADER = 128 << 10
_DIGITS = re.compile(rb"\d{64}")


class Plain:
    """An archive that is not compressed."""

    def __init__(self, container: EvidenceFile) -> None:
        """Begin at its start."""
        self._container = container
        self._position = 0

    def tell(self) -> int:
        """How many bytes were passed."""
        return self._position

    def seek(self, position: int) -> int:
        """Go to a position."""
        self._position = position
        return position

    def read(self, size: int, /) -> bytes:
        """As many bytes as asked for; fewer at the end only."""
        size = max(0, min(size, self._container.size - self._position))
        data = self._container.read_at(self._position, size)
        self._position += len(data)
        return data


class Headers:
    """What the library reads of an archive: headers only, and no more of them than there can be.

    It trusts a header's own word on how long it is, waits for more at the end of a cut one, and
    before Python 3.11.10 (CVE-2024-6232) takes minutes over one of many digits.
    """

    def __init__(self, stream: Unpacked | Plain) -> None:
        """Begin where the stream stands."""
        self._stream = stream
        self.tell = stream.tell
        self.seek = stream.seek
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """Bytes of a header.

        Raises:
            tarfile.ReadError: More than a header can have, or cut in the middle of one.
        """
        if not 0 <= size <= _MAX_HEADER:
            msg = f"a header claims {size} bytes"
            raise tarfile.ReadError(msg)
        data = self._stream.read(size)
        if not data and self._ended:
            msg = "it is cut in the middle of a header"
            raise tarfile.ReadError(msg)
        self._ended = not data
        if b"GNU.sparse" in data and _DIGITS.search(data):
            msg = "a header of digits"
            raise tarfile.ReadError(msg)
        return data


class Window:
    """A fixed number of bytes from where a stream stands."""

    def __init__(self, stream: Unpacked | Plain, size: int) -> None:
        """Begin where the stream stands."""
        self._stream = stream
        self._left = size

    def read(self, size: int, /) -> bytes:
        """As many bytes as asked for; fewer at the window's end only."""
        data = self._stream.read(min(size, self._left))
        self._left -= len(data)
        return data
