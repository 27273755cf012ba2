"""A manifest's bytes as numbered lines, and the complaint about one that cannot be understood."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from forensic_cli.errors import ManifestError

_PROBED, _SHORTEST, _MOST = 400, 16, 0.7
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class MalformedLine:
    """A line that no rule of its format explains."""

    number: int
    content: bytes


def as_text(data: bytes) -> bytes:
    """A manifest's bytes as lines that end in newlines, in UTF-8 where that can be told.

    Without a byte order mark; UTF-16, as PowerShell writes it, also where it has none; lines that
    end as those of old Macintoshes; without NULs that fill up a sector.

    Raises:
        ManifestError: It claims to be UTF-16 and is not.
    """
    text = _utf8(data)
    stripped = text.rstrip(b"\0")
    if b"\0" not in stripped and (len(text) - len(stripped) > 1 or b"\n" in stripped):
        text = stripped
    if b"\r" in text and b"\n" not in text and b"\0" not in text:
        return text.replace(b"\r", b"\n")
    return text


def _utf8(data: bytes) -> bytes:
    """Without a byte order mark, and in UTF-8 where it is UTF-16."""
    order = _order(data)
    if order is not None:
        return data.decode(order, errors="replace").encode()
    if not data.startswith(_UTF16):
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-16").encode()
    except UnicodeError as error:
        msg = f"it begins as UTF-16 and is not: {error}"
        raise ManifestError(msg) from error


def _order(data: bytes) -> str | None:
    """Which UTF-16 it is, where every other byte of its beginning is NUL."""
    head = data[:_PROBED]
    if len(head) < _SHORTEST or data.startswith(_UTF16):
        return None
    for order, even, odd in (
        ("utf-16-le", head[1::2], head[::2]),
        ("utf-16-be", head[::2], head[1::2]),
    ):
        if even.count(0) > _MOST * len(even) and not odd.count(0):
            return order
    return None


def numbered(data: bytes, *, nul_ends: bool = True) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1: no line ends, no blank lines, no ``#`` or ``;`` comments.

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
        if content and not content.startswith((b"#", b";")):
            yield number, content
