"""Content that comes in pieces, as something to read from."""

from collections.abc import Iterator


class Pieces:
    """Reads through an iterator of pieces, each taken when it is needed."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Nothing is taken yet."""
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """As many bytes as asked for; fewer at the end only."""
        parts = []
        while size:
            if not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._rest = memoryview(piece)
            part = self._rest[:size]
            self._rest = self._rest[len(part) :]
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
