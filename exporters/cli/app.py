"""The ``dfc-export`` program: its commands, and what it does when none is named."""

from collections.abc import Sequence

from exporters.cli.adopt import adopt
from exporters.cli.detectors import detectors
from exporters.cli.export_checkpoint import export_checkpoint
from exporters.cli.inspect_checkpoint import inspect_checkpoint
from forensic_cli.cli.program import Program

PROGRAM = Program(
    name="dfc-export",
    summary="""Turn checkpoints of PyTorch, Hugging Face and Keras into models for dfc-classify.

    dfc-export CHECKPOINT is short for dfc-export export CHECKPOINT. A file is written only after
    it was proven equal to its source.
    """,
    commands={
        "export": export_checkpoint,
        "adopt": adopt,
        "inspect": inspect_checkpoint,
        "detectors": detectors,
    },
    default="export",
    subject="checkpoint",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program, by default with the process's arguments, and leave with its exit code."""
    PROGRAM.run(arguments)
