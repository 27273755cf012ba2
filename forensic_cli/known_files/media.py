"""Known files by Project VIC and CAID: JSON by OData, an object for each file.

Both give ``MD5`` and mostly ``SHA1`` among an object's members, at whatever depth: in VICS 1.3 and
2.0 below ``value``, in lists of cases below ``Media``.
"""

import codecs
import re
from pathlib import Path

import ijson

from forensic_cli.errors import ManifestError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.hashing import Readable

_MEMBERS = {"md5": "md5", "sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256"}
_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64}
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")


def begins(head: bytes) -> bool:
    """Whether a file begins like JSON."""
    return _BEGINS.match(head) is not None


def digests(path: Path, stream: Readable) -> dict[str, bytearray]:
    """Every digest that is a member of an object.

    Raises:
        ManifestError: It is no JSON, cut off, or a member that should be a digest is none.
    """
    body = _WithoutMark(stream)
    found = {algorithm: bytearray() for algorithm in _LENGTHS}
    algorithm = None
    try:
        for event, value in ijson.basic_parse(body, buf_size=1 << 20):
            if event == "map_key":
                algorithm = _MEMBERS.get(value.lower())
                continue
            if event == "string" and algorithm is not None and value:
                found[algorithm] += _digest(path, algorithm, value)
            algorithm = None
    except (ijson.JSONError, UnicodeDecodeError) as error:
        msg = f"{path.name!r} is no whole JSON file: {on_screen(str(error))}"
        raise ManifestError(msg) from error
    return found


class _WithoutMark:
    """A stream without the mark that some programs put before UTF-8."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._head = stream.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)

    def read(self, size: int) -> bytes:
        if not size:
            return b""  # asked for to tell bytes from text
        head, self._head = self._head, b""
        return head + self._stream.read(size)


def _digest(path: Path, algorithm: str, text: str) -> bytes:
    if len(text) == _LENGTHS[algorithm]:
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    msg = f"{path.name!r}: {on_screen(text)!r} is no {algorithm}"
    raise ManifestError(msg)
