"""One run of the main job, step by step: its log, its sealed segments, its outputs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial

from forensic_cli import __version__
from forensic_cli import events as happened
from forensic_cli.audit.log import AuditLog
from forensic_cli.classification.evidence_check import EvidenceState, verify_evidence
from forensic_cli.classification.identity import environment_record, identity_of
from forensic_cli.classification.resumption import (
    Earlier,
    check_same_evidence,
    check_same_identity,
    check_same_record,
    check_same_request,
)
from forensic_cli.classification.summary import artifacts_of, exit_code_of, summary_of
from forensic_cli.decode_workers.process import WorkerLostError
from forensic_cli.errors import DfcError, ExitCode, InternalError, InterruptedRunError
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.inference.model_file import ModelFile
from forensic_cli.inference.session import Session
from forensic_cli.outputs.publishing import publish
from forensic_cli.outputs.results import write_outputs
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.outputs.tables import segment_table
from forensic_cli.pipelines.local import LocalPipeline
from forensic_cli.records import EvidenceItem, ItemFailure, RunSummary
from forensic_cli.settings import ClassifySettings


class Run:
    """A run in progress."""

    def __init__(  # noqa: PLR0913 - the parts of the job
        self,
        settings: ClassifySettings,
        source: EvidenceSource,
        listing: Listing,
        folder: RunFolder,
        earlier: Earlier | None,
        observe: happened.Observer,
        clock: StageClock,
    ) -> None:
        """Tie the parts together; nothing is written yet."""
        self._settings = settings
        self._source = source
        self._listing = listing
        self._folder = folder
        self._earlier = earlier
        self._state = earlier.state if earlier else None
        self._sealed = len(earlier.state.sealed) if earlier else 0
        self._observe = observe
        self._clock = clock
        self._committed = False
        self._log: AuditLog

    @contextmanager
    def logged(self, argv: tuple[str, ...]) -> Iterator[None]:
        """Open the log for the steps inside; an error is its last line, and passes on."""
        if self._state is None:
            self._folder.start()
        else:
            check_same_evidence(self._state, self._evidence_record())
            check_same_record(self._state, self._settings)
        with AuditLog(self._folder.log) as self._log:
            try:
                self._begin(argv)
                yield
            except KeyboardInterrupt as interrupt:
                cause = str(interrupt) or "Ctrl-C"
                self._abort(f"interrupted by {cause}", ExitCode.INTERRUPTED, resumable=True)
                done = self._sealed * self._settings.segment_size
                msg = (
                    f"interrupted; {min(done, len(self._listing)):,} of {len(self._listing):,} "
                    "entries are sealed, the same command with --resume goes on from there"
                )
                raise InterruptedRunError(msg) from interrupt
            except DfcError as error:
                self._abort(str(error), error.exit_code, resumable=self._sealed > 0)
                raise
            except Exception as bug:
                reason = f"internal error: {type(bug).__name__}: {bug}"
                self._abort(reason, ExitCode.INTERNAL, resumable=self._sealed > 0)
                raise

    def verify_evidence(self) -> EvidenceState:
        """Hold the evidence to its reference, before a model is loaded (see ``gate``)."""
        return verify_evidence(self._settings, self._source, self._listing, self._tell)

    def admit_model(self, session: Session, self_tested: str, evidence: EvidenceState) -> None:
        """Log the model and its device; on resume, refuse a model or device that is another.

        Raises:
            UsageError: The sealed segments were made otherwise.
            LogError: A sealed segment is gone or altered.
        """
        identity = identity_of(self._settings, session, evidence)
        if self._state is not None:
            check_same_identity(self._state, identity)
            self._folder.keep_only(self._state.sealed)
        self._tell(
            happened.ModelLoaded(
                name=session.card.name,
                path=visible(os.fsencode(session.model.path.absolute())),
                size=len(session.model.data),
                sha256=session.model.sha256,
                card=session.card.document,
                notice=session.card.notice,
                device=session.device_record(),
                self_test=self_tested,
                identity=identity,
                fingerprint=str(identity["environment"]),
            )
        )

    def seal_segments(self, pipeline: LocalPipeline) -> None:
        """Score every segment that is not sealed yet, in order, and seal it.

        Raises:
            OutputError: A segment cannot be written.
        """
        resumed = self._sealed * self._settings.segment_size
        progress = partial(self._classified, len(self._listing), resumed)
        segments = self._segments(resumed)
        for outcomes in pipeline.outcomes(segments, progress, self._decoder_lost):
            with self._clock.work("write"):
                table = segment_table(self._source.name, outcomes)
                sha256 = self._folder.seal(self._sealed, table)
            failures = [outcome for outcome in outcomes if isinstance(outcome, ItemFailure)]
            for failure in failures:
                self._tell(self._failed(failure))
            scored = len(outcomes) - len(failures)
            self._tell(happened.SegmentSealed(self._sealed, len(outcomes), scored, sha256))
            self._sealed += 1

    def _decoder_lost(self, item: EvidenceItem, loss: WorkerLostError) -> None:
        path = visible(self._source.name + b"/" + item.path)
        self._tell(happened.DecoderLost(path, loss.status, loss.reason))

    def _segments(self, first: int) -> Iterator[list[EvidenceItem]]:
        total, size = len(self._listing), self._settings.segment_size
        for start in range(first, total, size):
            indices = range(start, min(start + size, total))
            yield [self._listing[index] for index in self._source.in_reading_order(indices)]

    def _classified(self, total: int, resumed: int, done: int) -> None:
        self._tell(happened.Progressed("classifying", resumed + done, total, resumed))

    def publish(self, session: Session, evidence: EvidenceState) -> RunSummary:
        """Write the outputs, close the log with them, and give everything its final name.

        Raises:
            OutputError: Something cannot be written.
        """
        spreadsheet = self._settings.excel_safe
        with self._clock.work("write"):
            written = write_outputs(self._folder, self._sealed, spreadsheet=spreadsheet)
        listed = len(self._listing)
        if sum(written.counts.values()) != listed:
            what = f"{listed} entries were listed, {sum(written.counts.values())} have a row"
            raise InternalError(what)
        for artifact in written.artifacts:
            self._tell(happened.OutputPublished(**asdict(artifact)))
        finished = happened.RunFinished(
            listed=listed,
            counts=written.counts,
            labels=written.labels,
            verdict=evidence.verdict,
            verification=evidence.in_words,
            device=session.device,
            model=f"{session.card.name} (sha256 {session.model.sha256})",
            model_notice=session.card.notice,
            outputs=tuple(asdict(artifact) for artifact in written.artifacts),
            exit_code=exit_code_of(evidence.verdict, written.counts),
        )
        self._committed = True  # nothing may follow this line in the log
        self._tell(finished)
        self._log.sync()
        replace = self._settings.force or (self._state is not None and self._state.forced)
        publish(self._folder, written.artifacts, replace=replace)
        return summary_of(
            asdict(finished), self._log.head, self._folder.names.audit.name, already_finished=False
        )

    def finish(self, model: ModelFile) -> RunSummary:
        """End a run whose log is complete already: publish what a kill left unpublished.

        Raises:
            UsageError: The finished run answers another question than the one asked now.
            OutputError: A file cannot be given its final name.
        """
        if self._earlier is None or self._earlier.state.finished is None:
            what = "no finished run to go on from"
            raise InternalError(what)
        state = self._earlier.state
        check_same_evidence(state, self._evidence_record())
        check_same_record(state, self._settings)
        check_same_request(state, self._settings, model.sha256)
        finished = self._earlier.state.finished
        published = self._earlier.published
        if not published:
            replace = self._settings.force or state.forced
            publish(self._folder, artifacts_of(finished), replace=replace)
        name = self._folder.names.audit.name
        return summary_of(finished, state.head, name, already_finished=published)

    def _begin(self, argv: tuple[str, ...]) -> None:
        shown = tuple(visible(os.fsencode(argument)) for argument in argv)
        environment = environment_record()
        settings = self._settings.as_record()
        if self._state is not None:
            state = self._state
            self._log.start_at(state.entries, state.head, state.end)
            self._tell(
                happened.RunResumed(shown, settings, environment, self._sealed, state.torn_bytes)
            )
            return
        self._tell(
            happened.RunStarted(
                schema=happened.LOG_SCHEMA,
                tool="dfc-classify",
                version=__version__,
                argv=shown,
                settings=settings,
                environment=environment,
                evidence=self._evidence_record(),
                notice=happened.NOTICE,
            )
        )

    def _evidence_record(self) -> dict[str, object]:
        return {
            "name": visible(self._source.name),
            "kind": self._source.kind,
            "entries": len(self._listing),
            "bytes": self._listing.total_bytes,
            "listing_sha256": self._listing.sha256,
        }

    def _tell(self, event: happened.Event) -> None:
        self._log(event)
        self._observe(event)

    def _abort(self, reason: str, exit_code: ExitCode, *, resumable: bool) -> None:
        """Log why the run stops; with nothing to go on from, move the log out of the way."""
        if self._committed:
            return
        kept = None if resumable else self._folder.names.aside()
        with suppress(DfcError):  # on a full disk the reason itself has no room
            self._tell(happened.RunAborted(reason, exit_code, kept.name if kept else ""))
            self._log.sync()
        if kept is not None:
            self._folder.set_aside(kept)

    def _failed(self, failure: ItemFailure) -> happened.ItemFailed:
        md5, sha256 = (failure.digests.get(algorithm) for algorithm in ("md5", "sha256"))
        return happened.ItemFailed(
            path=visible(self._source.name + b"/" + failure.item.path),
            status=failure.status,
            reason=failure.reason,
            size=failure.item.size,
            md5=md5.hexdigest if md5 else "",
            sha256=sha256.hexdigest if sha256 else "",
        )
