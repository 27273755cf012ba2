"""One machine: threads read and hash, processes decode and resize, the device scores fixed batches.

The outcome of an item depends on its bytes and the model alone, never on its neighbours, so that
workers, batch size and segments change nothing but speed. Equal content is decoded and scored once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.source import (
    Content,
    EvidenceSource,
    changed,
    check_stored,
    contents,
)
from forensic_cli.hashing import RECORDED, Digest, digest_bytes
from forensic_cli.imaging.formats import extension_differs
from forensic_cli.imaging.pixels import Pixels
from forensic_cli.imaging.workers import DecodeWorkers, recipe_for
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.scores import score
from forensic_cli.model_card import ModelCard
from forensic_cli.ordered_map import ordered_map
from forensic_cli.pipelines.decoding import Decoding, Lost, Read, Seen
from forensic_cli.records import (
    EvidenceItem,
    ItemFailure,
    Outcome,
    Prediction,
)

DIFFERS_FLAG = "evidence_differs"
"""Flag of a picture that is scored although it is not what the reference says."""
EXTENSION_FLAG = "extension_mismatch"
"""Flag of a picture whose name says another format than its content."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What the evidence verification leaves for the items to be held to.

    Attributes:
        digests_of: The digests with which a path matched its reference, if it did.
        differs: Whether a path did not match, where the run goes on all the same.
    """

    digests_of: Callable[[bytes], tuple[Digest, ...]]
    differs: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class ItemLimits:
    """What one item may take.

    Attributes:
        max_bytes: Largest file that is read.
        max_pixels: Largest picture that is decoded.
        seconds: Wall-clock time in which it must be decoded.
    """

    max_bytes: int
    max_pixels: int
    seconds: float


class LocalPipeline:
    """Scores segments of the evidence on this machine."""

    def __init__(  # noqa: PLR0913 - the parts of the job
        self,
        source: EvidenceSource,
        runner: BatchRunner,
        card: ModelCard,
        limits: ItemLimits,
        verified: Verified,
        workers: DecodeWorkers,
    ) -> None:
        """Tie the parts together.

        Args:
            source: Where items are read from.
            runner: Scores pictures.
            card: What the pictures must look like, and what the logits mean.
            limits: Of an item.
            verified: What the items' content is held to.
            workers: Decode and resize; as many threads read and hash.
        """
        self._source = source
        self._runner = runner
        self._card = card
        self._limits = limits
        self._verified = verified
        self._window = workers.count
        self._readers = ThreadPoolExecutor(workers.count, thread_name_prefix="read")
        self._decoding = Decoding(
            workers,
            recipe_for(card.preprocessing, limits.max_pixels, limits.max_bytes, limits.seconds),
        )

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let what is being read end; read no more."""
        self._readers.shutdown(cancel_futures=True)

    def outcomes(
        self, items: Iterable[EvidenceItem], progress: Callable[[int], None], lost: Lost
    ) -> list[Outcome]:
        """Exactly one outcome per item, in the listing's order.

        Args:
            items: A segment, in the source's reading order: its outcomes are held in memory.
            progress: Told how many items of the segment are through.
            lost: Told of each decode worker that was lost over an item which is tried again.
        """
        entries: list[_Entry | ItemFailure] = []
        fresh: list[Seen] = []
        logits = list(self._runner.logits(self._pictures(items, entries, fresh, progress, lost)))
        for seen, row in zip(fresh, logits, strict=True):
            seen.score = score(row, self._card)
        self._decoding.forget()
        outcomes = [
            entry if isinstance(entry, ItemFailure) else self._outcome(*entry) for entry in entries
        ]
        return sorted(outcomes, key=lambda outcome: outcome.item.index)

    def _pictures(
        self,
        items: Iterable[EvidenceItem],
        entries: list["_Entry | ItemFailure"],
        fresh: list[Seen],
        progress: Callable[[int], None],
        lost: Lost,
    ) -> Iterator[Pixels]:
        """The pixels of every content that is to be scored; what they belong to goes to ``fresh``.

        Every item also goes to ``entries``, without pixels.
        """
        whole = contents(self._source, items, self._limits.max_bytes)
        reads = ordered_map(self._readers, self._read, whole, window=self._window)
        for done, entry in enumerate(self._decoding.decoded(reads, lost), start=1):
            if isinstance(entry, ItemFailure):
                entries.append(entry)
            else:
                entries.append((entry.item, entry.digests, entry.seen))
                if entry.pixels is not None:
                    fresh.append(entry.seen)
                    yield entry.pixels
            progress(done)

    def _read(self, entry: tuple[EvidenceItem, Content]) -> Read | ItemFailure:
        item, read = entry
        digests: Mapping[str, Digest] = {}
        try:
            data = read()
            stored = self._source.stored_digests(item)
            expected = self._verified.digests_of(item.path)
            algorithms = {*RECORDED, *(digest.algorithm for digest in (*stored, *expected))}
            digests = digest_bytes(data, algorithms)
            check_stored(stored, digests)
            if any(digests[digest.algorithm] != digest for digest in expected):
                msg = "its content is not what was verified"
                raise changed(msg)
        except ItemRefusedError as refused:
            return ItemFailure(item, refused.status, refused.reason, digests)
        return Read(item, digests, data)

    def _outcome(self, item: EvidenceItem, digests: Mapping[str, Digest], seen: Seen) -> Outcome:
        if seen.refused is not None:
            return ItemFailure(item, *seen.refused, digests)
        if seen.facts is None or seen.score is None:
            msg = f"{item.path!r} is neither scored nor refused"
            raise AssertionError(msg)
        flags = {*seen.facts.flags}
        if extension_differs(item.path, seen.facts.format):
            flags.add(EXTENSION_FLAG)
        if self._verified.differs(item.path):
            flags.add(DIFFERS_FLAG)
        facts = replace(seen.facts, flags=tuple(sorted(flags)))
        return Prediction(item, digests, facts, seen.score)


_Entry = tuple[EvidenceItem, Mapping[str, Digest], Seen]
