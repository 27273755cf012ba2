"""One machine: threads read and hash, processes decode and resize, the device scores fixed batches.

The outcome of an item depends on its bytes and the model alone, never on its neighbours, so that
workers, batch size and segments change nothing but speed. Equal content is decoded and scored once.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count, islice, takewhile

from forensic_cli.decode_workers.pool import DecodeWorkers, decode_task
from forensic_cli.errors import InternalError, ModelError
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.flags import Flag
from forensic_cli.foundation.path_text import visible
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.hashing import Digest
from forensic_cli.imaging.formats import extension_differs
from forensic_cli.imaging.other_content import is_called_picture
from forensic_cli.inference.batching import BatchRunner, Rows
from forensic_cli.inference.scores import score
from forensic_cli.integrity.verified import Verified
from forensic_cli.known_files.known import KnownFiles
from forensic_cli.pipelines.decoding import Decoding, Seen
from forensic_cli.pipelines.limits import ItemLimits
from forensic_cli.pipelines.pipeline import LoadedModel, Lost
from forensic_cli.pipelines.reading import Reading
from forensic_cli.records import EvidenceItem, ItemFailure, ItemOutcome, Prediction, Status

_MOST_WAITING = 8
"""How many finished segments may wait for their last, partly filled batch. One more, and that
batch is padded and run."""

_MAY_BE_OPENED = {Status.CONTAINER_INSIDE, Status.DOCUMENT, Status.TOO_LARGE}
_UNNAMED = "a picture that no reference from outside the evidence names; it is not scored"


@dataclass(slots=True)
class _Segment:
    """A segment on its way.

    Attributes:
        entries: Entries after decoding, without pixels.
        pictures: Pictures given to the device by the end of this segment, since the run began.
    """

    entries: list["_Entry | ItemFailure"] = field(default_factory=list)
    pictures: int = 0


class LocalPipeline:
    """Scores segments of the evidence on this machine."""

    def __init__(  # noqa: PLR0913 - the parts of the job
        self,
        source: EvidenceSource,
        runner: BatchRunner,
        model: LoadedModel,
        limits: ItemLimits,
        verified: Verified,
        known: KnownFiles,
        workers: DecodeWorkers,
        clock: StageClock,
    ) -> None:
        """Tie the parts together; a decoder is ready then.

        Args:
            source: Where items are read from.
            runner: Scores pictures.
            model: What the runner runs.
            limits: The limits of an item.
            verified: What the items' content is checked against.
            known: Which of them are known.
            workers: Decode and resize; as many threads read and hash.
            clock: Told where the time goes.

        Raises:
            DeviceError: No decode worker can be started, or none is confined where it must be.
        """
        self.model = model
        self._runner = runner
        self._verified = verified
        self._reading = Reading(source, limits.max_bytes, verified, known, workers.count, clock)
        task = decode_task(
            model.card.preprocessing,
            limits.max_pixels,
            limits.max_bytes,
            limits.seconds,
            allow_damaged=limits.allow_damaged,
            must_be_confined=limits.must_be_confined,
        )
        self.confinement: Mapping[str, str] = dict(workers.confinement(task).items())
        self._decoding = Decoding(workers, task, clock)
        self._source = source
        self._unscored: deque[tuple[EvidenceItem, Seen]] = deque()
        self._scored = 0
        self._waiting: deque[_Segment] = deque()
        self._current = _Segment()

    def close(self) -> None:
        """Let what is being read end; read no more."""
        self._reading.close()

    def outcomes(
        self,
        segments: Iterable[Sequence[EvidenceItem]],
        progress: Callable[[int], None],
        lost: Lost,
    ) -> Iterator[list[ItemOutcome]]:
        """Exactly one outcome per item, segment by segment, each in the listing's order.

        Nothing stops between segments: while one is finished, the next are read and decoded. See
        ``Pipeline``.
        """
        sizes: deque[int] = deque()
        reads = self._reading.reads(_one_by_one(segments, sizes))
        waiting = self._waiting
        for done, entry in enumerate(self._decoding.decoded(reads, lost), start=1):
            if isinstance(entry, ItemFailure):
                self._current.entries.append(entry)
            else:
                self._current.entries.append((entry.item, entry.digests, entry.seen))
                if entry.pixels is not None:
                    self._unscored.append((entry.item, entry.seen))
                    self._score(partial(self._runner.put, entry.pixels))
            if len(self._current.entries) == sizes[0]:
                sizes.popleft()
                self._current.pictures = self._scored + len(self._unscored)
                waiting.append(self._current)
                self._current = _Segment()
                if len(waiting) > _MOST_WAITING:
                    self._score(self._runner.drain)
            progress(done)
            if waiting:
                self._score(self._runner.ready)
            while waiting and waiting[0].pictures <= self._scored:
                yield self._outcomes(waiting.popleft())
        self._score(self._runner.drain)
        while waiting:
            yield self._outcomes(waiting.popleft())

    def so_far(self, first: int) -> list[ItemOutcome]:
        """See ``Pipeline``: what has its answer, up to the first that has none."""
        entries = [entry for one in (*self._waiting, self._current) for entry in one.entries]
        found: dict[int, _Entry | ItemFailure] = {}
        for entry in entries:
            if isinstance(entry, ItemFailure):
                found[entry.item.index] = entry
            elif entry[2].refused is not None or entry[2].score is not None:
                found[entry[0].index] = entry
        places = takewhile(found.__contains__, count(first))
        return self._outcomes(_Segment([found[place] for place in places]))

    def _score(self, asked: Callable[[], Rows]) -> None:
        """Give the next pictures their answers.

        Raises:
            ModelError: There are none; the pictures it is about are named.
        """
        try:
            for row in asked():
                self._unscored[0][1].score = score(row, self.model.card)
                self._unscored.popleft()
                self._scored += 1
        except ModelError as error:
            batch = islice(self._unscored, self.model.batch_size)
            names = (visible(self._source.root + item.path) for item, _ in batch)
            msg = f"{error} (it was at {', '.join(map(repr, names))})"
            raise ModelError(msg) from error

    def _outcomes(self, segment: _Segment) -> list[ItemOutcome]:
        outcomes = [
            self._opened(entry if isinstance(entry, ItemFailure) else self._outcome(*entry))
            for entry in segment.entries
        ]
        return sorted(outcomes, key=lambda outcome: outcome.item.index)

    def _opened(self, outcome: ItemOutcome) -> ItemOutcome:
        """Of a container that was opened inside the evidence, say so: it is no gap."""
        if isinstance(outcome, Prediction) or outcome.status not in _MAY_BE_OPENED:
            return outcome
        inside = self._source.inside(outcome.item)
        if inside is None:
            return outcome
        if inside.entries is None:
            return replace(outcome, reason=f"{outcome.reason}; it was not opened: {inside.why}")
        what = outcome.reason.partition(":")[0]
        reason = f"{what}; opened: its {inside.entries} entries have rows of their own"
        return replace(outcome, status=Status.NOT_AN_IMAGE, reason=reason)

    def _outcome(
        self, item: EvidenceItem, digests: Mapping[str, Digest], seen: Seen
    ) -> ItemOutcome:
        if seen.refused is not None:
            called = seen.called_picture if is_called_picture(item.path) else None
            return ItemFailure(item, *(called or seen.refused), digests)
        if seen.facts is None or seen.score is None:
            what = f"{item.path!r} is neither scored nor refused"
            raise InternalError(what)
        if item.path in self._verified.unnamed:
            return ItemFailure(item, Status.HASH_MISMATCH, _UNNAMED, digests)
        flags = {*seen.facts.flags}
        if extension_differs(item.path, seen.facts.format):
            flags.add(Flag.EXTENSION_MISMATCH)
        flags |= self._source.remarks(item)
        if self._verified.differs(item.path):
            flags.add(Flag.EVIDENCE_DIFFERS)
        facts = replace(seen.facts, flags=tuple(sorted(flags)))
        return Prediction(item, digests, facts, seen.score)


def _one_by_one(
    segments: Iterable[Sequence[EvidenceItem]], sizes: deque[int]
) -> Iterator[EvidenceItem]:
    """All items; the size of a segment goes to ``sizes`` before its first item."""
    for segment in segments:
        sizes.append(len(segment))
        yield from segment


_Entry = tuple[EvidenceItem, Mapping[str, Digest], Seen]
