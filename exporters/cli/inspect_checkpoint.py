"""``dfc-export inspect``: what a checkpoint is taken for, and why."""

import json
import sys
from typing import Annotated

import typer

from exporters.cli import options
from exporters.libraries import prepare
from exporters.loaders.hub import is_hub_name
from forensic_cli.cli.exits import reporting
from forensic_cli.cli.options import Debug
from forensic_cli.cli.streams import write_line
from forensic_cli.errors import ExitCode


def inspect_checkpoint(  # noqa: PLR0913 - the command line
    checkpoint: options.Checkpoint,
    arch: options.Arch = None,
    prefix: options.Prefix = None,
    image_size: options.ImageSize = None,
    head: options.Head = None,
    features: options.Features = None,
    weights: options.Weights = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: Debug = False,
) -> None:
    """Say what a checkpoint is, how that was found out, and what an export still needs to be told.

    No code of the checkpoint is run, and nothing is written. Exit code 0 = it is understood, 10 =
    it is not, with the reason.
    """
    with reporting(debug):
        prepare(online=is_hub_name(checkpoint))  # says what to install, where something is missing
        from exporters.checkpoints.hints import Hints
        from exporters.checkpoints.inspection import inspect
        from exporters.cli.report import fetched, print_found, teller

        hints = Hints(
            arch,
            weights,
            prefix=prefix,
            image_size=options.image_size(image_size),
            head=head,
            features=features,
        )
        found = inspect(fetched(checkpoint, teller(quiet=as_json)), hints)
        if as_json:
            write_line(sys.stdout, json.dumps(found.as_record(), indent=2, sort_keys=True))
        else:
            print_found(found)
        raise typer.Exit(ExitCode.OK)
