"""Score the evidence segment by segment; each is committed to the disk before the log names it."""

from collections.abc import Iterator

from forensic_cli import events as happened
from forensic_cli.classification.attempt import Attempt
from forensic_cli.classification.run_log import RunLog
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.outputs.tables import segment_table
from forensic_cli.pipelines.pipeline import Pipeline
from forensic_cli.records import EvidenceItem, ItemFailure, Status


def commit_segments(attempt: Attempt, pipeline: Pipeline, log: RunLog, clock: StageClock) -> None:
    """Score every segment that is not committed yet, in order, and commit it.

    Raises:
        OutputError: A segment cannot be written.
    """
    total = len(attempt.listing)
    resumed = len(log.committed) * attempt.settings.segment_size

    def progress(done: int) -> None:
        log.tell(happened.Progressed("classifying", resumed + done, total, resumed))

    def lost(item: EvidenceItem, status: Status, reason: str) -> None:
        log.tell(happened.DecoderLost(attempt.shown(item), status, reason))

    for outcomes in pipeline.outcomes(_segments(attempt, resumed), progress, lost):
        index = len(log.committed)
        with clock.work("write"):
            table = segment_table(attempt.source.name, outcomes)
            sha256 = attempt.folder.commit(index, table)
        failures = [outcome for outcome in outcomes if isinstance(outcome, ItemFailure)]
        for failure in failures:
            log.tell(_failed(attempt, failure))
        scored = len(outcomes) - len(failures)
        log.tell(happened.SegmentCommitted(index, len(outcomes), scored, sha256))


def _segments(attempt: Attempt, first: int) -> Iterator[list[EvidenceItem]]:
    """The entries from ``first`` on, each segment in the source's reading order."""
    total, size = len(attempt.listing), attempt.settings.segment_size
    for start in range(first, total, size):
        indices = range(start, min(start + size, total))
        yield [attempt.listing[index] for index in attempt.source.in_reading_order(indices)]


def _failed(attempt: Attempt, failure: ItemFailure) -> happened.ItemFailed:
    md5, sha256 = (failure.digests.get(algorithm) for algorithm in ("md5", "sha256"))
    return happened.ItemFailed(
        path=attempt.shown(failure.item),
        status=failure.status,
        reason=failure.reason,
        size=failure.item.size,
        md5=md5.hexdigest if md5 else "",
        sha256=sha256.hexdigest if sha256 else "",
    )
