"""Do log and outputs of a finished run say the same? Each can be sound by itself and still lie."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from forensic_cli.audit.verify import About, Check, CheckVerdict
from forensic_cli.classification.summary import exit_code_of
from forensic_cli.errors import DfcError
from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.outputs import csv
from forensic_cli.records import Status


def agreement(run: FinishedRun) -> Iterator[Check]:
    """The closing figures, and the CSV files, against the rows of the details.

    Args:
        run: Its log verifies, its outputs are what the log says.
    """
    summary = run.summary
    meant = exit_code_of(summary.verdict, summary.counts)
    yield _check(
        "exit code", summary.exit_code == meant, f"{summary.exit_code}, the counts mean {meant}"
    )
    try:
        found = _Written(run)
    except (DfcError, KeyError, TypeError, ValueError) as error:
        what = "rows of the details"
        yield Check(what, CheckVerdict.FAILED, f"cannot be read: {error}", About.OUTPUT)
        return
    for what, said, is_so in (
        ("counts", dict(summary.counts), dict(found.counts)),
        ("labels", dict(summary.labels), dict(found.labels)),
        ("listed entries", summary.listed, sum(found.counts.values())),
    ):
        yield _check(f"{what} against the details", said == is_so, f"{said}, they have {is_so}")
    digests = {output.name: output.sha256 for output in summary.outputs}
    result = run.result.name
    for name, sha256 in (
        (result, found.result),
        (_exceptions(result), found.exceptions),
    ):
        is_so = digests.get(name) == sha256
        yield _check(f"rows of {name} against the details", is_so, "they are others")


def _exceptions(result: str) -> str:
    return f"{result.removesuffix('.csv')}.exceptions.csv"


def _check(what: str, holds: bool, otherwise: str) -> Check:  # noqa: FBT001 - what is checked
    verdict = CheckVerdict.OK if holds else CheckVerdict.FAILED
    return Check(what, verdict, "" if holds else otherwise)


class _Written:
    """What the CSV files and the closing figures must be, by the rows of the details."""

    def __init__(self, run: FinishedRun) -> None:
        self.counts: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        result = hashlib.sha256(csv.RESULT_HEADER.encode())
        exceptions = hashlib.sha256(csv.EXCEPTIONS_HEADER.encode())
        names = run.settings.get("name_form", csv.FULL)
        for row in run.rows():
            self.counts[row["status"]] += 1
            if row["status"] == Status.SCORED:
                self.labels[str(row["label"])] += 1
                name = csv.named(row["path"], names)
                line = csv.result_line(row["score"], row["label"], name)
                result.update(line.encode())
            else:
                exceptions.update(_exception(row, names).encode())
        self.result, self.exceptions = result.hexdigest(), exceptions.hexdigest()


def _exception(row: Mapping[str, Any], names: str) -> str:
    name = csv.named(row["path"], names)
    digests = row["md5"] or "", row["sha256"] or ""
    return csv.exception_line((row["status"], row["reason"], name, row["size"], *digests))
