"""Hashes as Windows' own tools print them: certutil, and Get-FileHash as a list or a table.

Sources: ``certutil -hashfile FILE MD5`` (Windows 7 writes the digits in pairs, and "file" before
the name; Korean Windows has its own words); PowerShell 5 and 7, ``Get-FileHash | Format-List`` and
what ``Get-FileHash`` shows by itself. Backslashes part folders.
"""

import re
from collections.abc import Iterator

from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.manifest import ManifestEntry

_ALGORITHM = rb"(MD5|SHA1|SHA256|SHA384|SHA512)"
_CERTUTIL = re.compile(
    _ALGORITHM + rb" hash of (?:file )?(.+?):|" + _ALGORITHM + "의 (.+?) 해시:".encode()
)
_CERTUTIL_END = re.compile(rb"CertUtil: ")
_DIGITS = re.compile(rb"(?:[0-9A-Fa-f]{2} ?)+")
_FIELD = re.compile(rb"(Algorithm|Hash|Path)\s*:\s?(.*)")
_HEADING = re.compile(rb"Algorithm\s+Hash\s+Path\s*")
_RULE = re.compile(rb"-+\s+-+\s+-+\s*")
_ROW = re.compile(_ALGORITHM + rb"\s+([0-9A-Fa-f]{32,128})\s+(\S.*?)\s*")
_CUT = b"..."

Lines = Iterator[tuple[int, bytes]]


def is_certutil(data: bytes) -> bool:
    """Whether it is what certutil prints."""
    return _CERTUTIL.match(data.lstrip()) is not None


def is_list(data: bytes) -> bool:
    """Whether it is Get-FileHash's list."""
    return re.match(rb"\s*Algorithm\s*: ", data) is not None


def is_table(data: bytes) -> bool:
    """Whether it is what Get-FileHash shows by itself."""
    return _HEADING.match(data.lstrip()) is not None


def parse_certutil(lines: Lines) -> Iterator[ManifestEntry | MalformedLine]:
    """Three lines a file: what it is, the digits, and a word at the end."""
    named: tuple[int, bytes, bytes, bytes] | None = None
    for number, line in lines:
        if (found := _CERTUTIL.fullmatch(line.strip())) is not None:
            if named is not None:
                yield MalformedLine(named[0], named[1])
            named = number, line, found[1] or found[3], found[2] or found[4]
        elif named is not None and _DIGITS.fullmatch(line.strip()):
            entry = _entry(named[2], line.strip().replace(b" ", b""), named[3])
            yield entry or MalformedLine(number, line)
            named = None
        elif not _CERTUTIL_END.match(line):
            yield MalformedLine(number, line)
    if named is not None:
        yield MalformedLine(named[0], named[1])


def parse_list(lines: Lines) -> Iterator[ManifestEntry | MalformedLine]:
    """Fields, one a line; a long path goes on in the next, indented."""
    fields: dict[bytes, bytes] = {}
    start, last = 0, b""
    for number, line in lines:
        found = _FIELD.fullmatch(line.rstrip())
        if found is None:
            if not (line.startswith(b" ") and last == b"Path"):
                yield MalformedLine(number, line)
                continue
            fields[last] += line.strip()
            continue
        if found[1] == b"Algorithm" and fields:
            yield _of_fields(fields, start)
            fields = {}
        start, last = start if fields else number, found[1]
        fields[last] = found[2].strip()
    if fields:
        yield _of_fields(fields, start)


def _of_fields(fields: dict[bytes, bytes], number: int) -> ManifestEntry | MalformedLine:
    said = (fields.get(name, b"") for name in (b"Algorithm", b"Hash", b"Path"))
    return _entry(*said) or MalformedLine(number, b"; ".join(fields.values()))


def parse_table(lines: Lines) -> Iterator[ManifestEntry | MalformedLine]:
    """Rows below a heading; the terminal cuts long paths, and such a row says of no file."""
    for number, line in lines:
        if _HEADING.fullmatch(line) or _RULE.fullmatch(line):
            continue
        found = _ROW.fullmatch(line)
        entry = None
        if found is not None and not found[3].endswith(_CUT):
            entry = _entry(found[1], found[2], found[3])
        yield entry or MalformedLine(number, line)


def _entry(algorithm: bytes, digits: bytes, name: bytes) -> ManifestEntry | None:
    try:
        digest = Digest(algorithm.decode().lower(), digits.decode().lower())
    except ValueError:
        return None
    return ManifestEntry(name.replace(b"\\", b"/"), (digest,)) if name else None
