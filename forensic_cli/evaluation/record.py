"""The record of an evaluation: its figures, tied by digests to all that they are of."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from forensic_cli import __version__
from forensic_cli.errors import LabelsError
from forensic_cli.evaluation.figures import Evaluation
from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.foundation.canonical_json import canonical_json
from forensic_cli.ground_truth.labelled import Labelled

SCHEMA = 1
KIND = "evaluation"


def record_of(
    found: Evaluation,
    result: Path,
    labels: Path,
    truth: Sequence[Labelled],
    run: FinishedRun | None,
) -> Mapping[str, object]:
    """An evaluation as a document.

    Args:
        found: The figures.
        result: The CSV that was measured.
        labels: What ``--labels`` named.
        truth: The labels in it.
        run: The run that wrote the result, None where its log is not beside it.

    Raises:
        LabelsError: A file cannot be read again.
    """
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "tool": {"name": "dfc-classify", "version": __version__},
        "result": {"name": result.name, "sha256": _digest(result)},
        "labels": {
            "name": labels.name,
            "sha256": None if labels.is_dir() else _digest(labels),
            "listing_sha256": listing_digest(truth),
            "pictures": len(truth),
        },
        "run": None if run is None else _run(run),
        "figures": found.as_record(),
    }


def listing_digest(truth: Sequence[Labelled]) -> str:
    """SHA-256 over the labels themselves, whatever file or folders they were read from."""
    rows = sorted([one.path, one.label, one.group, one.split] for one in truth)
    return hashlib.sha256(canonical_json(rows)).hexdigest()


def _run(run: FinishedRun) -> Mapping[str, object]:
    return {
        "log": run.log.name,
        "head": run.summary.head,
        "version": run.version,
        "details": {"name": run.details.name, "sha256": run.details.sha256},
        "model": {
            "name": run.model["card"]["name"],
            "sha256": run.model.get("sha256"),
        },
        "evidence": run.evidence,
    }


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        msg = f"{str(path)!r} cannot be read: {error.strerror}"
        raise LabelsError(msg) from error
