"""``dfc-classify inspect``: what a model file says of itself, and what would be refused."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.cli.streams import write_line
from forensic_cli.errors import ExitCode


def inspect_model(
    model: Annotated[
        Path,
        typer.Argument(parser=options.given_path, metavar="MODEL.onnx", help="The ONNX file."),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: options.Debug = False,
) -> None:
    """Print a model's card, digest, inputs, outputs and size, and why it would be refused, if so.

    Exit code 0 = dfc-classify takes it, 6 = it does not.
    """
    with reporting(debug):
        from forensic_cli.cli.console import out
        from forensic_cli.model_check.inspection import inspect

        found = inspect(model)
        if as_json:
            record = json.dumps(found.as_record(), indent=2, sort_keys=True, ensure_ascii=True)
            write_line(sys.stdout, record)
        else:
            out(f"model          {found.path}")
            out(f"size           {found.size:,} bytes")
            out(f"sha256         {found.sha256}")
            for port in found.inputs:
                out(f"input          {port}")
            for port in found.outputs:
                out(f"output         {port}")
            for line in _card_lines(found.card):
                out(f"card           {line}")
            for refusal in found.refusals:
                out(f"refused        {refusal}")
            if not found.refusals:
                out("verdict        dfc-classify takes this model")
        raise typer.Exit(ExitCode.MODEL if found.refusals else ExitCode.OK)


def _card_lines(card: object) -> list[str]:
    if card is None:
        return ["none"]
    return json.dumps(card, indent=2, ensure_ascii=False).splitlines()
