"""The main job, top to bottom: evidence in, reproducible rows and an audit log out."""

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from forensic_cli.classification.attempt import Attempt
from forensic_cli.classification.evidence_check import verify_evidence
from forensic_cli.classification.evidence_opening import open_named
from forensic_cli.classification.identity import identity_of
from forensic_cli.classification.namesakes import refuse_namesakes
from forensic_cli.classification.results import publish_again, publish_results
from forensic_cli.classification.resumption import check_same_identity, earlier_attempt
from forensic_cli.classification.run_log import RunLog, logged
from forensic_cli.classification.segments import commit_segments
from forensic_cli.classification.summary import RunSummary
from forensic_cli.errors import EvidenceError
from forensic_cli.events import (
    DecodersConfined,
    KnownFilesRead,
    ModelLoaded,
    Observer,
    Progressed,
)
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.options import ReadingOptions
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.inference.model_file import check_present, read_model
from forensic_cli.integrity.parts import manifest_paths
from forensic_cli.known_files.known import KnownFiles
from forensic_cli.outputs.csv import BASENAME
from forensic_cli.outputs.output_names import OutputNames
from forensic_cli.outputs.place import check_place
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.pipelines.opening import local_pipeline
from forensic_cli.pipelines.pipeline import LoadedModel
from forensic_cli.settings import ClassifySettings


def classify(
    settings: ClassifySettings, argv: tuple[str, ...], observe: Observer, clock: StageClock
) -> RunSummary:
    """Examine a set of pictures.

    Args:
        settings: What to do.
        argv: The command line, for the log.
        observe: Told everything that happens.
        clock: Told where the time goes.

    Returns:
        The run's closing figures; ``exit_code`` is how the process should end.

    Raises:
        DfcError: The run cannot start or go on; where it had started, its log says so too.
    """
    model_path = check_present(settings.model)
    names = OutputNames.of(settings.out)
    folder = RunFolder(names)
    with closing(
        open_named(settings.evidence, ReadingOptions(settings.names, settings.descend))
    ) as source:
        inputs = (
            model_path,
            *(file.path for file in source.files),
            *manifest_paths(source, settings.hashes),
            *settings.known,
        )
        check_place(settings.out, names.reserved, settings.evidence, inputs)
        with folder.locked():
            earlier = earlier_attempt(
                folder, resume=settings.resume, force=settings.force, head=settings.head
            )
            listing = _listed(source, settings, observe, clock)
            if settings.name_form == BASENAME:
                refuse_namesakes(listing)
            attempt = Attempt(settings, source, listing, folder, earlier)
            if earlier is not None and earlier.state.finished is not None:
                return publish_again(attempt, read_model(model_path))
            with logged(attempt, argv, observe) as log:
                return _examine(attempt, model_path, log, clock)


def _listed(
    source: EvidenceSource, settings: ClassifySettings, observe: Observer, clock: StageClock
) -> Listing:
    with clock.work("list"):
        listing = source.listing(lambda count: observe(Progressed("listing", count, 0)))
    if not len(listing):
        named = ", ".join(repr(visible(os.fsencode(path))) for path in settings.evidence)
        msg = f"evidence {named} is empty; is it the right one?"
        raise EvidenceError(msg)
    return listing


def _examine(attempt: Attempt, model_path: Path, log: RunLog, clock: StageClock) -> RunSummary:
    """Evidence, model, segments, outputs: each step takes what the one before found."""
    settings, source, listing = attempt.settings, attempt.source, attempt.listing
    known = _known(settings, log)
    with clock.waiting("verify"):
        evidence = verify_evidence(settings, source, listing, log.tell)
    model = read_model(model_path)
    with local_pipeline(
        settings, source, len(listing), model, evidence.verified, known, clock
    ) as pipeline:
        identity = identity_of(settings, pipeline.model, evidence, known)
        if attempt.state is not None:
            check_same_identity(attempt.state, identity)
            attempt.folder.keep_only(attempt.state.committed)
        log.tell(_loaded(pipeline.model, identity))
        log.tell(DecodersConfined(pipeline.confinement))
        commit_segments(attempt, pipeline, known, log, clock)
    return publish_results(attempt, pipeline.model, evidence, log, clock)


def _known(settings: ClassifySettings, log: RunLog) -> KnownFiles:
    """The lists of known files, read before anything that takes long."""
    if not settings.known:
        return KnownFiles()
    # SQLite and JSON by stream: rarely needed, and they take a twentieth of a second.
    from forensic_cli.known_files.reading import read_known  # noqa: PLC0415

    known = read_known(
        settings.known,
        lambda done, total: log.tell(Progressed("known files", done, total, unit="bytes")),
        skip=settings.skip_known,
    )
    lists = tuple(one.as_record() for one in known.lists)
    log.tell(KnownFilesRead(lists, settings.skip_known, known.caution))
    return known


def _loaded(model: LoadedModel, identity: Mapping[str, object]) -> ModelLoaded:
    return ModelLoaded(
        name=model.card.name,
        path=visible(os.fsencode(model.path.absolute())),
        size=model.size,
        sha256=model.sha256,
        card=model.card.document,
        notice=model.card.notice,
        device=model.device_record,
        self_test=model.self_tested,
        identity=identity,
        fingerprint=str(identity["environment"]),
    )
