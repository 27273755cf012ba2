"""Lists of known files with a line for each: bare hashes, and NSRL's RDS up to version 2.

NSRL: comma-separated, quoted, ``"SHA-1","MD5","CRC32","FileName",...`` (NIST, Data Formats of the
NSRL Reference Data Set). Its SHA-1 is taken, which every line has.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.hashing import Readable

_STEP = 8 << 20
_LONGEST_LINE = 1 << 20
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256"}
_HASHES = {
    length: re.compile(rb"^[ \t\"']*([0-9A-Fa-f]{%d})(?![0-9A-Za-z])" % length, re.MULTILINE)
    for length in _BY_LENGTH
}
_NOTHING = re.compile(rb"^[ \t\r]*(?:[#;%][^\n]*)?$", re.MULTILINE)
_HEADING = re.compile(
    rb"[\"']?(?:hash|md5|sha-?1|sha-?256)[\"']?(?![0-9A-Za-z-])[^\n]*", re.IGNORECASE
)
_NSRL_HEADING = re.compile(rb"\"SHA-1\",\"MD5\"", re.IGNORECASE)
_NSRL_LINE = re.compile(rb"^\"([0-9A-Fa-f]{40})\",", re.MULTILINE)


def begins_as_nsrl(head: bytes) -> bool:
    """Whether a file begins with NSRL's heading."""
    return _NSRL_HEADING.match(head.removeprefix(codecs.BOM_UTF8)) is not None


def of_nsrl(path: Path, stream: Readable) -> dict[str, bytearray]:
    """The SHA-1 of every line.

    Raises:
        ManifestError: A line has none.
    """
    found = bytearray()
    for number, text in _pieces(path, stream):
        body = text.partition(b"\n")[2] if number == 1 else text
        digests = _NSRL_LINE.findall(body)
        if len(digests) + len(_NOTHING.findall(body)) != body.count(b"\n") + 1:
            raise _not_understood(path, number + (number == 1), body, _NSRL_LINE)
        found += bytes.fromhex(b"".join(digests).decode("ascii"))
    return {"sha1": found}


def of_hashes(path: Path, stream: Readable) -> dict[str, bytearray]:
    """MD5, SHA-1 and SHA-256 at the beginnings of lines; what follows them is not looked at.

    Raises:
        ManifestError: A line begins with none, and is no comment and no heading.
    """
    found = {algorithm: bytearray() for algorithm in _BY_LENGTH.values()}
    for number, text in _pieces(path, stream):
        body = text
        heading = _HEADING.match(text) if number == 1 else None
        if heading is not None:
            body = text[heading.end() :]
        lines = 0
        for length, pattern in _HASHES.items():
            digests = pattern.findall(body)
            lines += len(digests)
            found[_BY_LENGTH[length]] += bytes.fromhex(b"".join(digests).decode("ascii"))
        if lines + len(_NOTHING.findall(body)) != body.count(b"\n") + 1:
            raise _not_understood(path, number, body, *_HASHES.values())
    return found


def _pieces(path: Path, stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Whole lines, some megabytes at a time, without the last end, and the first's number."""
    decoder = None
    rest, number, is_first = b"", 1, True
    while data := stream.read(_STEP):
        if is_first:
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                decoder = codecs.getincrementaldecoder("utf-16")("replace")
            data, is_first = data.removeprefix(codecs.BOM_UTF8), False
        if decoder is not None:
            data = decoder.decode(data).encode()
        whole, end, rest = (rest + data).rpartition(b"\n")
        if len(rest) > _LONGEST_LINE:
            msg = f"{path.name!r}: a line after {number:,} others is too long for a list of hashes"
            raise ManifestError(msg)
        if end:
            yield number, whole
            number += whole.count(b"\n") + 1
    if rest:
        yield number, rest


def _not_understood(
    path: Path, first: int, text: bytes, *patterns: re.Pattern[bytes]
) -> ManifestError:
    for number, line in enumerate(text.split(b"\n"), start=first):
        if not _NOTHING.match(line) and not any(pattern.match(line) for pattern in patterns):
            said = on_screen(line[:80].decode(errors="replace"))
            return ManifestError(
                f"{path.name!r}: line {number} begins with no MD5, SHA-1 or SHA-256: {said!r}"
            )
    return ManifestError(f"{path.name!r} is no list of hashes")
