"""Digests of a container as a whole, each with what it is the digest of."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import CHUNK, Digest, States

Expected = tuple[bytes, Digest]
"""The name of a container's file, and what is expected of it. The first file's name stands for the
container, of which any of its hashes may be meant."""


@dataclass(frozen=True, slots=True)
class ContainerDigest:
    """A digest of a container.

    Attributes:
        what: In words, what it is of: a file, all segments, or the image as FTK counts it.
        digest: The digest.
        name: The name of the file, where it is of one file only.
    """

    what: str
    digest: Digest
    name: bytes = b""


@dataclass(frozen=True, slots=True)
class ContainerDigests:
    """A container, read once.

    Attributes:
        digests: The digests of its files, of all of them together, and FTK's image hash, as far as
            there are.
        refused: Path of each entry that is damaged or not what the container says of it, and why.
        incomplete: Why FTK's image hash is not among the digests; nothing where it is, or where
            the container has none.
    """

    digests: tuple[ContainerDigest, ...]
    refused: tuple[tuple[bytes, ItemRefusedError], ...] = ()
    incomplete: str = ""


_BUFFER = 1 << 18
Progress = Callable[[int, int], None]
"""Told how many bytes are through, and of how many."""


class HashedFiles:
    """The files of a container, hashed in the order of their bytes as they are first read.

    What was hashed last is kept for a while, so that a reader who goes forwards, more or less,
    reads each byte from disk once.
    """

    def __init__(
        self, files: Sequence[EvidenceFile], algorithms: Sequence[str], progress: Progress
    ) -> None:
        """Nothing is read yet."""
        self._all = States(algorithms)
        self._progress = progress
        self._total = sum(file.size for file in files)
        self._done = 0
        self.files = [
            HashedFile(file, States(algorithms) if len(files) > 1 else None, self) for file in files
        ]

    def through(self, data: bytes) -> None:
        """Count and hash bytes of the whole."""
        self._all.update_in_parallel(data)
        self._done += len(data)
        self._progress(self._done, self._total)

    def before(self, file: "HashedFile") -> None:
        """Hash the files in front of this one to their ends."""
        for other in self.files:
            if other is file:
                return
            other.advance(other.size)

    def digests(self) -> tuple[ContainerDigest, ...]:
        """Read what was not read yet, and give the digests of all."""
        for file in self.files:
            file.advance(file.size)
        first, *more = self.files
        whole = self._all.digests()
        if not more:
            return tuple(
                ContainerDigest(_of_file(first.name), digest, first.name) for digest in whole
            )
        each = [
            ContainerDigest(_of_file(file.name), digest, file.name)
            for file in self.files
            for digest in file.digests()
        ]
        every = f"all {len(self.files)} segments"
        return (*each, *(ContainerDigest(every, digest) for digest in whole))


class HashedFile:
    """One of the files, to be read at any place."""

    def __init__(self, file: EvidenceFile, states: States | None, together: HashedFiles) -> None:
        """Nothing is read yet."""
        self._file = file
        self._states = states
        self._together = together
        self._at = 0
        self._recent: list[tuple[int, bytes]] = []
        self.name = os.fsencode(file.path.name)
        self.size = file.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset`` on.

        Raises:
            EvidenceError: The system cannot read them, or the file ends before.
        """
        self.advance(min(offset + size, self.size))
        for start, data in self._recent:
            if start <= offset and offset + size <= start + len(data):
                return data[offset - start : offset - start + size]
        return self._file.read_at(offset, size)

    def advance(self, to: int) -> None:
        """Hash everything up to this offset."""
        if self._at < to:
            self._together.before(self)
        while self._at < to:
            data = self._file.read_at(self._at, min(CHUNK, self.size - self._at))
            if self._states:
                self._states.update(data)
            self._together.through(data)
            self._recent = [*self._recent[-3:], (self._at, data)]
            self._at += len(data)

    def digests(self) -> tuple[Digest, ...]:
        """Of this file alone."""
        return self._states.digests() if self._states else ()


def _of_file(name: bytes) -> str:
    return f"the file {visible(name)}"


def digests_by_file(
    files: Sequence[EvidenceFile], algorithms: Sequence[str], progress: Progress
) -> tuple[ContainerDigest, ...]:
    """Hash each of a container's files by itself."""
    # One buffer for all: allocating and freeing large blocks here slows the decoders' own down.
    buffer = bytearray(max((_BUFFER, *(file.block_size for file in files))))
    done, total = 0, sum(file.size for file in files)
    found: list[ContainerDigest] = []
    for file in files:
        states, name = States(algorithms), os.fsencode(file.path.name)
        offset = 0
        while size := file.read_into(buffer, offset):
            states.update(memoryview(buffer)[:size])
            offset += size
            progress(done := done + size, total)
        found += [ContainerDigest(_of_file(name), digest, name) for digest in states.digests()]
    return tuple(found)


def digests_of_files(
    files: Sequence[EvidenceFile], algorithms: Sequence[str], progress: Progress
) -> ContainerDigests:
    """Hash a container's files, each by itself and all together."""
    return ContainerDigests(HashedFiles(files, algorithms, progress).digests())
