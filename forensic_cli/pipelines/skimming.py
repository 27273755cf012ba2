"""Large files that hold no picture: hashed as they pass, only what tells their kind is held.

A film, a disk image or a bomb of zeros inside the evidence would otherwise take its whole size in
memory, several times.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forensic_cli.evidence.source import EvidenceSource, changed
from forensic_cli.hashing import CHUNK, Digest, Readable, States
from forensic_cli.imaging.formats import sniff
from forensic_cli.records import EvidenceItem

LARGE = 8 << 20
"""Smaller files are read whole at once."""
_HEAD, _WITNESS, _TAIL = 1 << 20, 4096, 4096
_ZEROS = bytes(CHUNK)


@dataclass(frozen=True, slots=True)
class Skimmed:
    """What is held of a file.

    Attributes:
        data: Its first megabyte, a few of the next bytes that are not all zero, and its last bytes.
        digests: Of the whole.
    """

    data: bytes
    digests: Mapping[str, Digest]


def skim(source: EvidenceSource, item: EvidenceItem, algorithms: Iterable[str]) -> Skimmed | None:
    """Hash a file that begins like no picture.

    Args:
        source: Holds it; it can be read more than once.
        item: A file larger than ``LARGE``.
        algorithms: Of the digests.

    Returns:
        None where it begins like a picture, which is read whole.

    Raises:
        ItemRefusedError: Not readable, or it changed.
    """
    with source.reading(item) as stream:
        head = _exactly(stream, _HEAD)
        if sniff(head, item.size) is not None:
            return None
        states = States(algorithms)
        states.update(head)
        size, witness, tail = len(head), b"", b""
        while part := stream.read(CHUNK):
            states.update(part)
            size += len(part)
            if not witness and part != _ZEROS[: len(part)]:
                first = len(part) - len(part.lstrip(b"\0"))
                witness = part[first : first + _WITNESS]
            tail = (tail + part)[-_TAIL:]
        if size != item.size:
            msg = f"{item.size} bytes were listed, {size} were read"
            raise changed(msg)
    return Skimmed(head + witness + tail, {one.algorithm: one for one in states.digests()})


def _exactly(stream: Readable, size: int) -> bytes:
    parts = []
    while size and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
