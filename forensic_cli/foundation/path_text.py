r"""Paths are bytes; this module turns them into text and back, and makes text safe to look at.

The rule of the CSV: a path that is UTF-8 is written as it is. Of one that is not, each name that
is not has all bytes beyond ASCII as ``\xNN``, also where some of them would be letters by chance;
and each backslash is doubled. So that the text can always be turned back, a UTF-8 path that happens
to *contain* something like ``\xNN`` is escaped too.
"""

import re

_ESCAPE = re.compile(r"\\x[0-9a-f]{2}")
_ESCAPED_PART = re.compile(r"\\\\|\\x([0-9a-f]{2})")


def visible(path: bytes) -> str:
    """Text of a path, reversible by ``from_visible``, always encodable as UTF-8."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        text = "/".join(map(_decoded, path.split(b"/")))
    else:
        if not _ESCAPE.search(text):
            return text
    return "".join(_escaped(character) for character in text)


def _decoded(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("ascii", "surrogateescape")


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character


def from_visible(text: str) -> bytes:
    r"""The path that ``visible`` made this text from.

    Raises:
        ValueError: Escaped text with a lone backslash: ``visible`` did not make it.
    """
    if not _ESCAPE.search(text):
        return text.encode()
    parts = []
    position = 0
    while position < len(text):
        if text[position] != "\\":
            parts.append(text[position].encode())
            position += 1
            continue
        match = _ESCAPED_PART.match(text, position)
        if match is None:
            msg = f"a lone backslash at character {position} of {text!r}"
            raise ValueError(msg)
        parts.append(bytes([int(match[1], 16)]) if match[1] else b"\\")
        position = match.end()
    return b"".join(parts)


def on_screen(text: str, limit: int = 200) -> str:
    """Text that does nothing to a terminal: control and bidi characters escaped, length capped.

    Args:
        text: Anything, a file name or a decoder's message say.
        limit: The most characters that are shown; the middle of a longer text goes.
    """
    if len(text) > limit:
        keep = (limit - 3) // 2
        text = f"{text[:keep]}...{text[-keep:]}"
    # Unprintable by Unicode are controls, bidi and zero-width formats, surrogates, odd separators.
    return "".join(
        character if character.isprintable() else _escape_sequence(character) for character in text
    )


def _escape_sequence(character: str) -> str:
    return character.encode("unicode_escape", errors="surrogatepass").decode("ascii")
