"""A file that is called like a picture and begins like none: what its bytes tell of the picture."""

import base64
import binascii
import codecs
import re
from contextlib import suppress

_FOREIGN_BEFORE = 4096
_SIGNATURE = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|II\*\0|MM\0\*"
    rb"|....ftyp(?:avif|heic|heix|mif1)",
    re.DOTALL,
)
_BLANK, _BLANKS = b" \t\r\n\xef\xbb\xbf\xfe\xff", 16
_NO_PICTURE = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"dex\n", b"SQLite format 3\0",
    b"bplist", b"ID3", b"fLaC", b"OggS", b"\xff\xfb", b"\xff\xf3", b"\0\1\0\0\0", b"OTTO", b"wOF",
    b"#!AMR", b"MThd", b"RIFF",
)  # fmt: skip
_FTYP = b"ftyp"
"""Programs, databases, sounds, fonts: known, and without pictures."""
_UNKNOWN, _SPACES = "\ufffd", "\r\n\t\f\v\ufeff"
_REMAINS = (
    ("JPEG", re.compile(rb"\xff\xdb\0[\x43\x84]|\xff\xc4..[\x00-\x13]|\xff\xd9\s*\Z", re.DOTALL)),
    ("PNG", re.compile(rb"IDAT|IEND\xae\x42\x60\x82")),
    ("WebP", re.compile(rb"VP8[ LX]")),
    ("HEIF or AVIF", re.compile(rb"(?:iloc|ipco|av1C|hvcC)")),
)
_ZEROS = re.compile(rb"\0+")
_CODES = re.compile(rb"(?:data:image/[\w+.-]+;base64,)?\s*([A-Za-z0-9+/=\s_-]{64,})")
_HEX = re.compile(rb"\s*((?:[0-9A-Fa-f]{2}[\s:]*){32,})")


def shifted_picture(data: bytes) -> str | None:
    """Of a file under any name: whether blank characters stand before its picture.

    Args:
        data: The whole file; it begins like no picture.
    """
    found = _SIGNATURE.search(data[:_BLANKS])
    if found is None or not found.start() or data[: found.start()].strip(_BLANK):
        return None
    return _after(found.start())


def _after(count: int) -> str:
    return f"its picture begins after {count} foreign bytes"


def lost_picture(data: bytes) -> str | None:
    """Why a file that is called like a picture begins like none.

    Args:
        data: The whole file; it begins like no picture.

    Returns:
        A sentence; None where it is text or of a known kind: there is no picture in it.
    """
    if (what := _written_otherwise(data)) is not None:
        return what
    if data.startswith(_NO_PICTURE) or data[4:8] == _FTYP:
        return None
    if _is_text(data):
        return None
    return _remains(data)


def _remains(data: bytes) -> str:
    found = _SIGNATURE.search(data[:_FOREIGN_BEFORE])
    if found is not None and found.start():
        return _after(found.start())
    zeros = _ZEROS.match(data)
    if zeros and zeros.end() == len(data):
        return "all its bytes are zero"
    head = f"its first {zeros.end()} bytes are zero" if zeros else "its head is destroyed"
    for name, pattern in _REMAINS:
        if pattern.search(data):
            return f"{head}; parts of a {name} picture follow"
    if zeros:
        return head
    return "its name says a picture, its content is of no known format: destroyed, or encrypted"


def _written_otherwise(data: bytes) -> str | None:
    """What a picture was turned into, by its first bytes."""
    text = data[:8192]
    if (found := _CODES.match(text)) is not None:
        letters = re.sub(rb"\s", b"", found[1]).translate(bytes.maketrans(b"-_", b"+/"))
        with suppress(binascii.Error):
            inside = base64.b64decode(letters[: min(len(letters), 4096) // 4 * 4])
            if _SIGNATURE.match(inside):
                return "its picture is written as text (base64)"
    if (found := _HEX.match(text)) is not None:
        inside = bytes.fromhex(re.sub(rb"[\s:]", b"", found[1]).decode())
        if _SIGNATURE.match(inside):
            return "its picture is written as text (hexadecimal digits)"
    return None


def _is_text(data: bytes) -> bool:
    sample = data[:8192]
    encoding = "utf-16" if sample.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    # What was cut off in the middle of a character counts as text.
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    return all((one.isprintable() and one != _UNKNOWN) or one in _SPACES for one in text)
