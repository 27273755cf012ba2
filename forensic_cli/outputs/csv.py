"""Lines of the result and exception files: UTF-8, LF, RFC 4180 quoting, the same bytes always.

The quoting is spelt out here because the standard library's differs between Python versions in
when it quotes a carriage return, and these bytes are what another examiner compares.
"""

import re
from collections.abc import Iterable

FULL, RELATIVE, BASENAME = "full", "relative", "basename"
NAME_FORMS = (FULL, RELATIVE, BASENAME)
"""What ``filename`` holds: evidence root and path, the path alone, or the last part of it."""
RESULT_HEADER = "score,label,filename\n"
EXCEPTIONS_HEADER = "status,reason,filename,size,md5,sha256\n"

_NEEDS_QUOTES = frozenset(',"\r\n')
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Where another separator is set, a cell begins there too.
_CELL = re.compile(r"""([;\t|\r\n]["'\s]*)(?=[=+\-@])""")


def named(path: str, form: str) -> str:
    """A file's name in the column ``filename``.

    Args:
        path: Evidence root, ``/``, path inside it.
        form: One of ``NAME_FORMS``.
    """
    if form == RELATIVE:
        return path.partition("/")[2]
    return path.rpartition("/")[2] if form == BASENAME else path


def result_line(score: float, label: int, filename: str) -> str:
    """One row of the result: the score with six decimals, 0 = AI or 1 = real, the file's name."""
    return f"{score:.6f},{label},{_field(filename)}\n"


def spreadsheet_line(score: float, label: int, filename: str) -> str:
    """The same row with a name that a spreadsheet does not take for a formula."""
    return result_line(score, label, defused(filename))


def exception_line(values: tuple[str, str, str, int, str, str]) -> str:
    """One row of the exceptions: status, reason, filename, size in bytes, MD5, SHA-256."""
    return ",".join(_field(str(value)) for value in values) + "\n"


def line(values: Iterable[str]) -> str:
    """A row of texts."""
    return ",".join(map(_field, values)) + "\n"


def spreadsheet_exception_line(values: tuple[str, str, str, int, str, str]) -> str:
    """The same row with a reason and a name that a spreadsheet does not take for formulas."""
    status, reason, filename, size, md5, sha256 = values
    return exception_line((status, defused(reason), defused(filename), size, md5, sha256))


def defused(text: str) -> str:
    """Text with an apostrophe before each sign that begins a formula, in any form of CSV."""
    inner = _CELL.sub(r"\1'", text)
    return f"'{inner}" if inner.startswith(_FORMULA) else inner


def _field(text: str) -> str:
    if _NEEDS_QUOTES.isdisjoint(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
