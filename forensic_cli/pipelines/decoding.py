"""Files that were read go in, in order; each distinct content is decoded once.

What a content turned into is remembered, so that its other copies cost nothing: for the last
contents, not for all, because three million of them would not fit in memory.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from forensic_cli.decode_workers.messages import DecodeTask
from forensic_cli.decode_workers.pool import DecodeWorkers, Prepared
from forensic_cli.errors import ItemRefusedError
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.hashing import Digest
from forensic_cli.imaging.other_content import other_content
from forensic_cli.imaging.pixels import Pixels
from forensic_cli.pipelines.pipeline import Lost
from forensic_cli.pipelines.reading import Read
from forensic_cli.records import EvidenceItem, ImageFacts, ItemFailure, Score, Status

_WITHOUT_PICTURE = {Status.NOT_AN_IMAGE, Status.UNSUPPORTED_FORMAT}
_MOST_HELD_BYTES = 256 * 1024 * 1024
_MOST_REMEMBERED = 16_384


@dataclass(slots=True)
class Seen:
    """What became of one content, filled in as it goes through the pipeline.

    Attributes:
        facts: What the picture is like, once decoded.
        refused: Why it is not scored instead.
        called_picture: The same under a name that says a picture, where that makes a difference.
        score: The model's answer, once there.
    """

    facts: ImageFacts | None = None
    refused: tuple[Status, str] | None = None
    called_picture: tuple[Status, str] | None = None
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """An entry after decoding.

    Attributes:
        item: The entry.
        digests: The digests of its content.
        seen: What became of that content.
        pixels: To be scored; None where it was refused, or is a copy of an earlier content.
    """

    item: EvidenceItem
    digests: Mapping[str, Digest]
    seen: Seen
    pixels: Pixels | None


@dataclass(frozen=True, slots=True)
class _Begun:
    """A file at the workers, or a copy of one (without ``future``)."""

    read: Read
    seen: Seen
    future: Future[Prepared] | None
    data: bytes = b""


class Decoding:
    """Keeps the decode workers busy a few files ahead of whoever takes the pictures."""

    def __init__(self, workers: DecodeWorkers, task: DecodeTask, clock: StageClock) -> None:
        """Nothing is seen yet.

        Args:
            workers: Decode.
            task: What they do with a file.
            clock: Told how long they were waited for.
        """
        self._workers = workers
        self._task = task
        self._clock = clock
        self._ahead = 2 * workers.count + 2
        self._seen: dict[str, Seen] = {}

    def decoded(
        self, reads: Iterable[Read | ItemFailure], lost: Lost
    ) -> Iterator[Decoded | ItemFailure]:
        """Every entry, in order.

        Args:
            reads: In order; an entry that could not be read passes through.
            lost: Told of each worker that was lost over an entry which is tried again.

        Raises:
            DeviceError: No worker can be started.
        """
        waiting: deque[_Begun | ItemFailure] = deque()
        held = 0
        for read in reads:
            waiting.append(read if isinstance(read, ItemFailure) else self._begin(read))
            held += _size(waiting[-1])
            while waiting and (len(waiting) > self._ahead or held > _MOST_HELD_BYTES):
                held -= _size(waiting[0])
                yield self._finish(waiting, lost)
        while waiting:
            yield self._finish(waiting, lost)

    def _begin(self, read: Read) -> _Begun | ItemFailure:
        sha256 = read.digests["sha256"].hexdigest
        if (seen := self._seen.get(sha256)) is not None:
            return _Begun(read, seen, None)
        try:
            data = read.content()
        except ItemRefusedError as refused:  # a hard link long after its like
            return ItemFailure(read.item, refused.status, refused.reason, read.digests)
        seen = self._seen[sha256] = Seen()
        if len(self._seen) > _MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return _Begun(read, seen, self._workers.begin(data, self._task), data)

    def _finish(self, waiting: deque[_Begun | ItemFailure], lost: Lost) -> Decoded | ItemFailure:
        begun = waiting.popleft()
        if isinstance(begun, ItemFailure):
            return begun
        read, seen, pixels = begun.read, begun.seen, None
        if begun.future is not None:
            others = [one.future for one in waiting if isinstance(one, _Begun) and one.future]
            data = begun.data
            pixels = self._decode(read, seen, data, begun.future, others, lost)
            if read.whole is not None and not _is_without_picture(seen):
                try:
                    data = read.whole()
                    again = self._workers.begin(data, self._task)
                    pixels = self._decode(read, seen, data, again, others, lost)
                except ItemRefusedError as refused:
                    seen.facts, seen.refused, pixels = None, (refused.status, refused.reason), None
            if _is_without_picture(seen):
                _judge(seen, data)
        return Decoded(read.item, read.digests, seen, pixels)

    def _decode(  # noqa: PLR0913 - a file, what becomes of it, and who waits
        self,
        read: Read,
        seen: Seen,
        data: bytes,
        future: Future[Prepared],
        others: Iterable[Future[Prepared]],
        lost: Lost,
    ) -> Pixels | None:
        seen.facts = seen.refused = None
        try:
            with self._clock.waiting("wait for decoding"):
                pixels, seen.facts = self._workers.finish(
                    data,
                    self._task,
                    future,
                    others,
                    lambda loss: lost(read.item, loss.status, loss.reason),
                )
        except ItemRefusedError as refused:
            seen.refused = refused.status, refused.reason
            return None
        return pixels


def _is_without_picture(seen: Seen) -> bool:
    return seen.refused is not None and seen.refused[0] in _WITHOUT_PICTURE


def _judge(seen: Seen, data: bytes) -> None:
    """Say of a file without a picture what it is instead."""
    found = other_content(data, is_called_picture=False)
    is_named = seen.refused is not None and seen.refused[0] is Status.UNSUPPORTED_FORMAT
    if found is not None and (found[0].may_hold_pictures or not is_named):
        seen.refused = found
    if not is_named:
        seen.called_picture = other_content(data, is_called_picture=True)


def _size(entry: _Begun | ItemFailure) -> int:
    return 0 if isinstance(entry, ItemFailure) else entry.read.size
