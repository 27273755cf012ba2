"""``dfc-export detectors``: the published detectors that are known, and how each is exported."""

import json
import sys
from typing import Annotated

import typer

from exporters.detectors.detector import Detector
from exporters.detectors.known import DETECTORS, detector
from forensic_cli.cli.console import out
from forensic_cli.cli.exits import reporting
from forensic_cli.cli.options import Debug
from forensic_cli.cli.streams import write_line
from forensic_cli.errors import ExitCode

_ROWS = (
    ("title", "detector"),
    ("source", "source"),
    ("licence", "licence"),
    ("obtain", "obtain"),
    ("layout", "layout"),
    ("classes", "classes"),
    ("preparation", "preparation"),
    ("command", "command"),
    ("verified", "verified"),
    ("cannot", "cannot be"),
)


def detectors(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="One of them, with all that is known of it."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: Debug = False,
) -> None:
    """List the published detectors that are known: source, layout, preparation, and the command.

    dfc-export NAME CHECKPOINT exports one of them with all that its entry says. The list holds
    facts only: no weights, and nothing is fetched.

    Examples: dfc-export detectors univfd

    dfc-export univfd ViT-L-14.pt --head fc_weights.pth --out univfd.onnx
    """
    with reporting(debug):
        shown = DETECTORS if name is None else {name: detector(name)}
        if as_json:
            records = {key: one.as_record() for key, one in shown.items()}
            write_line(sys.stdout, json.dumps(records, indent=2))
        elif name is None:
            _print_list(shown)
        else:
            _print_one(shown[name])
        raise typer.Exit(ExitCode.OK)


def _print_list(shown: dict[str, Detector]) -> None:
    width = max(map(len, shown))
    for can, head in ((True, "can be exported:"), (False, "cannot be, for a reason:")):
        out(head)
        for name, one in shown.items():
            if bool(one.cannot) != can:
                out(f"  {name:{width}}  {one.title}")
    out("dfc-export detectors NAME tells all that is known of one")


def _print_one(one: Detector) -> None:
    record = one.as_record()
    for key, head in _ROWS:
        if record[key]:
            out(f"{head:12}  {record[key]}")
