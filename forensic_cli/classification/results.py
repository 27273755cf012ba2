"""The end of a run: its outputs written, its log closed with them, everything published."""

from dataclasses import asdict

from forensic_cli import events as happened
from forensic_cli.audit.replay import replay
from forensic_cli.classification.attempt import Attempt
from forensic_cli.classification.evidence_check import EvidenceState
from forensic_cli.classification.resumption import (
    check_same_evidence,
    check_same_record,
    check_same_request,
)
from forensic_cli.classification.run_log import RunLog
from forensic_cli.classification.summary import RunSummary, artifacts_of, exit_code_of, summary_of
from forensic_cli.errors import InternalError, LogError
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.inference.model_file import ModelFile
from forensic_cli.outputs.publishing import publish
from forensic_cli.outputs.results import write_outputs
from forensic_cli.pipelines.pipeline import LoadedModel


def publish_results(
    attempt: Attempt, model: LoadedModel, evidence: EvidenceState, log: RunLog, clock: StageClock
) -> RunSummary:
    """Write the outputs, close the log with them, and give everything its final name.

    Raises:
        OutputError: Something cannot be written.
        LogError: A committed segment, an output or the log itself was altered meanwhile.
        InternalError: An entry has no row, or two.
    """
    spreadsheet = attempt.settings.excel_safe
    with clock.work("write"):
        written = write_outputs(
            attempt.folder,
            log.committed,
            spreadsheet=spreadsheet,
            names=attempt.name_form,
        )
    listed = len(attempt.listing)
    if sum(written.counts.values()) != listed:
        what = f"{listed} entries were listed, {sum(written.counts.values())} have a row"
        raise InternalError(what)
    for artifact in written.artifacts:
        log.tell(happened.OutputPublished(**asdict(artifact)))
    finished = happened.RunFinished(
        listed=listed,
        counts=written.counts,
        labels=written.labels,
        known=written.known,
        verdict=evidence.verdict,
        verification=evidence.in_words,
        device=model.device,
        model=f"{model.card.name} (sha256 {model.sha256})",
        model_notice=model.card.notice,
        outputs=tuple(asdict(artifact) for artifact in written.artifacts),
        exit_code=exit_code_of(evidence.verdict, written.counts),
    )
    log.tell(finished)
    head = log.sync()
    if replay(attempt.folder.log, tolerate_torn_tail=False).head != head:
        msg = (
            f"the log {str(attempt.folder.log)!r} was altered while it was written; this run "
            "cannot be trusted, find out who wrote there, and start again with --force"
        )
        raise LogError(msg)
    publish(attempt.folder, written.artifacts, replace=attempt.replaces)
    name = attempt.folder.names.audit.name
    return summary_of(asdict(finished), head, name, already_finished=False)


def publish_again(attempt: Attempt, model: ModelFile) -> RunSummary:
    """End a run whose log is complete already: publish what a kill left unpublished.

    Raises:
        UsageError: The finished run answers another question than the one asked now.
        OutputError: A file cannot be given its final name.
    """
    earlier = attempt.earlier
    if earlier is None or earlier.state.finished is None:
        what = "no finished run to go on from"
        raise InternalError(what)
    state, finished = earlier.state, earlier.state.finished
    check_same_evidence(state, attempt.evidence_record)
    check_same_record(state, attempt.settings)
    check_same_request(state, attempt.settings, model.sha256)
    if not earlier.published:
        publish(attempt.folder, artifacts_of(finished), replace=attempt.replaces)
    name = attempt.folder.names.audit.name
    return summary_of(finished, state.head, name, already_finished=earlier.published)
