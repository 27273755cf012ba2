"""The ``dfc-train`` program: its commands, and what it does when none is named."""

from collections.abc import Sequence

from forensic_cli.cli.program import Program
from trainers.cli.prepare import prepare
from trainers.cli.recipes import recipes
from trainers.cli.train import train

PROGRAM = Program(
    name="dfc-train",
    summary="""Train a classifier of AI-made and real pictures, reproducibly, for dfc-export.

    dfc-train DATA --out RUN is short for dfc-train train DATA --out RUN; dfc-export RUN then makes
    the model file that dfc-classify runs.
    """,
    commands={"train": train, "prepare": prepare, "recipes": recipes},
    default="train",
    subject="data",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program, by default with the process's arguments, and leave with its exit code."""
    PROGRAM.run(arguments)
