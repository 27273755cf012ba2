"""What a file held when it was first read, block by block: whoever reads it later gets the same.

A container is read several times: to list it, to verify it, to score it. Nothing that the system
says of a file shows that it stayed as it was: times can be put back, and a drive may answer
otherwise the second time. 32 bytes a block are kept, for a million blocks at most.
"""

import hashlib
from threading import Lock

_SMALLEST = 1 << 16
_MOST = 1 << 20
_DIGEST = hashlib.sha256().digest_size


class HeldBlocks:
    """The digests of a file's blocks.

    Attributes:
        size: Bytes of a block; the last one may be shorter.
    """

    def __init__(self, file_size: int) -> None:
        """Nothing is read yet."""
        self.size = _SMALLEST
        while self.size * _MOST < file_size:
            self.size *= 2
        count = -(-file_size // self.size)
        self._digests = bytearray(count * _DIGEST)
        self._known = bytearray(count)
        self._lock = Lock()

    def agrees(self, index: int, data: bytes | memoryview) -> bool:
        """Whether a block is what it was when it was first read; true that first time.

        Args:
            index: Its number, from 0.
            data: All of its bytes.
        """
        found = hashlib.sha256(data).digest()
        place = slice(index * _DIGEST, (index + 1) * _DIGEST)
        with self._lock:
            if not self._known[index]:
                self._known[index] = True
                self._digests[place] = found
                return True
            return self._digests[place] == found
