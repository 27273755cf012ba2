"""BagIt's payload and tag manifests.

Source: RFC 8493, section 2.1.3, and its drafts. ``HASH`` white space ``data/NAME`` in
``manifest-ALGORITHM.txt``; line ends in a name are written ``%0A`` and ``%0D``, since version 1.0
also the percent sign, as ``%25``. A bag says its version in ``bagit.txt``.
"""

import os
import re
from collections.abc import Iterable, Iterator

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import HEX_LENGTHS, Digest
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.manifest import ManifestEntry

_NAME = re.compile(r"(?:tag)?manifest-([a-z0-9-]+)\.txt", re.IGNORECASE)
_LINE = re.compile(rb"([0-9A-Fa-f]+)[ \t]+\*?([^\0]+)", re.DOTALL)
_ENCODED = re.compile(rb"%(0[AaDd]|25)")
_LINE_ENDS_ONLY = re.compile(rb"%(0[AaDd])")
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?BagIt-Version:\s*\d+\.\d+\s")
_OLD = re.compile(rb"BagIt-Version:\s*0\.")

DECLARATION = "bagit.txt"


def is_manifest(name: str) -> bool:
    """Whether a file of a bag is one of its manifests, by its name."""
    return _NAME.fullmatch(name) is not None


def is_tag_file(path: bytes) -> bool:
    """Whether a path of a bag is a file that every bag may have beside its payload.

    A manifest whose algorithm is not known here is none: it could not be checked.
    """
    name = os.fsdecode(path)
    if name in {DECLARATION, "bag-info.txt", "fetch.txt"}:
        return True
    found = _NAME.fullmatch(name)
    return found is not None and found[1].lower().replace("-", "") in HEX_LENGTHS


def is_tag_manifest(name: str) -> bool:
    """Whether a file of this name lists a bag's tag files, by an algorithm known here."""
    return name.lower().startswith("tagmanifest-") and is_tag_file(os.fsencode(name))


def declares_bag(data: bytes) -> bool:
    """Whether the content of a ``bagit.txt`` is that of a bag; RFC 8493, section 2.1.1."""
    return _DECLARED.match(data) is not None


def encodes_percent(declaration: bytes) -> bool:
    """Whether a bag with this ``bagit.txt`` writes percent signs as ``%25``: since version 1.0."""
    return bool(declaration) and not _OLD.search(declaration)


def algorithm_in(name: str) -> str:
    """The algorithm that a manifest's file name says, nothing where it is no bag's manifest.

    Raises:
        ManifestError: One that cannot be checked here.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return ""
    algorithm = found[1].lower().replace("-", "")
    if algorithm not in HEX_LENGTHS:
        msg = f"its algorithm {found[1]!r} cannot be checked here"
        raise ManifestError(msg)
    return algorithm


def parse(
    lines: Iterable[tuple[int, bytes]], algorithm: str, declaration: bytes
) -> Iterator[ManifestEntry | MalformedLine]:
    """Read numbered lines.

    Args:
        lines: Line number and content.
        algorithm: The algorithm of the manifest.
        declaration: Content of the bag's ``bagit.txt``, empty where there is none.

    Yields:
        An entry or a complaint per line.
    """
    # Before 1.0, and where it is not known, a percent sign stands for itself.
    encoded = _ENCODED if encodes_percent(declaration) else _LINE_ENDS_ONLY
    for number, line in lines:
        found = _LINE.fullmatch(line)
        if found is None or len(found[1]) != HEX_LENGTHS[algorithm]:
            yield MalformedLine(number, line)
            continue
        name = encoded.sub(lambda match: bytes([int(match[1], 16)]), found[2])
        yield ManifestEntry(name, (Digest(algorithm, found[1].decode().lower()),))


def line(path: bytes, digest: Digest, *, percent: bool) -> bytes:
    """One line of a payload manifest, its newline included; ``percent`` as in version 1.0."""
    encoded = path.replace(b"%", b"%25") if percent else path
    encoded = encoded.replace(b"\n", b"%0A").replace(b"\r", b"%0D")
    return digest.hexdigest.encode() + b"  " + encoded + b"\n"
