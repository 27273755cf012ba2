"""The main job, top to bottom: evidence in, reproducible rows and an audit log out."""

from contextlib import closing
from functools import partial
from threading import Thread

from forensic_cli.classification.resumption import earlier_attempt
from forensic_cli.classification.run import Run
from forensic_cli.decode_workers.pool import DecodeWorkers
from forensic_cli.errors import EvidenceError
from forensic_cli.events import Observer, Progressed
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.model_file import check_present, read_model
from forensic_cli.inference.session import Session
from forensic_cli.integrity.gathering import manifests_for
from forensic_cli.model_check.self_test import self_test
from forensic_cli.outputs.output_names import OutputNames
from forensic_cli.outputs.place import check_place
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.outputs.tables import get_ready
from forensic_cli.pipelines.local import ItemLimits, LocalPipeline
from forensic_cli.records import RunSummary
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
    with closing(open_evidence(settings.evidence)) as source:
        inputs = (
            model_path,
            *(file.path for file in source.files),
            *manifests_for(source, settings.hashes),
        )
        check_place(settings.out, names.reserved, settings.evidence, inputs)
        with folder.locked():
            earlier = earlier_attempt(folder, resume=settings.resume, force=settings.force)
            with clock.work("list"):
                listing = source.listing(lambda count: observe(Progressed("listing", count, 0)))
            if not len(listing):
                msg = f"evidence {str(settings.evidence)!r} is empty; is it the right one?"
                raise EvidenceError(msg)

            run = Run(settings, source, listing, folder, earlier, observe, clock)
            if earlier is not None and earlier.state.finished is not None:
                return run.finish(read_model(model_path))

            with run.logged(argv):
                with clock.waiting("verify"):
                    evidence = run.verify_evidence()
                model = read_model(model_path)
                # All of these get ready while the model is loaded.
                Thread(target=get_ready, name="get ready").start()
                with closing(DecodeWorkers(min(settings.workers, len(listing)), clock)) as workers:
                    with clock.waiting("load"):
                        session = Session(model, settings.device)
                    batch_size = session.batch_size(settings.batch_size)
                    with BatchRunner(session, batch_size, clock) as runner:
                        test = partial(self_test, runner, session.card)
                        tested = session.tried(batch_size, test)
                        run.admit_model(session, tested, evidence)
                        limits = ItemLimits(
                            settings.max_bytes, settings.max_pixels, settings.file_timeout
                        )
                        with LocalPipeline(
                            source, runner, session.card, limits, evidence.verified, workers, clock
                        ) as pipeline:
                            run.seal_segments(pipeline)
                return run.publish(session, evidence)
