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

    A carriage return before the newline is a line end only where *every* line has it: a name may
    end in one.
    """
    lines = data.removeprefix(_BOM).split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    windows = all(line.endswith(b"\r") for line in lines)
    for number, line in enumerate(lines, start=1):
        content = line.removesuffix(b"\r") if windows else line
        if content.strip() and not content.startswith(b"#"):
            yield number, content
