"""``dfc-export CHECKPOINT``: one self-describing ONNX file, proven equal to its source."""

from pathlib import Path

import typer

from exporters.cli import options
from exporters.libraries import prepare
from exporters.loaders.hub import is_hub_name
from forensic_cli.cli.exits import reporting
from forensic_cli.cli.options import Debug, Force, Quiet
from forensic_cli.errors import ExitCode


def export_checkpoint(  # noqa: PLR0913 - the command line
    checkpoint: options.Checkpoint,
    known: options.Known = None,
    *,
    out: options.Out = None,
    arch: options.Arch = None,
    prefix: options.Prefix = None,
    image_size: options.ImageSize = None,
    head: options.Head = None,
    features: options.Features = None,
    labels: options.Labels = None,
    preprocessing: options.Preprocessing = None,
    precision: options.Precision = "fp32",
    name: options.Name = None,
    facts: options.Facts = None,
    weights: options.Weights = None,
    trust_pickle: options.TrustPickle = False,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Turn a checkpoint into one ONNX file that dfc-classify --model runs as it is.

    Weights, normalisation and a card (classes, preprocessing, source digest) go into the file. It
    is then run through dfc-classify's own path against the source on 64 pictures; if a logit or a
    label differs, there is no file, and the exit code is 10. Nothing is guessed from position, and
    no code of a checkpoint is run.

    Examples: dfc-export swin-folder/ --out swin.onnx

    dfc-export best.pt --labels real,ai --preprocessing cnn-vit

    dfc-export cnndetection blur_jpg_prob0.5.pth (a detector of dfc-export detectors)
    """
    with reporting(debug):
        detector, checkpoint = (checkpoint, known) if known is not None else (None, checkpoint)
        prepare(online=is_hub_name(checkpoint))  # says what to install, where something is missing
        from exporters.cards.facts import read_facts
        from exporters.checkpoints.hints import Hints
        from exporters.cli.report import fetched, print_exported, teller
        from exporters.detectors.known import Given, applied
        from exporters.exporting.export import ExportRequest, export

        tell = teller(quiet=quiet)
        said = Given(arch, features, labels, preprocessing)
        if detector is not None:
            said = applied(detector, said)
        path = fetched(checkpoint, tell)
        target = out if out is not None else default_out(checkpoint)
        request = ExportRequest(
            checkpoint=path,
            out=target,
            name=name or target.stem,
            labels=said.labels,
            preprocessing=said.preprocessing,
            precision=precision,
            hints=Hints(
                said.arch,
                weights,
                trust_pickle,
                prefix=prefix,
                image_size=options.image_size(image_size),
                head=head,
                features=said.features,
                detector=detector,
            ),
            force=force,
            facts=read_facts(facts),
        )
        print_exported(export(request, tell), quiet=quiet)
        raise typer.Exit(ExitCode.OK)


def default_out(checkpoint: str) -> Path:
    """The checkpoint's name with .onnx, in the working folder."""
    given = Path(checkpoint)
    plain = given.name if given.is_dir() else given.stem
    return Path(f"{plain or given.resolve().name}.onnx")
