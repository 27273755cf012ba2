"""The pictures that a calibration is fitted to: a run, its labels, and what has to be left out."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensic_cli.errors import LabelsError
from forensic_cli.evaluation.pairing import pair
from forensic_cli.finished_run.details import log_odds_by
from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.outputs import csv as result_csv
from forensic_cli.records import LABEL_AI, Status

LEAST_SOURCES = 5
LEAST_PICTURES = 50
"""Of each class; fewer say too little of how sources differ."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """One picture whose answer is known.

    Attributes:
        sha256: Of its file.
        source: The group that its label names.
        is_ai: The truth.
        log_odds: Natural log odds of AI.
        format: The file format.
        short_side: Pixels.
    """

    sha256: str
    source: str
    is_ai: bool
    log_odds: float
    format: str
    short_side: int


@dataclass(frozen=True, slots=True)
class KnownSet:
    """All of them, by digest, and how many were left out for which reason."""

    pictures: tuple[KnownPicture, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """What a model was trained on: digests of pictures, names of sources, digest of the list."""

    pictures: frozenset[str]
    sources: frozenset[str]
    sha256: str


def known_set(run: FinishedRun, truth: Sequence[Labelled]) -> KnownSet:
    """The scored and labelled pictures of a run, each content once.

    Raises:
        LabelsError: No names fit, a picture has no group, or one content has two labels.
        LogError: An output is not what the log says.
    """
    pairing = pair(tuple(run.answers()), truth)
    labels = {one.answer.name: one.truth for one in pairing.pairs}
    form = run.settings.get("name_form", result_csv.FULL)
    odds = log_odds_by(run.model["card"])
    found: dict[str, KnownPicture] = {}
    seen: dict[str, bool] = {}
    repeated = 0
    for row in run.rows():
        name = result_csv.named(row["path"], form)
        if row["status"] != Status.SCORED or name not in labels:
            continue
        one = _picture(row, labels[name], odds(row["logits"]), name)
        content = row["rgb_sha256"] or one.sha256
        if seen.setdefault(content, one.is_ai) != one.is_ai:
            msg = f"{on_screen(name)!r} and a picture of the same content have different labels"
            raise LabelsError(msg)
        if content in found:
            repeated += 1
            one = min(one, found[content], key=lambda each: each.sha256)
        found[content] = one
    left_out = {
        "not_scored": len(pairing.unanswered),
        "not_labelled": len(pairing.unlabelled),
        "same_content": repeated,
    }
    pictures = sorted(found.values(), key=lambda each: each.sha256)
    return KnownSet(tuple(pictures), left_out)


def read_trained_on(path: Path) -> TrainedOn:
    """``pictures.csv`` of dfc-train, or any CSV with a column sha256 and perhaps group.

    Raises:
        LabelsError: It cannot be read, or has no such column.
    """
    try:
        data = path.read_bytes()
        rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"list of training pictures {str(path)!r} cannot be read: {error}"
        raise LabelsError(msg) from error
    if not rows or "sha256" not in rows[0]:
        msg = f"{str(path)!r} has no column sha256; give the pictures.csv of dfc-train"
        raise LabelsError(msg)
    return TrainedOn(
        frozenset(row["sha256"] for row in rows if row["sha256"]),
        frozenset(row.get("group") or "" for row in rows) - {""},
        hashlib.sha256(data).hexdigest(),
    )


def refuse_unfit(known: KnownSet, trained_on: TrainedOn | None) -> None:
    """See that a calibration on these pictures can mean something.

    Raises:
        LabelsError: Too few pictures or sources, or some that the model was trained on.
    """
    for word, is_ai in (("AI", True), ("real", False)):
        of_class = [one for one in known.pictures if one.is_ai == is_ai]
        sources = {one.source for one in of_class}
        if len(sources) < LEAST_SOURCES or len(of_class) < LEAST_PICTURES:
            msg = (
                f"{len(of_class)} {word} pictures of {len(sources)} sources are too few: "
                f"{LEAST_PICTURES} pictures of {LEAST_SOURCES} sources of each class at least, "
                "since another source is what a calibration has to hold for"
            )
            raise LabelsError(msg)
    if trained_on is None:
        return
    same = sorted(one.sha256 for one in known.pictures if one.sha256 in trained_on.pictures)
    of_both = sorted({one.source for one in known.pictures} & trained_on.sources)
    for what, found in (("pictures", same), ("sources", of_both)):
        if found:
            shown = ", ".join(on_screen(one) for one in found[:_SHOWN])
            msg = (
                f"{len(found)} of these {what} were trained on ({shown} ...): scores of what a "
                "model has seen make a calibration that misleads; leave them out"
            )
            raise LabelsError(msg)


def _picture(row: Mapping[str, Any], truth: Labelled, log_odds: float, name: str) -> KnownPicture:
    if not truth.group:
        msg = (
            f"the label of {on_screen(name)!r} names no source (a column group or source): a "
            "calibration has to hold for other sources, which takes their names"
        )
        raise LabelsError(msg)
    return KnownPicture(
        sha256=row["sha256"],
        source=truth.group,
        is_ai=truth.label == LABEL_AI,
        log_odds=log_odds,
        format=row["format"],
        short_side=min(row["width"], row["height"]),
    )
