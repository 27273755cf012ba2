"""Every entry of the evidence with the digests of its content, in order, read by threads."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.hashing import Digest, digest_stream
from forensic_cli.ordered_map import ordered_map
from forensic_cli.records import EvidenceItem

Hashed = tuple[EvidenceItem, Mapping[str, Digest] | ItemRefusedError]


def hashed(
    source: EvidenceSource, listing: Listing, algorithms: tuple[str, ...], workers: int
) -> Iterator[Hashed]:
    """Read each entry once, in constant memory.

    Args:
        source: Holds the entries.
        listing: Of ``source``.
        algorithms: Computed together from the one read.
        workers: How many entries are read at a time.

    Yields:
        The entry, and its digests or why there are none.
    """

    def digests_of(item: EvidenceItem) -> Hashed:
        try:
            with source.reading(item) as stream:
                digests = digest_stream(stream, algorithms)
        except ItemRefusedError as refused:
            return item, refused
        return item, digests

    with ThreadPoolExecutor(workers, thread_name_prefix="hash") as threads:
        yield from ordered_map(threads, digests_of, listing, window=4 * workers)
