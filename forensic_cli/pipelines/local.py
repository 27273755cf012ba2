"""One machine: threads read, hash, decode and resize; the device scores fixed batches.

The outcome of an item depends on its bytes and the model alone, never on its neighbours, so that
workers, batch size and segments change nothing but speed.
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
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.preprocess import Pixels, prepare
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.scores import score
from forensic_cli.model_card import ModelCard
from forensic_cli.ordered_map import ordered_map
from forensic_cli.records import (
    EvidenceItem,
    ImageFacts,
    ItemFailure,
    Outcome,
    Prediction,
    Score,
)

DIFFERS_FLAG = "evidence_differs"
"""Flag of a picture that is scored although it is not what the reference says."""


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
    """Largest file that is read (bytes) and largest picture that is decoded (pixels)."""

    max_bytes: int
    max_pixels: int


class LocalPipeline:
    """Scores segments of the evidence on this machine."""

    def __init__(  # noqa: PLR0913 - the parts of the job
        self,
        source: EvidenceSource,
        runner: BatchRunner,
        card: ModelCard,
        limits: ItemLimits,
        verified: Verified,
        workers: int,
    ) -> None:
        """Tie the parts together.

        Args:
            source: Where items are read from.
            runner: Scores pictures.
            card: What the pictures must look like, and what the logits mean.
            limits: Of an item.
            verified: What the items' content is held to.
            workers: Threads that read, hash, decode and resize.
        """
        self._source = source
        self._runner = runner
        self._card = card
        self._limits = limits
        self._verified = verified
        self._window = 2 * workers + 2
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="decode")
        configure(limits.max_pixels)

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let what is being decoded end; start no more."""
        self._threads.shutdown(cancel_futures=True)

    def outcomes(
        self, items: Iterable[EvidenceItem], progress: Callable[[int], None]
    ) -> list[Outcome]:
        """Exactly one outcome per item, in the listing's order.

        Args:
            items: A segment, in the source's reading order: its outcomes are held in memory.
            progress: Told how many items of the segment are through.
        """
        pending: list[_Scorable | ItemFailure] = []
        logits = self._runner.logits(self._pictures(items, pending, progress))
        scores = [score(row, self._card) for row in logits]
        remaining = iter(scores)
        outcomes = [
            entry if isinstance(entry, ItemFailure) else entry.scored(next(remaining))
            for entry in pending
        ]
        return sorted(outcomes, key=lambda outcome: outcome.item.index)

    def _pictures(
        self,
        items: Iterable[EvidenceItem],
        pending: list["_Scorable | ItemFailure"],
        progress: Callable[[int], None],
    ) -> Iterator[Pixels]:
        """The pixels of what can be scored; every item also goes to ``pending``, without them."""
        entries = contents(self._source, items, self._limits.max_bytes)
        prepared = ordered_map(self._threads, self._prepare, entries, self._window)
        for done, entry in enumerate(prepared, start=1):
            if isinstance(entry, ItemFailure):
                pending.append(entry)
            else:
                scorable, pixels = entry
                pending.append(scorable)
                yield pixels
            progress(done)

    def _prepare(
        self, entry: tuple[EvidenceItem, Content]
    ) -> "tuple[_Scorable, Pixels] | ItemFailure":
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
            pixels, facts = prepare(decode(data), item.path, self._card.preprocessing)
            if self._verified.differs(item.path):
                facts = replace(facts, flags=tuple(sorted({*facts.flags, DIFFERS_FLAG})))
        except ItemRefusedError as refused:
            return ItemFailure(item, refused.status, refused.reason, digests)
        return _Scorable(item, digests, facts), pixels


@dataclass(frozen=True, slots=True)
class _Scorable:
    """All of a prediction but its score."""

    item: EvidenceItem
    digests: Mapping[str, Digest]
    facts: ImageFacts

    def scored(self, score: Score) -> Prediction:
        return Prediction(self.item, self.digests, self.facts, score)
