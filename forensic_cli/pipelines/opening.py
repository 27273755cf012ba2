"""Open the pipeline of this machine: its workers, the model on its device, the self-test."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from forensic_cli.decode_workers.pool import DecodeWorkers
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.model_file import ModelFile
from forensic_cli.inference.session import Session
from forensic_cli.integrity.verified import Verified
from forensic_cli.known_files.known import KnownFiles
from forensic_cli.model_check.self_test import self_test
from forensic_cli.pipelines.limits import ItemLimits
from forensic_cli.pipelines.local import LocalPipeline
from forensic_cli.pipelines.pipeline import LoadedModel, Pipeline
from forensic_cli.settings import ClassifySettings


@contextmanager
def local_pipeline(  # noqa: PLR0913 - the parts of the job
    settings: ClassifySettings,
    source: EvidenceSource,
    entries: int,
    model: ModelFile,
    verified: Verified,
    known: KnownFiles,
    clock: StageClock,
) -> Iterator[Pipeline]:
    """A pipeline whose model has passed its self-test.

    Args:
        settings: Device, batch size, workers, limits.
        source: Where items are read from.
        entries: How many there are; no more workers are started.
        model: To score with.
        verified: What the items' content is checked against.
        known: Which of them are known.
        clock: Told where the time goes.

    Raises:
        ModelError: The model has no usable card, or cannot be run.
        DeviceError: The device cannot be had, or computes something else than the card says.
    """
    # Loading the model takes seconds: meanwhile the decode workers start.
    with closing(DecodeWorkers(min(settings.workers, entries), clock)) as workers:
        with clock.waiting("load"):
            session = Session(model, settings.device, alone_with=settings.batch_size or 0)
        batch_size = session.batch_size(settings.batch_size)
        limits = ItemLimits.of(settings)
        with (
            session.limited(batch_size, limits.bytes_for(workers.count)),
            BatchRunner(session, batch_size, clock) as runner,
        ):
            tested = self_test(runner, session.card)
            loaded = LoadedModel(
                card=session.card,
                path=model.path,
                size=len(model.data),
                sha256=model.sha256,
                device=session.device,
                device_record=session.device_record(),
                score_facts=session.score_facts(),
                batch_size=batch_size,
                self_tested=tested,
            )
            with closing(
                LocalPipeline(source, runner, loaded, limits, verified, known, workers, clock)
            ) as pipeline:
                yield pipeline
