"""Entries packed with Deflate64, as Windows packs large ones (extra: ``deflate64``)."""

import io
import zlib
from importlib.util import find_spec

from forensic_cli.hashing import Readable

PACKAGE = "inflate64"
_FED = 16
"""Bytes given to the library at once: it knows no limit, and a byte may unpack to 256 kB."""


def is_available() -> bool:
    """Whether the library is installed."""
    return find_spec(PACKAGE) is not None


class Inflated(io.RawIOBase):
    """The content of an entry, checked at its end.

    Raises:
        ValueError: It is damaged, or more than it claims to be.
    """

    def __init__(self, packed: Readable, size: int, checksum: int) -> None:
        """Nothing is read yet.

        Args:
            packed: The packed bytes, ending with them.
            size: Of the content.
            checksum: CRC-32 of the content.
        """
        import inflate64  # noqa: PLC0415 - an extra

        self._packed = packed
        self._inflater = inflate64.Inflater()
        self._left = size
        self._wanted = checksum
        self._found = 0
        self._ready = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes of the content."""
        parts = [self._ready]
        held = len(self._ready)
        while (size < 0 or held < size) and self._left:
            fed = self._packed.read(_FED)
            part = self._inflater.inflate(fed) if fed else b""
            if not fed:
                msg = f"its packed data end {self._left} bytes too early"
                raise ValueError(msg)
            if len(part) > self._left:
                msg = "it unpacks to more than it claims"
                raise ValueError(msg)
            self._left -= len(part)
            self._found = zlib.crc32(part, self._found)
            parts.append(part)
            held += len(part)
        if not self._left and self._found != self._wanted:
            msg = "its checksum differs"
            raise ValueError(msg)
        data = b"".join(parts)
        stop = len(data) if size < 0 else size
        self._ready = data[stop:]
        return data[:stop]
