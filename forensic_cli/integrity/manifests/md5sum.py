r"""Lines of md5sum, sha*sum, b2sum (default and ``--tag``), md5deep and openssl.

Source: GNU coreutils 9, ``cksum.c``. ``HASH␠␠NAME`` or ``HASH␠*NAME``; the name begins right
after the two separator bytes, whatever it begins with. A name with a newline, a carriage return or
a backslash makes the *line* start with a backslash and is written with ``\n``, ``\r``, ``\\``.
md5deep 4 writes the first form, openssl 1 and 3 ``MD5(NAME)= HASH`` or (``-r``) the first with
``*``; neither escapes anything.
"""

import re
from collections.abc import Iterable, Iterator

from forensic_cli.hashing import (
    ALGORITHM_BY_LENGTH,
    ALGORITHM_BY_SUFFIX,
    HEX_LENGTHS,
    Digest,
)
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.manifest import ManifestEntry

_BY_TAG = {
    b"MD5": "md5",
    b"SHA1": "sha1",
    b"SHA224": "sha224",
    b"SHA256": "sha256",
    b"SHA384": "sha384",
    b"SHA512": "sha512",
    b"BLAKE2b": "blake2b",
    b"SHA2-224": "sha224",
    b"SHA2-256": "sha256",
    b"SHA2-384": "sha384",
    b"SHA2-512": "sha512",
    b"BLAKE2B-512": "blake2b",
}
_PLAIN = re.compile(
    rb"[ \t]*(?:[0-9]{1,19}[ \t]+(?=[0-9A-Fa-f]{32}))?"  # md5deep -z: the size before it
    rb"([0-9A-Fa-f]{32,128})(?:[ \t][ *]|[ \t](?![ *]))([^\0]+)",
    re.DOTALL,
)
# Greedy: a name may hold ") = " itself, the last one counts.
_TAGGED = re.compile(rb"([A-Za-z0-9-]+) \(([^\0]+)\) = ([0-9A-Fa-f]+)", re.DOTALL)
_OPENSSL = re.compile(rb"([A-Za-z0-9-]+)\(([^\0]+)\)= ([0-9A-Fa-f]+)", re.DOTALL)
_BACKSLASHED = re.compile(rb"\\(.?)", re.DOTALL)
_UNESCAPED = {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}


def parse(
    lines: Iterable[tuple[int, bytes]], suffix: str
) -> Iterator[ManifestEntry | MalformedLine]:
    """Read numbered lines.

    Args:
        lines: Line number and content, without the line's end; no blanks, no comments.
        suffix: The suffix of the manifest's file name. 128 digits are SHA-512, or BLAKE2b where the
            suffix says so: the lines of b2sum do not.

    Yields:
        An entry or a complaint per line.
    """
    for number, line in lines:
        escaped = line.startswith(b"\\")
        entry = _entry(line[1:] if escaped else line, suffix, escaped=escaped)
        yield entry or MalformedLine(number, line)


def understands(line: bytes, suffix: str) -> bool:
    """Whether it is a line of such a list."""
    escaped = line.startswith(b"\\")
    return _entry(line[1:] if escaped else line, suffix, escaped=escaped) is not None


def _entry(line: bytes, suffix: str, *, escaped: bool) -> ManifestEntry | None:
    plain = _PLAIN.fullmatch(line)
    tagged = _TAGGED.fullmatch(line) or _OPENSSL.fullmatch(line)
    if plain:
        digits, name = plain[1], plain[2]
        algorithm = (
            "blake2b"  # of other lengths than its own it is not computed here
            if ALGORITHM_BY_SUFFIX.get(suffix) == "blake2b"
            else ALGORITHM_BY_LENGTH.get(len(digits))
        )
    elif tagged:
        digits, name = tagged[3], tagged[2]
        algorithm = _BY_TAG.get(tagged[1])
    else:
        return None
    if algorithm is None or len(digits) != HEX_LENGTHS[algorithm]:
        return None
    path = _unescape(name) if escaped else name
    return (
        None if path is None else ManifestEntry(path, (Digest(algorithm, digits.decode().lower()),))
    )


def _unescape(name: bytes) -> bytes | None:
    if any(match[1] not in _UNESCAPED for match in _BACKSLASHED.finditer(name)):
        return None
    return _BACKSLASHED.sub(lambda match: _UNESCAPED[match[1]], name)


def line(path: bytes, digest: Digest) -> bytes:
    """One line that ``md5sum -c`` and its siblings accept, its newline included."""
    escaped = path.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    lead = b"\\" if escaped != path else b""
    return lead + digest.hexdigest.encode() + b"  " + escaped + b"\n"
