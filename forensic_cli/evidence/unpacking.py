"""A compressed file as a stream that goes forwards, in constant memory and within bounds."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import BinaryIO

from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.kinds import Compression
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.hashing import Readable

_STEP = 1 << 20
_XZ_MEMORY = 200 << 20
"""What decompressing may take; ``xz -9`` needs 65 MiB."""
_FREE = 1 << 30
_MOST = 500
"""A file may expand to a gibibyte, and beyond that to this many times its size."""


class Unpacked:
    """The content of a compressed container; going back starts it again."""

    def __init__(self, container: EvidenceFile, compression: Compression) -> None:
        """Begin.

        Args:
            container: The file.
            compression: The compression of the file.
        """
        self._container = container
        self._begin = _BEGIN[compression]
        self._compression = compression
        self._restart()

    def _restart(self) -> None:
        self._stream = self._begin(io.BufferedReader(_Raw(self._container), _STEP))
        self._position = 0

    def tell(self) -> int:
        """How many bytes were passed."""
        return self._position

    def seek(self, position: int) -> int:
        """Go to a position, or to the end where that is before it.

        Raises:
            EvidenceError: The stream is damaged, or expands beyond bounds.
        """
        if position < self._position:
            self._restart()
        while self._position < position and self.read(min(_STEP, position - self._position)):
            pass
        return self._position

    def read(self, size: int, /) -> bytes:
        """As many bytes as asked for; fewer at the end only.

        Raises:
            EvidenceError: The stream is damaged, or expands beyond bounds.
        """
        try:
            data = self._stream.read(size)
        except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
            said = str(error) or type(error).__name__
            msg = (
                f"the {self._compression} stream is damaged behind byte {self._position} of its "
                f"content: {said}. Check its hash, and ask for another copy"
            )
            raise EvidenceError(msg) from error
        self._position += len(data)
        if self._position > max(_FREE, _MOST * self._container.size):
            msg = (
                f"{self._container.size} bytes expand to more than {self._position}: a "
                "decompression bomb. If it is not, unpack it on a working copy and give the folder"
            )
            raise EvidenceError(msg)
        return data


class _Raw(io.RawIOBase):
    """A container's bytes as a stream of its own."""

    def __init__(self, container: EvidenceFile) -> None:
        self._container = container
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        size = min(len(buffer), self._container.size - self._position)
        buffer[:size] = self._container.read_at(self._position, size)
        self._position += size
        return size


class _Joined:
    """Compressed streams one after the other; anything else after one is an error."""

    def __init__(
        self, source: BinaryIO, begin: "Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]"
    ) -> None:
        self._source = source
        self._begin = begin
        self._decompressor = begin()

    def read(self, size: int, /) -> bytes:
        parts = []
        while size:
            if self._decompressor.eof:
                rest = self._following()
                if not rest:
                    break
                self._decompressor = self._begin()
            else:
                rest = self._source.read(_STEP) if self._decompressor.needs_input else b""
                if not rest and self._decompressor.needs_input:
                    msg = "it ends in the middle of a stream"
                    raise EOFError(msg)
            part = self._decompressor.decompress(rest, size)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _following(self) -> bytes:
        """What follows a stream that has ended, without the zeros that may pad it."""
        rest = self._decompressor.unused_data.lstrip(b"\0")
        while not rest and (more := self._source.read(_STEP)):
            rest = more.lstrip(b"\0")
        return rest


def _gzip(source: BinaryIO) -> Readable:
    return gzip.GzipFile(fileobj=source)


def _bzip2(source: BinaryIO) -> Readable:
    return _Joined(source, bz2.BZ2Decompressor)


def _xz(source: BinaryIO) -> Readable:
    return _Joined(source, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY))


def _zstd(source: BinaryIO) -> Readable:
    import pyarrow as pa  # noqa: PLC0415 - slow to import, for this one format

    stream: Readable = pa.CompressedInputStream(pa.PythonFile(source, "r"), "zstd")
    return stream


_BEGIN: dict[Compression, Callable[[BinaryIO], Readable]] = {
    Compression.GZIP: _gzip,
    Compression.BZIP2: _bzip2,
    Compression.XZ: _xz,
    Compression.ZSTD: _zstd,
}
