"""The two files of statements: a row per picture, and what they are of."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from forensic_cli import __version__
from forensic_cli.calibration.document import Calibration
from forensic_cli.calibration.statements import HEADER, Stated, statements
from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.foundation.atomic_write import atomically, write_atomically

SCHEMA = 1
KIND = "statements"
NOTE = (
    "No prior was used: a likelihood ratio is not the probability that a picture is AI-made. It "
    "holds for pictures like those that the calibration was fitted to; that a picture is in scope "
    "by format, size and score is necessary for that and not sufficient."
)
_EACH = 100_000


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        rows: How many statements.
        counts: How many of each kind, all kinds named.
        contradictions: Pictures whose label and ratio point to different sides.
        sha256: Of the CSV.
    """

    rows: int
    counts: Mapping[str, int]
    contradictions: int
    sha256: str


def write_statements(
    run: FinishedRun,
    calibration: Calibration,
    calibration_sha256: str,
    out: Path,
    tell: Callable[[int], None],
) -> Written:
    """Write the CSV and, beside it, the JSON with the digests of all that it is of.

    Args:
        run: A finished run; nothing of it is changed.
        calibration: Of the same model.
        calibration_sha256: Of the calibration's file.
        out: The CSV.
        tell: Told the number of rows from time to time.

    Raises:
        LogError: The details are not what the log says; nothing is left behind.
        OutputError: A file cannot be written.
    """
    counts: Counter[str] = Counter()
    contradictions = rows = 0
    state = hashlib.sha256(HEADER.encode())
    with atomically(out) as stream:
        stream.write(HEADER.encode())
        for rows, one in enumerate(statements(run, calibration), 1):
            line = one.line().encode()
            state.update(line)
            stream.write(line)
            counts[one.stated] += 1
            contradictions += one.contradicts
            if rows % _EACH == 0:
                tell(rows)
    made = Written(rows, {kind: counts[kind] for kind in Stated}, contradictions, state.hexdigest())
    record = _record(run, calibration, calibration_sha256, out, made)
    text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False)
    write_atomically(json_beside(out), f"{text}\n".encode())
    return made


def json_beside(out: Path) -> Path:
    """The JSON of a CSV of statements."""
    return out.with_suffix(".json")


def _record(
    run: FinishedRun, calibration: Calibration, sha256: str, out: Path, made: Written
) -> Mapping[str, object]:
    document = calibration.document
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "tool": {"name": "dfc-classify", "version": __version__},
        "run": {
            "log": run.log.name,
            "head": run.summary.head,
            "details": {"name": run.details.name, "sha256": run.details.sha256},
            "model": {"sha256": run.model["sha256"], "name": run.model["card"]["name"]},
        },
        "calibration": {"sha256": sha256, "held_out": document.get("held_out")},
        "propositions": list(calibration.propositions),
        "population": document.get("population"),
        "trained_on_known": document["data"]["trained_on"] is not None,
        "bounds": list(calibration.bounds),
        "band": calibration.band,
        "statements": {
            "name": out.name,
            "sha256": made.sha256,
            "rows": made.rows,
            "counts": dict(made.counts),
            "label_and_ratio_differ": made.contradictions,
        },
        "words": document.get("words"),
        "note": NOTE,
    }
