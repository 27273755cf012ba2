"""``dfc-train recipes``: what there is, and every setting of one."""

import json
from typing import Annotated

import typer

from forensic_cli.cli.exits import reporting
from forensic_cli.cli.options import Debug


def recipes(
    name: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="Print all settings of this one.")
    ] = None,
    *,
    debug: Debug = False,
) -> None:
    """List the recipes, or every setting of one; each can be changed with --set NAME=VALUE."""
    with reporting(debug):
        from forensic_cli.cli.console import out
        from trainers.recipes.published import RECIPES, recipe_named

        if name is None:
            for one in RECIPES.values():
                out(f"{one.name:<18} {one.summary}")
            return
        for key, value in recipe_named(name).as_record().items():
            shown = ",".join(map(str, value)) if isinstance(value, list) else value
            out(f"{key:<16} {shown if isinstance(shown, str) else json.dumps(shown)}")
