"""Lists that say the same in another order: the name first, a bare hash, bodyfile, DFXML.

Sources: The Sleuth Kit, *Body file* (``MD5|name|inode|mode|uid|gid|size|...``); DFXML schema 1.2,
``fileobject``; a side file like ``photo.jpg.md5`` that holds nothing but digits.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import ALGORITHM_BY_LENGTH, HEX_LENGTHS, Digest
from forensic_cli.integrity.manifests import md5sum
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.manifest import ManifestEntry

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_HEX = b"(" + b"|".join(rb"[0-9A-Fa-f]{%d}" % one for one in ALGORITHM_BY_LENGTH) + b")"
_BARE = re.compile(rb"\s*" + _HEX + rb"\s*")
_XML = (b"<?xml", b"<!--", b"<!DOCTYPE", b"<dfxml")
_DFXML = re.compile(rb"<(?:\w+:)?dfxml\b")
_HEAD = 4096
_TAGGED = re.compile(rb"\\?[A-Za-z0-9-]+ ?\(.*\) ?= ?", re.DOTALL)
"""A line that says its algorithm, which may be one that is not known here."""
_BODY_FIELDS = 11
_BODY = re.compile(rb"(?:0|" + _HEX + rb")\|[^|\n]+(?:\|[^|\n]*){9}\s*")

Lines = Iterator[tuple[int, bytes]]


def is_bare(data: bytes) -> bool:
    """Whether it holds nothing but one digest."""
    return _BARE.fullmatch(data) is not None


def parse_bare(path: Path, data: bytes) -> Iterator[ManifestEntry | MalformedLine]:
    """The digest of the file that the list is named after."""
    digits = data.strip().decode().lower()
    digest = Digest(ALGORITHM_BY_LENGTH[len(digits)], digits)
    yield ManifestEntry(path.stem.encode("utf-8", "surrogateescape"), (digest,))


def is_name_first(path: Path, data: bytes) -> bool:
    """Whether the first line has the name before the digest, and is none of md5sum's."""
    line = next((one for one in data.split(b"\n") if one and not one.startswith((b"#", b";"))), b"")
    line = line.rstrip(b"\r")
    if _parted(line) is None or _TAGGED.match(line) is not None:
        return False
    return not md5sum.understands(line, path.suffix)


def parse_name_first(lines: Lines) -> Iterator[ManifestEntry | MalformedLine]:
    """``NAME HASH`` a line."""
    for number, line in lines:
        found = _parted(line)
        if found is None:
            yield MalformedLine(number, line)
        else:
            yield ManifestEntry(found[0], (_digest(found[1]),))


def _parted(line: bytes) -> tuple[bytes, bytes] | None:
    """Name and digits; in linear time, whatever the line holds."""
    text = line.rstrip(b" \t")
    cut = max(map(text.rfind, (b" ", b"\t", b":", b"*"))) + 1
    name = text[:cut].rstrip(b" \t*").removesuffix(b":")
    is_one = bool(name) and _BARE.fullmatch(text[cut:]) is not None
    return (name, text[cut:]) if is_one else None


def is_bodyfile(data: bytes) -> bool:
    """Whether it is The Sleuth Kit's body file, version 3."""
    return _BODY.match(data.split(b"\n", 1)[0]) is not None


def parse_bodyfile(lines: Lines) -> Iterator[ManifestEntry | MalformedLine]:
    """A line per file; one without a digest says nothing here."""
    for number, line in lines:
        fields = line.split(b"|")
        if len(fields) != _BODY_FIELDS or not fields[1]:
            yield MalformedLine(number, line)
        elif fields[0] != b"0":
            found = _BARE.fullmatch(fields[0])
            size = int(fields[6]) if fields[6].isdigit() else None
            if found is None:
                yield MalformedLine(number, line)
            else:
                yield ManifestEntry(fields[1], (_digest(found[1]),), size)


def is_dfxml(data: bytes) -> bool:
    """Whether it is Digital Forensics XML."""
    head = data[:_HEAD].lstrip()
    return head.startswith(_XML) and _DFXML.search(head) is not None


def parse_dfxml(data: bytes) -> Iterator[ManifestEntry | MalformedLine]:
    """Every ``fileobject`` with a digest that is known here.

    Raises:
        ManifestError: It is no XML, or has what lets it reach beyond itself.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - few lists are XML
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415

    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError) as error:
        msg = f"it begins as DFXML and cannot be read: {error}"
        raise ManifestError(msg) from error
    for number, element in enumerate(root.iter(), start=1):
        if _local(element.tag) == "fileobject" and (found := _fileobject(element, number)):
            yield found


def _fileobject(element: "Element", number: int) -> ManifestEntry | MalformedLine | None:
    """None for one without a digest: a folder."""
    texts: dict[str, str] = {}
    digests = []
    for inner in element.iter():
        text, kind = (inner.text or "").strip(), _local(inner.tag)
        texts.setdefault(kind, text)
        algorithm = inner.get("type", "").lower().replace("-", "")
        if kind == "hashdigest" and HEX_LENGTHS.get(algorithm) == len(text):
            digests.append(Digest(algorithm, text.lower()))
    if not digests:
        return None
    if not texts.get("filename"):
        return MalformedLine(number, b"a fileobject without a name")
    size = texts.get("filesize", "")
    name = texts["filename"].encode()
    return ManifestEntry(name, tuple(digests), int(size) if size.isdigit() else None)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _digest(digits: bytes) -> Digest:
    text = digits.decode().lower()
    return Digest(ALGORITHM_BY_LENGTH[len(text)], text)
