"""Every entry of the evidence with the digests of its content, in order, read by threads."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.opening import open_quietly
from forensic_cli.evidence.shared_content import SharedContent
from forensic_cli.evidence.source import EvidenceSource, check_stored
from forensic_cli.foundation.ordered_map import in_groups, ordered_map
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest, digest_stream
from forensic_cli.records import EvidenceItem


def hash_file(path: Path, algorithms: tuple[str, ...]) -> dict[str, Digest]:
    """Digests of a single file, a container say, read once.

    Raises:
        EvidenceError: Missing, not a regular file, or it cannot be read.
    """
    shown = repr(visible(os.fsencode(path)))
    if not os.path.isfile(path):  # noqa: PTH113 - it does not raise where a folder is locked
        what = "is not a regular file" if os.path.lexists(path) else "does not exist"
        msg = f"{shown} {what}; check the path"
        raise EvidenceError(msg)
    try:
        with open(open_quietly(path, os.O_RDONLY), "rb") as stream:  # noqa: PTH123 - a descriptor
            return digest_stream(stream, algorithms)
    except OSError as error:
        msg = f"{shown} cannot be read: {error.strerror}"
        raise EvidenceError(msg) from error


Hashed = tuple[EvidenceItem, Mapping[str, Digest] | ItemRefusedError]


def hash_entries(
    source: EvidenceSource,
    listing: Listing,
    algorithms: tuple[str, ...],
    workers: int,
    is_wanted: Callable[[EvidenceItem], bool] = lambda _: True,
) -> Iterator[Hashed]:
    """Read each entry once, in constant memory; check it against what its container holds of it.

    Args:
        source: Holds the entries.
        listing: The listing of ``source``.
        algorithms: Computed together from the one read.
        workers: How many entries are read at a time.
        is_wanted: Which entries are read; the others have no digests.

    Yields:
        The entry, and its digests or why there are none; in the source's reading order.
    """
    shared: SharedContent[Mapping[str, Digest]] = SharedContent(source)

    def read(item: EvidenceItem) -> Mapping[str, Digest]:
        stored = source.stored_digests(item)
        wanted = dict.fromkeys((*algorithms, *(digest.algorithm for digest in stored)))
        with source.reading(item) as stream:
            digests = digest_stream(stream, wanted)
        check_stored(stored, digests)
        return digests

    def digests_of(item: EvidenceItem) -> Hashed:
        if not is_wanted(item):
            return item, {}
        try:
            digests = shared.of(item, partial(read, item))
        except ItemRefusedError as refused:
            return item, refused
        return item, digests

    def digests_of_all(group: list[EvidenceItem]) -> list[Hashed]:
        return [digests_of(item) for item in group]

    items = (listing[index] for index in source.in_reading_order(range(len(listing))))
    if source.sequential:
        yield from map(digests_of, items)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="hash") as threads:
        groups = in_groups(items, lambda item: item.size)
        # Closed before the threads are waited for: what is left in the queue is not hashed then.
        with closing(ordered_map(threads, digests_of_all, groups, window=4 * workers)) as done:
            yield from chain.from_iterable(done)
