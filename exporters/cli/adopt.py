"""``dfc-export adopt``: a card and the uint8 front for an ONNX made elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from exporters.cli import options
from exporters.libraries import prepare
from forensic_cli.cli.exits import reporting
from forensic_cli.cli.options import Debug, Force, Quiet, given_path
from forensic_cli.errors import ExitCode


def adopt(  # noqa: PLR0913 - the command line
    model: Annotated[
        Path,
        typer.Argument(
            parser=given_path,
            metavar="MODEL.onnx",
            help="Takes float N x 3 x H x W or N x H x W x 3, gives N x classes.",
        ),
    ],
    labels: options.Labels = None,
    preprocessing: options.Preprocessing = None,
    out: options.Out = None,
    precision: options.Precision = "fp32",
    name: options.Name = None,
    facts: options.Facts = None,
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="NAME", help="The output with the logits, of several."),
    ] = None,
    *,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make a foreign ONNX model one that dfc-classify takes.

    Its input becomes uint8 pictures, with the normalisation of --preprocessing in the graph; a
    Softmax or Sigmoid at its end is taken off; the batch is made free. The result is compared with
    the original on 64 pictures, as every export is.

    Example: dfc-export adopt detector.onnx --labels real,ai --preprocessing imagenet-224
    """
    with reporting(debug):
        prepare()  # says what to install, where something is missing
        from exporters.cards.facts import read_facts
        from exporters.checkpoints.hints import Hints
        from exporters.cli.report import print_exported, teller
        from exporters.exporting.adoption import Adoption
        from exporters.exporting.adoption import adopt as run
        from exporters.exporting.export import ExportRequest

        target = out if out is not None else Path(f"{model.stem}-adopted.onnx")
        request = ExportRequest(
            checkpoint=model,
            out=target,
            name=name or target.stem,
            labels=labels,
            preprocessing=preprocessing,
            precision=precision,
            hints=Hints(),
            force=force,
            facts=read_facts(facts),
        )
        print_exported(run(Adoption(request, output), teller(quiet=quiet)), quiet=quiet)
        raise typer.Exit(ExitCode.OK)
