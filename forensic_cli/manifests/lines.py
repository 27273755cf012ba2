"""A manifest's bytes as numbered lines, and the complaint about one that cannot be understood."""

from collections.abc import Iterator
from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class MalformedLine:
    """A line that no rule of its format explains."""

    number: int
    content: bytes


def numbered(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1: no BOM, no line ends, no blank lines, no ``#`` comments.

    One carriage return before a newline belongs to the line's end, as md5sum takes it; in a name
    coreutils writes it escaped.
    """
    for number, line in enumerate(data.removeprefix(_BOM).split(b"\n"), start=1):
        content = line.removesuffix(b"\r")
        if content and not content.startswith(b"#"):
            yield number, content
