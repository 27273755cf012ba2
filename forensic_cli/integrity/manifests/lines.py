"""A manifest's bytes as numbered lines, and the complaint about one that cannot be understood."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from forensic_cli.errors import ManifestError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class MalformedLine:
    """A line that no rule of its format explains."""

    number: int
    content: bytes


def without_bom(data: bytes) -> bytes:
    """A manifest's bytes without a byte order mark; UTF-16, as PowerShell writes it, as UTF-8.

    Raises:
        ManifestError: It claims to be UTF-16 and is not.
    """
    if not data.startswith(_UTF16):
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-16").encode()
    except UnicodeError as error:
        msg = f"it begins as UTF-16 and is not: {error}"
        raise ManifestError(msg) from error


def numbered(data: bytes, *, nul_ends: bool = True) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1: no line ends, no blank lines, no ``#`` comments.

    One carriage return before a newline belongs to the line's end, as md5sum takes it; in a name
    coreutils writes it escaped. Where there are NULs, they end the lines (``md5sum -z``), and
    everything else is part of one; ``nul_ends`` says whether the form knows that.
    """
    if nul_ends and b"\0" in data:
        lines = data.split(b"\0")
        yield from ((number, line) for number, line in enumerate(lines, start=1) if line)
        return
    for number, line in enumerate(data.split(b"\n"), start=1):
        content = line.removesuffix(b"\r")
        if content and not content.startswith(b"#"):
            yield number, content
