"""Score the evidence segment by segment; each is committed to the disk before the log names it."""

from collections.abc import Iterator

from forensic_cli import events as happened
from forensic_cli.classification.attempt import Attempt
from forensic_cli.classification.pace import Pace
from forensic_cli.classification.run_log import RunLog
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.known_files.known import KnownFiles
from forensic_cli.outputs.tables import segment_table
from forensic_cli.pipelines.pipeline import Pipeline
from forensic_cli.records import EvidenceItem, ItemFailure, ItemOutcome, Status


def commit_segments(
    attempt: Attempt, pipeline: Pipeline, known: KnownFiles, log: RunLog, clock: StageClock
) -> None:
    """Score every segment that is not committed yet, in order, and commit it.

    Where the examiner stops the run, what has its answers by then is committed, too.

    Raises:
        OutputError: A segment cannot be written.
    """
    total = len(attempt.listing)
    resumed = log.rows
    pace = Pace(attempt.settings.segment_size)

    def progress(done: int) -> None:
        pace.went_through(done)
        log.tell(happened.Progressed("classifying", resumed + done, total, resumed))

    def lost(item: EvidenceItem, status: Status, reason: str) -> None:
        log.tell(happened.DecoderLost(attempt.shown(item), status, reason))

    def commit(outcomes: list[ItemOutcome]) -> None:
        index = len(log.committed)
        with clock.work("write"):
            table = segment_table(attempt.source.root, outcomes, known.named)
            sha256 = attempt.folder.commit(index, table)
        failures = [outcome for outcome in outcomes if isinstance(outcome, ItemFailure)]
        for failure in failures:
            log.tell(_failed(attempt, failure))
        scored = len(outcomes) - len(failures)
        log.tell(happened.SegmentCommitted(index, len(outcomes), scored, sha256))

    try:
        for outcomes in pipeline.outcomes(_segments(attempt, resumed, pace), progress, lost):
            commit(outcomes)
    except KeyboardInterrupt:
        if outcomes := pipeline.so_far(log.rows):
            commit(outcomes)
        raise


def _segments(attempt: Attempt, start: int, pace: Pace) -> Iterator[list[EvidenceItem]]:
    """The entries from ``start`` on, each segment in the source's reading order.

    What can only be read forwards is read in large segments: each may begin before the last one's
    end.
    """
    total = len(attempt.listing)
    while start < total:
        size = attempt.settings.segment_size if attempt.source.sequential else pace.size()
        indices = range(start, min(start + size, total))
        start = indices.stop
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
