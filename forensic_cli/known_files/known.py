"""Known files as a value: whose list has a content, told by its digests.

Digests are kept whole, sorted, side by side: 16, 20 or 32 bytes each. A shortened digest would do
to find most strangers out, but whoever makes a file can make its shortened digest that of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensic_cli.hashing import Digest

Column = npt.NDArray[np.bytes_]
"""Sorted raw digests of one algorithm."""


@dataclass(frozen=True, slots=True)
class KnownList:
    """A list of known files.

    Attributes:
        name: Its file's name.
        format: What it is, in words.
        sha256: Of its file.
        columns: The digests that it has, by algorithm.
    """

    name: str
    format: str
    sha256: str
    columns: Mapping[str, Column]

    def has(self, digests: Mapping[str, Digest]) -> bool:
        """Whether the list has a file with one of these digests."""
        return any(
            algorithm in digests and _is_in(column, bytes.fromhex(digests[algorithm].hexdigest))
            for algorithm, column in self.columns.items()
        )

    def as_record(self) -> dict[str, object]:
        """For the log."""
        counts = {algorithm: len(column) for algorithm, column in self.columns.items()}
        return {
            "name": self.name,
            "format": self.format,
            "sha256": self.sha256,
            "digests": dict(sorted(counts.items())),
        }


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """All lists of known files that were given.

    Attributes:
        lists: In the order in which they were given.
        skip: Whether known files are left unscored.
    """

    lists: tuple[KnownList, ...] = ()
    skip: bool = False

    @property
    def algorithms(self) -> tuple[str, ...]:
        """By which the lists know files, sorted."""
        return tuple(sorted({algorithm for one in self.lists for algorithm in one.columns}))

    @property
    def caution(self) -> str:
        """What leaving files out by these lists risks; empty where there is nothing to say."""
        weak = [one.name for one in self.lists if not {"sha1", "sha256"} & set(one.columns)]
        if not self.skip or not weak:
            return ""
        return (
            f"{', '.join(weak)} knows files by MD5 alone: whoever makes two files with one MD5, "
            "and gets one of them listed, keeps the other from being scored"
        )

    def named(self, digests: Mapping[str, Digest]) -> list[str]:
        """The lists that have a file with one of these digests."""
        return [one.name for one in self.lists if one.has(digests)]


def _is_in(column: Column, digest: bytes) -> bool:
    place = int(np.searchsorted(column, np.array(digest, column.dtype)))
    # NumPy drops the zeros at the end of what it gives.
    return place < len(column) and bytes(column[place]).ljust(len(digest), b"\0") == digest
