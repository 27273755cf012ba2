"""How good the built-in model is on sources it was not trained on, next to two baselines.

    python -m benchmarks.demonstration_report DATA WORK FACTS.json

Each of five folds holds out whole sources; the model of a fold is fitted as dfc-train fits it, on
the statistics that ``demonstration_statistics.py`` keeps in WORK. Prints Markdown; FACTS.json is
what dfc-export --facts takes.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.demonstration_data import FOLDS, read_data, slices
from benchmarks.demonstration_statistics import VARIANTS, statistics
from exporters.architectures.picture_statistics.network import PictureStatistics
from forensic_cli.evaluation.measures import Scored, measure
from forensic_cli.evaluation.resampling import intervals
from forensic_cli.ground_truth.labelled import Labelled
from trainers.data.weighting import weights_of
from trainers.fitting.fit_head import probabilities, solve
from trainers.recipes.published import PICTURE_STATISTICS

Floats = npt.NDArray[np.float64]
Fit = Callable[[Floats, npt.NDArray[np.int64], Floats], Callable[[Floats], Floats]]

_NOTICE = "demonstration model, not validated for casework; give --model"
_INTENDED = (
    "to show what the tool does without a model of one's own; not for casework. Where pictures "
    "are lossless (PNG) its ranking of a set may point to what deserves a look"
)
_LIMITS = (
    "trained on 3,433 small pictures; single scores are unreliable. On pictures that were saved as "
    "JPEG, or resized, by somebody in between, it is little or no better than what their headers "
    "alone betray; on sources of other kinds than those it was trained on it may be worse than "
    "chance. A score is not a probability of guilt nor a likelihood ratio"
)


def fit_ours(figures: Floats, labels: npt.NDArray[np.int64], weights: Floats) -> Callable[[Floats], Floats]:  # fmt: skip  # noqa: E501
    """The recipe's own fit; gives the probability of AI."""
    network = PictureStatistics(2)
    solve(network, figures, labels, weights, PICTURE_STATISTICS.weight_decay)
    return lambda rows: probabilities(network, rows)[:, 0]


def fit_hand_made(figures: Floats, labels: npt.NDArray[np.int64], weights: Floats) -> Callable[[Floats], Floats]:  # fmt: skip  # noqa: E501
    """Logistic regression on the hand-made numbers."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=2000))
    model.fit(figures, labels, logisticregression__sample_weight=weights)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 0])


def fit_headers(figures: Floats, labels: npt.NDArray[np.int64], weights: Floats) -> Callable[[Floats], Floats]:  # fmt: skip  # noqa: E501
    """A forest that sees no pixel."""
    model = RandomForestClassifier(500, min_samples_leaf=3, random_state=0, n_jobs=-1)
    model.fit(figures, labels, sample_weight=weights)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 0])


def headers(table: pd.DataFrame, data: Path) -> Floats:
    """Size, shape, format and bytes per pixel of each file."""
    from PIL import Image  # noqa: PLC0415 - headers only

    rows = []
    for path, size in zip(table.path, table["bytes"], strict=True):
        with Image.open(data / path) as picture:
            width, height = picture.size
            kinds = [picture.format == kind for kind in ("JPEG", "PNG", "WEBP")]
        pixels = width * height
        rows.append([width, height, width / height, width == height, size / pixels, pixels, *kinds])
    return np.array(rows, np.float64)


class Held:
    """Probabilities of AI for every picture, by models that never saw its source."""

    def __init__(self, table: pd.DataFrame, figures: Floats, fit: Fit) -> None:
        self.p_ai = np.zeros(len(table))
        self.folds = table.fold.to_numpy()
        labels = table.label.to_numpy()
        self.models = []
        for fold in (*range(FOLDS), -1):
            inside = (self.folds >= 0) & (self.folds != fold)
            model = fit(figures[inside], labels[inside], _weights(table[inside]))
            self.p_ai[self.folds == fold] = model(figures[self.folds == fold])
            self.models.append(model)

    def of(self, figures: Floats) -> Floats:
        """The same models on other figures of the same pictures."""
        made = np.full(len(self.folds), np.nan)
        for fold, model in zip((*range(FOLDS), -1), self.models, strict=True):
            here = (self.folds == fold) & np.isfinite(figures[:, 0])
            made[here] = model(figures[here])
        return made


def _weights(table: pd.DataFrame) -> Floats:
    pictures = [
        Labelled(path, label, source)
        for path, label, source in zip(table.path, table.label, table.source, strict=True)
    ]
    return np.array(weights_of(pictures, "group"))


def area(table: pd.DataFrame, p_ai: Floats, where: npt.NDArray[np.bool_]) -> dict[str, object]:
    """Area under the ROC curve over all pictures of a slice, and over the folds one by one."""
    is_ai = (table.label == 0).to_numpy()
    where = where & np.isfinite(p_ai)
    scored = Scored(is_ai[where], p_ai[where] >= 0.5, p_ai[where])
    folds = []
    for fold in range(FOLDS):
        here = where & (table.fold == fold).to_numpy()
        if len(set(is_ai[here])) == 2:
            folds.append(measure(Scored(is_ai[here], p_ai[here] >= 0.5, p_ai[here])).roc_auc)
    interval = intervals(scored, 2000, 0)["roc_auc"]
    return {
        "pictures": int(where.sum()),
        "auc": measure(scored).roc_auc,
        "low": interval.low,
        "high": interval.high,
        "folds": folds,
        "macro_f1": measure(scored).macro_f1,
    }


def by_source(table: pd.DataFrame, p_ai: Floats) -> list[dict[str, object]]:
    """Of each source: the share that gets the right label, with its interval."""
    rows: list[dict[str, object]] = []
    is_ai = (table.label == 0).to_numpy()
    for (source, label), part in table.groupby(["source", "label"]):
        here = table.index.isin(part.index)
        scored = Scored(is_ai[here], p_ai[here] >= 0.5, p_ai[here])
        interval = intervals(scored, 2000, 0)["accuracy"]
        rows.append(
            {
                "source": source,
                "is": "AI" if label == 0 else "real",
                "pictures": len(part),
                "lossless": int(part.lossless.sum()),
                "right": measure(scored).accuracy,
                "low": interval.low,
                "high": interval.high,
            }
        )
    return rows


def main(data: Path, work: Path, facts: Path) -> None:
    """Compute, print, write."""
    table = read_data(data)
    where = slices(table)
    plain = statistics(data, work, "plain").astype(np.float64)
    ours = Held(table, plain, fit_ours)
    others = {
        "built-in (picture-statistics)": ours,
        "logistic regression on hand-made numbers": Held(
            table, statistics(data, work, "hand-made").astype(np.float64), fit_hand_made
        ),
        "forest on headers, no pixels": Held(table, headers(table, data), fit_headers),
    }
    result: dict[str, object] = {}
    print("| model | slice | pictures | AUC, pooled | 95 % | mean of folds | folds |")
    print("| --- | --- | ---: | ---: | --- | ---: | --- |")
    for name, held in others.items():
        areas = {key: area(table, held.p_ai, mask) for key, mask in where.items()}
        result[name] = areas
        for key, one in areas.items():
            folds = [f"{value:.3f}" for value in one["folds"]]  # type: ignore[attr-defined]
            mean = f"{np.mean([float(f) for f in folds]):.3f}" if folds else "-"
            print(
                f"| {name} | {key} | {one['pictures']:,} | {one['auc']:.3f} | {one['low']:.3f} to "
                f"{one['high']:.3f} | {mean} | {' '.join(folds)} |"
            )
    changed: dict[str, object] = {}
    print("\n| pictures | slice | AUC, pooled | 95 % |\n| --- | --- | ---: | --- |")
    sixth = np.isfinite(statistics(data, work, VARIANTS[0])[:, 0])
    for variant in ("plain", *VARIANTS):
        p_ai = ours.of(statistics(data, work, variant).astype(np.float64))
        for key in ("all", "lossless"):
            one = area(table, p_ai, where[key] & sixth)
            changed[f"{variant}, {key}"] = one
            print(
                f"| {variant} | {key} | {one['auc']:.3f} | {one['low']:.3f} to {one['high']:.3f} |"
            )
    sources = by_source(table, ours.p_ai)
    print("\n| source | is | pictures | lossless | right label | 95 % |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    for row in sources:
        print(
            f"| {row['source']} | {row['is']} | {row['pictures']} | {row['lossless']} | "
            f"{row['right']:.2f} | {row['low']:.2f} to {row['high']:.2f} |"
        )
    document = {
        "notice": _NOTICE,
        "intended_use": _INTENDED,
        "limits": _LIMITS,
        "training_data": {
            "pictures": int((table.split == "train").sum()),
            "sources": sorted(set(table[table.split == "train"].source)),
            "stored": "256 x 256 lossless crops, or crops of at most 352 x 352 as JPEG quality 90",
        },
        "validation": {
            "how": "five folds that hold out whole sources; AUC pooled, 95 % bootstrap intervals",
            "models": result,
            "after_jpeg_or_resize": changed,
            "by_held_out_source": sources,
        },
    }
    facts.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
