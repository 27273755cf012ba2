"""An item of the tree as a value, and the bytes that it is read from."""

from dataclasses import dataclass

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.ad1.segments import Segments
from forensic_cli.records import Status

FOLDER = 5
"""The type of an item that is a folder."""

_PAGE = 4096
_AHEAD = 4 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the tree.

    Attributes:
        address: The address of the item.
        next: Address of the next sibling, 0 = none. The same for ``child`` and ``metadata``.
        table: Address of the chunk table, 0 = no content.
        size: The size of the content, bytes.
        type: 0 = file, ``FOLDER``, rarely another.
        name: Raw bytes, as they stand there.
        parent: Address of the item above, 0 at the top.
        raw: The item's own bytes.
        stop: Where the next item begins, and this one's content and metadata must have ended.
    """

    address: int
    next: int
    child: int
    metadata: int
    table: int
    size: int
    type: int
    name: bytes
    parent: int
    raw: bytes
    stop: int


class Page:
    """Small reads that lie close together, from one larger read."""

    def __init__(self, space: Segments, start: int = 0, stop: int = 0) -> None:
        """Begin with what lies between two addresses, if that is not much.

        Raises:
            EvidenceError: It is not all inside the image.
        """
        self._space = space
        self._at = start
        self._data = space.read(start, stop - start) if stop - start <= _AHEAD else b""

    def read(self, address: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``address`` on.

        Raises:
            EvidenceError: They are not all inside the image.
        """
        start = address - self._at
        if start < 0 or start + size > len(self._data):
            ahead = min(max(size, _PAGE), self._space.size - address)
            self._data = self._space.read(address, max(size, ahead))
            self._at, start = address, 0
        return self._data[start : start + size]


def damaged(detail: str) -> EvidenceError:
    """The error of an image whose tree cannot be followed."""
    return EvidenceError(
        f"the AD1 image is damaged: {detail}. Check its hash, and ask for another copy"
    )


def unreadable(detail: str) -> ItemRefusedError:
    """The refusal of one item of an image."""
    return ItemRefusedError(Status.READ_ERROR, f"the container is damaged here: {detail}")
