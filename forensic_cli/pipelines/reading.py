"""Threads read and hash entries, in order; each is checked against what was verified of it."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.contents import Content, contents
from forensic_cli.evidence.shared_content import SharedContent
from forensic_cli.evidence.source import EvidenceSource, changed, check_stored
from forensic_cli.foundation.ordered_map import in_groups, ordered_map
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.hashing import RECORDED, Digest, digest_bytes
from forensic_cli.integrity.verified import Verified
from forensic_cli.known_files.known import KnownFiles
from forensic_cli.pipelines.skimming import LARGE, skim
from forensic_cli.records import EvidenceItem, ItemFailure, Status


@dataclass(frozen=True, slots=True)
class Read:
    """An entry, hashed.

    Attributes:
        item: The entry.
        digests: The digests of its content.
        size: Bytes that are held for it; 0 where another entry has the same.
        content: Gives the bytes; reads them only where they are not held.
        whole: Reads all bytes, where ``content`` gives only what tells the kind of a large file.
    """

    item: EvidenceItem
    digests: Mapping[str, Digest]
    size: int
    content: Content
    whole: Content | None = None


_Entry = tuple[EvidenceItem, Content]


class Reading:
    """Reads entries a little ahead of whoever takes them."""

    def __init__(  # noqa: PLR0913 - what entries are read from and compared with
        self,
        source: EvidenceSource,
        max_bytes: int,
        verified: Verified,
        known: KnownFiles,
        threads: int,
        clock: StageClock,
    ) -> None:
        """Nothing is read yet.

        Args:
            source: Holds the entries.
            max_bytes: Larger ones are refused.
            verified: What their content is checked against.
            known: Which of them are known.
            threads: How many groups of entries are read at a time.
            clock: Told where the time goes.
        """
        self._source = source
        self._shared: SharedContent[Mapping[str, Digest]] = SharedContent(source)
        self._max_bytes = max_bytes
        self._verified = verified
        self._known = known
        self._window = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="read")
        self._clock = clock

    def close(self) -> None:
        """Let what is being read end; read no more."""
        self._threads.shutdown(cancel_futures=True)

    def reads(self, items: Iterable[EvidenceItem]) -> Iterator[Read | ItemFailure]:
        """Every entry, read or refused, in the order given.

        Args:
            items: In the source's reading order.
        """
        entries = contents(self._source, items, self._max_bytes, self._shared.is_known)
        groups = in_groups(entries, lambda entry: entry[0].size)
        done = ordered_map(self._threads, self._read_all, groups, window=self._window)
        return chain.from_iterable(done)

    def _read_all(self, group: list[_Entry]) -> list[Read | ItemFailure]:
        return [self._read(*entry) for entry in group]

    def _read(self, item: EvidenceItem, read: Content) -> Read | ItemFailure:
        digests: Mapping[str, Digest] = {}
        held: list[bytes] = []
        is_whole = True

        def hashed() -> Mapping[str, Digest]:
            nonlocal digests, is_whole
            if not self._may_be_skimmed(item):
                with self._clock.work("read"):
                    held.append(read())
            stored = self._source.stored_digests(item)
            algorithms = {*RECORDED, *self._verified.algorithms, *self._known.algorithms}
            algorithms |= {digest.algorithm for digest in stored}
            if not held:
                with self._clock.work("read"):
                    skimmed = skim(self._source, item, algorithms)
                    held.append(read() if skimmed is None else skimmed.data)
                if skimmed is not None:
                    is_whole, digests = False, skimmed.digests
            if is_whole:
                with self._clock.work("hash"):
                    digests = digest_bytes(held[0], algorithms)
            check_stored(stored, digests)
            return digests

        try:
            digests = self._shared.of(item, hashed)
            expected = self._verified.digests_of(item.path)
            if any(digests[digest.algorithm] != digest for digest in expected):
                msg = "its content is not what was verified"
                raise changed(msg)
        except ItemRefusedError as refused:
            return ItemFailure(item, refused.status, refused.reason, digests)
        if self._known.skip and (lists := self._known.named(digests)):
            reason = f"a known file, in {', '.join(lists)}; not scored, as --skip-known asks"
            return ItemFailure(item, Status.KNOWN_FILE, reason, digests)
        if not held:
            return Read(item, digests, 0, read)
        whole = None if is_whole else partial(_same, read, digests)
        return Read(item, digests, len(held[0]), lambda: held[0], whole)

    def _may_be_skimmed(self, item: EvidenceItem) -> bool:
        """Whether an entry is large; what can be read only once is read whole."""
        return not self._source.sequential and LARGE < item.size <= self._max_bytes


def _same(read: Content, digests: Mapping[str, Digest]) -> bytes:
    """All bytes of a file that was hashed before.

    Raises:
        ItemRefusedError: Not readable, or they are others now.
    """
    data = read()
    if digest_bytes(data, ("sha256",))["sha256"] != digests["sha256"]:
        msg = "its content is another than a moment ago"
        raise changed(msg)
    return data
