"""The content of entries, read whole, once."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.source import EvidenceSource, changed
from forensic_cli.hashing import Readable
from forensic_cli.records import EvidenceItem, Status

# Linux reads at most 2 GiB less a page at once; network file systems may give less than asked.
_LARGEST_READ = 1 << 30


def read_all(source: EvidenceSource, item: EvidenceItem, max_bytes: int) -> bytes:
    """All bytes of an entry, read once.

    Raises:
        ItemRefusedError: Not readable, changed, or larger than ``max_bytes``.
    """
    if item.size > max_bytes:
        reason = f"{item.size} bytes are more than --max-bytes {max_bytes}"
        raise ItemRefusedError(Status.TOO_LARGE, reason)
    with source.reading(item) as stream:
        data = _read(stream, item.size)
        if len(data) != item.size:
            got = "more" if len(data) > item.size else str(len(data))
            detail = f"{item.size} bytes were listed, {got} were read"
            raise changed(detail)
    return data


def _read(stream: Readable, size: int) -> bytes:
    """All of a stream, but no more than one byte over ``size``: that is enough to see it grew."""
    parts = []
    rest = size + 1
    while rest and (part := stream.read(min(rest, _LARGEST_READ))):
        parts.append(part)
        rest -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


Content = Callable[[], bytes]
"""Gives all bytes of an entry, or raises why there are none."""


def contents(
    source: EvidenceSource,
    items: Iterable[EvidenceItem],
    max_bytes: int,
    is_known: Callable[[EvidenceItem], bool] = lambda _: False,
) -> Iterator[tuple[EvidenceItem, Content]]:
    """Entries with the means to read them, which may be used on any thread.

    A source that can only be read forwards is read here, one entry after another; any other is
    read where the content is asked for.

    Args:
        source: Holds the entries.
        items: In the source's reading order.
        max_bytes: Larger ones are refused.
        is_known: Whether an entry's content is hardly asked for: it is not read here, then.
    """
    for item in items:
        read = partial(read_all, source, item, max_bytes)
        yield item, _now(read) if source.sequential and not is_known(item) else read


def _now(read: Content) -> Content:
    try:
        data = read()
    except ItemRefusedError as refused:
        return partial(_refuse, refused)
    return lambda: data


def _refuse(refused: ItemRefusedError) -> bytes:
    raise refused
