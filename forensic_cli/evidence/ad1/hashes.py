"""All hashes of an AD1 image in one pass: its files', all segments', FTK's, and each content's.

FTK Imager's "MD5 checksum" of an AD1 image is not the MD5 of the file. It is, for H = MD5 and
SHA-1 alike, as found out from an image and its report (``docs/ad1.md``)::

    H( everything before the first item
       || the two tables at the end
       || for each item, in the order on disk: the item, its metadata
       || H( the contents of all files, one after the other ) as raw bytes )
"""

from collections.abc import Iterator, Sequence

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.ad1.image import Image
from forensic_cli.evidence.ad1.item import Item
from forensic_cli.evidence.ad1.metadata import digests_in
from forensic_cli.evidence.ad1.segments import Segments
from forensic_cli.evidence.container_digest import (
    ContainerDigest,
    ContainerDigests,
    HashedFiles,
    Progress,
)
from forensic_cli.evidence.source import check_stored
from forensic_cli.hashing import CHUNK, States
from forensic_cli.records import Status

_STORED = ("md5", "sha1")


def digests_of_image(
    segments: Segments, algorithms: Sequence[str], progress: Progress
) -> ContainerDigests:
    """Read an image once, from its first byte to its last.

    Args:
        segments: The segments of the image, open.
        algorithms: Wanted of the files and of the image.
        progress: Told how far it is.

    Raises:
        EvidenceError: A file cannot be read.
    """
    hashed = HashedFiles(segments.files, algorithms, progress)
    refused: list[tuple[bytes, ItemRefusedError]] = []
    image_digests: tuple[ContainerDigest, ...] = ()
    incomplete = ""
    try:
        states = _image_hash(segments, Image(segments.through(hashed.files)), algorithms, refused)
    except (EvidenceError, ItemRefusedError) as error:
        incomplete = error.reason if isinstance(error, ItemRefusedError) else str(error)
    else:
        image_digests = tuple(
            ContainerDigest("the image as FTK counts it", one) for one in states.digests()
        )
    return ContainerDigests((*hashed.digests(), *image_digests), tuple(refused), incomplete)


def _image_hash(
    segments: Segments,
    image: Image,
    algorithms: Sequence[str],
    refused: list[tuple[bytes, ItemRefusedError]],
) -> States:
    states, contents = States(algorithms), States(algorithms)
    for part in _parts(image.space, 0, image.first or image.tables):
        states.update(part)
    for part in _parts(segments, image.tables, segments.size):  # not through what is hashed: later
        states.update(part)
    broken: ItemRefusedError | None = None
    for item, path in image.walk():
        try:
            _check_content(image, item, contents)
        except ItemRefusedError as error:
            refused.append((path, error))
            if error.status is not Status.HASH_MISMATCH:
                broken = broken or error
        states.update(item.raw)
        for record in image.records(item):
            states.update(record.raw)
    if broken:
        raise broken
    states.append(contents)
    return states


def _check_content(image: Image, item: Item, contents: States) -> None:
    """Hash a content, and check it against what is stored of it.

    Raises:
        ItemRefusedError: It is damaged, or another.
    """
    own = States(_STORED)
    for chunk in image.chunks(item):
        contents.update(chunk)
        own.update(chunk)
    stored = digests_in(image.records(item))
    check_stored(stored, {digest.algorithm: digest for digest in own.digests()})


def _parts(space: Segments, start: int, stop: int) -> Iterator[bytes]:
    for address in range(start, stop, CHUNK):
        yield space.read(address, min(CHUNK, stop - address))
