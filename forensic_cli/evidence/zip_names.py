"""Which name an entry of a ZIP archive has: programs have written names in several ways.

Source: APPNOTE.TXT 6.3, appendix D (language encoding) and 4.6.9 (Unicode Path extra field).
"""

import struct
import zlib
from collections.abc import Iterable
from zipfile import ZipInfo

from forensic_cli.evidence.options import ReadingOptions

_UTF8, _UNIX = 0x800, 3
_UNICODE_PATH = 0x7075
_FIELD = struct.Struct("<HH")
_PATH = struct.Struct("<BL")


def raw_name(info: ZipInfo) -> bytes:
    """The bytes that the directory has."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def has_backslashes(infos: Iterable[ZipInfo]) -> bool:
    """Whether an archive has backslashes between folders, as programs of Windows write them.

    So it is where no name has a slash, and nothing says that the entries were files of Unix, whose
    names may have backslashes in them.
    """
    found = False
    for info in infos:
        name = raw_name(info)
        of_unix = info.create_system == _UNIX and info.external_attr >> 28
        if b"/" in name or of_unix:
            return False
        found |= b"\\" in name
    return found


def name_of(info: ZipInfo, options: ReadingOptions, *, backslashes: bool) -> bytes:
    """The name, UTF-8 wherever that can be told.

    Args:
        info: What the directory says of it.
        options: Which character set older names are in.
        backslashes: Whether backslashes are between folders.
    """
    raw = raw_name(info)
    if not info.flag_bits & _UTF8:
        raw = _unicode_path(info.extra, raw) or options.name(raw)
    # Where a name is not UTF-8, a backslash may be half of a letter.
    return raw.replace(b"\\", b"/") if backslashes and _is_utf8(raw) else raw


def _unicode_path(extra: bytes, raw: bytes) -> bytes | None:
    """The UTF-8 name of the extra field, where it is of this name."""
    position = 0
    while position + _FIELD.size <= len(extra):
        kind, size = _FIELD.unpack_from(extra, position)
        body = extra[position + _FIELD.size : position + _FIELD.size + size]
        if kind == _UNICODE_PATH and len(body) > _PATH.size:
            version, checksum = _PATH.unpack_from(body)
            name = body[_PATH.size :]
            if version == 1 and checksum == zlib.crc32(raw) and _is_utf8(name):
                return name
        position += _FIELD.size + size
    return None


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
