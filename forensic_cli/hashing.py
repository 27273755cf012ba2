"""Digests of bytes and streams: one read, several algorithms."""

import hashlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1 << 20
_ALONE = 4
"""Chunks of a stream that one thread hashes: small files have a thread each."""
_MOST_BEHIND = 8
"""Chunks that wait for the slowest algorithm."""
_SLOWEST_FIRST = ("md5", "sha512", "sha384", "blake2b", "sha256", "sha224", "sha1")

HEX_LENGTHS = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "blake2b": 128,
}

ALGORITHM_BY_LENGTH = {
    length: algorithm for algorithm, length in HEX_LENGTHS.items() if algorithm != "blake2b"
}
"""What digits alone say of their algorithm; 128 are SHA-512 unless something else says BLAKE2b."""

ALGORITHM_BY_SUFFIX = {
    ".md5": "md5",
    ".sha1": "sha1",
    ".sha224": "sha224",
    ".sha256": "sha256",
    ".sha384": "sha384",
    ".sha512": "sha512",
    ".b2": "blake2b",
    ".b2sum": "blake2b",
    ".blake2b": "blake2b",
}
"""What the name of a manifest says of its digests."""

REPORTED = ("md5", "sha1", "sha256")
"""What ``verify-hash`` computes of every file, whatever its manifest holds."""

RECORDED = ("md5", "sha256")
"""What a run records of every item: MD5 because it is published, SHA-256 because it is sound."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest with the algorithm that made it.

    Attributes:
        algorithm: A key of ``HEX_LENGTHS``.
        hexdigest: Lower-case hexadecimal digits.

    Raises:
        ValueError: Unknown algorithm, or not the digits that it gives.
    """

    algorithm: str
    hexdigest: str

    def __post_init__(self) -> None:
        """Refuse what cannot be a digest."""
        length = HEX_LENGTHS.get(self.algorithm)
        if length is None:
            msg = f"unknown hash algorithm {self.algorithm!r}"
            raise ValueError(msg)
        digits = self.hexdigest
        if len(digits) != length or not set(digits) <= set("0123456789abcdef"):
            msg = f"a {self.algorithm} has {length} hexadecimal digits, not {digits!r}"
            raise ValueError(msg)

    def __str__(self) -> str:
        """``algorithm:hexdigest``."""
        return f"{self.algorithm}:{self.hexdigest}"


class _Hash(Protocol):
    """The part of hashlib's objects that is used here."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


def _new(algorithm: str) -> _Hash:
    make: Callable[..., _Hash] = getattr(hashlib, algorithm)
    return make(usedforsecurity=False)


class States:
    """Digests in the making, of one sequence of bytes."""

    def __init__(self, algorithms: Iterable[str]) -> None:
        """No byte was seen yet."""
        self._states = {algorithm: _new(algorithm) for algorithm in algorithms}
        self._beside: ThreadPoolExecutor | None = None
        self._behind: deque[Future[None]] = deque()

    def update(self, data: bytes | memoryview) -> None:
        """The next bytes."""
        self._catch_up()
        for state in self._states.values():
            state.update(data)

    def update_in_parallel(self, data: bytes) -> None:
        """The next bytes, many of them: the slowest algorithm on a thread beside all others.

        hashlib lets go of the interpreter meanwhile. MD5 takes longer than SHA-1 and SHA-256
        together where a processor has instructions for those.
        """
        slowest, *others = sorted(self._states, key=_SLOWEST_FIRST.index)
        if self._beside is None:
            self._beside = ThreadPoolExecutor(1, thread_name_prefix="digest")
        self._behind.append(self._beside.submit(self._states[slowest].update, data))
        for algorithm in others:
            self._states[algorithm].update(data)
        self._catch_up(_MOST_BEHIND)

    def _catch_up(self, most: int = 0) -> None:
        """Wait until the other thread has at most this many chunks left."""
        while len(self._behind) > most:
            self._behind.popleft().result()

    def append(self, other: "States") -> None:
        """The other's digests as the next bytes, raw, each to its own algorithm."""
        self._catch_up()
        for digest in other.digests():
            self._states[digest.algorithm].update(bytes.fromhex(digest.hexdigest))

    def digests(self) -> tuple[Digest, ...]:
        """Of all bytes so far."""
        self._catch_up()
        return tuple(
            Digest(algorithm, state.hexdigest()) for algorithm, state in self._states.items()
        )


def digest_bytes(data: bytes, algorithms: Iterable[str] = RECORDED) -> dict[str, Digest]:
    """Digests of a buffer, by algorithm."""
    states = States(algorithms)
    states.update(data)
    return {digest.algorithm: digest for digest in states.digests()}


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file of our own, in hexadecimal.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Readable(Protocol):
    """Something that is read once, from its beginning to its end."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        ...


def digest_stream(stream: Readable, algorithms: Iterable[str] = REPORTED) -> dict[str, Digest]:
    """Digests of all that a stream still holds, read once, in constant memory."""
    states = States(algorithms)
    for _ in range(_ALONE):
        if not (chunk := stream.read(CHUNK)):
            break
        states.update(chunk)
    while chunk := stream.read(CHUNK):
        states.update_in_parallel(chunk)
    return {digest.algorithm: digest for digest in states.digests()}
