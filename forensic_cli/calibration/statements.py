"""A calibration applied to a run: a statement per row, and nothing of the run changed.

Needs no library but the tool's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from forensic_cli.calibration.document import DIGITS, Calibration
from forensic_cli.errors import ModelError
from forensic_cli.finished_run.details import log_odds_by
from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.outputs import csv
from forensic_cli.records import LABEL_AI, Status

HEADER = "filename,sha256,score_log_odds,log10_lr,low,high,at_bound,statement,reason\n"
_PER_LOG10 = 2.302585092994046
_COLUMNS = (
    "path", "sha256", "format", "width", "height", "logits", "label", "status",
)  # fmt: skip


class Stated(StrEnum):
    """What may be said of a picture."""

    SUPPORTS_AI = "supports_ai"
    SUPPORTS_REAL = "supports_real"
    INCONCLUSIVE = "inconclusive"
    OUT_OF_SCOPE = "out_of_scope"
    KNOWN_PICTURE = "known_picture"


@dataclass(frozen=True, slots=True)
class Statement:
    """Of one picture.

    Attributes:
        filename: As in the result.
        sha256: Of the file.
        log_odds: Natural log odds of AI, from the logits.
        log10_lr: Bounded; None where no ratio may be given.
        low: Lower end of the calibration's 95 % interval, bounded; high: its upper end.
        at_bound: Whether a bound was reached.
        stated: What may be said.
        reason: Why no ratio is given, or empty.
        contradicts: Whether the label of the result and the ratio point to different sides.
    """

    filename: str
    sha256: str
    log_odds: float
    log10_lr: float | None
    low: float | None
    high: float | None
    at_bound: bool
    stated: Stated
    reason: str
    contradicts: bool

    def line(self) -> str:
        """The row of the CSV."""
        ratios = ("" if one is None else _two(one) for one in (self.log10_lr, self.low, self.high))
        values = (
            self.filename, self.sha256, f"{self.log_odds:.4f}", *ratios,
            str(self.at_bound).lower() if self.log10_lr is not None else "", self.stated,
            self.reason,
        )  # fmt: skip
        return csv.line(values)


def refuse_other_model(run: FinishedRun, calibration: Calibration) -> None:
    """See that a calibration is of the model that a run used.

    Raises:
        ModelError: It is of another.
    """
    used = run.model["sha256"]
    if used != calibration.model:
        msg = (
            f"the calibration is of the model sha256:{calibration.model}, the run used "
            f"sha256:{used}: a score means something else there"
        )
        raise ModelError(msg)


def statements(run: FinishedRun, calibration: Calibration) -> Iterator[Statement]:
    """A statement per row of the result, in its order.

    Raises:
        LogError: The details are not what the log says.
    """
    odds = log_odds_by(run.model["card"])
    form = run.settings.get("name_form", csv.FULL)
    for row in run.rows(_COLUMNS):
        if row["status"] != Status.SCORED:
            continue
        name, log_odds = csv.named(row["path"], form), odds(row["logits"])
        short = min(row["width"], row["height"])
        reason = calibration.scope.outside(row["format"], short, log_odds)
        if row["sha256"][:DIGITS] in calibration.pictures:
            yield _without(name, row["sha256"], log_odds, Stated.KNOWN_PICTURE, "calibrated on it")
        elif reason is not None:
            yield _without(name, row["sha256"], log_odds, Stated.OUT_OF_SCOPE, reason)
        else:
            yield _with(calibration, name, row["sha256"], log_odds, row["label"] == LABEL_AI)


def _without(name: str, sha256: str, log_odds: float, stated: Stated, reason: str) -> Statement:
    return Statement(name, sha256, log_odds, None, None, None, False, stated, reason, False)  # noqa: FBT003 - a value's places


def _with(
    calibration: Calibration,
    name: str,
    sha256: str,
    log_odds: float,
    called_ai: bool,  # noqa: FBT001 - the label
) -> Statement:
    lower, upper = calibration.bounds

    def bounded(value: float) -> float:
        return min(max(value / _PER_LOG10, lower), upper)

    free, half = calibration.line.log_lr(log_odds), calibration.line.half_width(log_odds)
    ratio = bounded(free)
    stated = Stated.INCONCLUSIVE
    if abs(ratio) >= calibration.band:
        stated = Stated.SUPPORTS_AI if ratio > 0 else Stated.SUPPORTS_REAL
    return Statement(
        filename=name,
        sha256=sha256,
        log_odds=log_odds,
        log10_lr=ratio,
        low=bounded(free - half),
        high=bounded(free + half),
        at_bound=ratio in calibration.bounds,
        stated=stated,
        reason="",
        contradicts=ratio != 0 and (ratio > 0) != called_ai,
    )


def _two(value: float) -> str:
    """Two decimals; no minus before zero."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text
