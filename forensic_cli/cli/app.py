"""The ``dfc-classify`` program: its commands, and what it does when none is named."""

from collections.abc import Sequence

from forensic_cli.cli.calibrate import calibrate
from forensic_cli.cli.classify import classify
from forensic_cli.cli.compare import compare
from forensic_cli.cli.evaluate import evaluate
from forensic_cli.cli.hash_evidence import hash_evidence
from forensic_cli.cli.inspect_model import inspect_model
from forensic_cli.cli.program import Program
from forensic_cli.cli.selftest import selftest
from forensic_cli.cli.statements import statements
from forensic_cli.cli.verify_hash import verify_hash
from forensic_cli.cli.verify_run import verify_run

PROGRAM = Program(
    name="dfc-classify",
    summary="""Say for each picture of a set whether a human or an AI made it, reproducibly.

    dfc-classify EVIDENCE --out RESULT.csv is short for dfc-classify classify EVIDENCE ...; a folder
    called like a command is reached as ./NAME or by the long form.
    """,
    commands={
        "classify": classify,
        "verify-hash": verify_hash,
        "hash": hash_evidence,
        "evaluate": evaluate,
        "compare": compare,
        "calibrate": calibrate,
        "statements": statements,
        "inspect": inspect_model,
        "selftest": selftest,
        "verify-run": verify_run,
    },
    default="classify",
    subject="evidence",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program, by default with the process's arguments, and leave with its exit code."""
    PROGRAM.run(arguments)
