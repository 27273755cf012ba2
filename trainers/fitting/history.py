"""What the training library notes while it trains, as rows per epoch and as curves."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from forensic_cli.evaluation.plots import blank, save
from forensic_cli.foundation.atomic_write import write_atomically

# Of the clock and the machine: they would make two equal trainings differ.
_LEFT_OUT = ("runtime", "per_second", "total_flos")

Row = dict[str, float]


def rows_of(log: Sequence[Mapping[str, float]]) -> list[Row]:
    """One row per epoch, figures of training and validation together.

    Args:
        log: The trainer's, an entry per event.
    """
    rows: dict[float, Row] = {}
    for entry in log:
        if "train_runtime" in entry:
            continue  # the whole training's mean
        row = rows.setdefault(round(float(entry.get("step", 0))), {})
        for key, value in entry.items():
            if not any(part in key for part in _LEFT_OUT):
                row[key.replace("eval_", "validation_")] = value
    return [rows[step] for step in sorted(rows)]


def write_history(rows: Sequence[Row], folder: Path) -> None:
    """``history.json`` and ``curves.png``.

    Raises:
        OutputError: One cannot be written.
    """
    text = json.dumps(list(rows), indent=1, sort_keys=True)
    write_atomically(folder / "history.json", f"{text}\n".encode())
    figure = blank(9.0, 4.0)
    losses = figure.add_subplot(1, 2, 1)
    figures = figure.add_subplot(1, 2, 2)
    losses.set(title="loss", xlabel="epoch")
    figures.set(title="on the validation pictures", xlabel="epoch", ylim=(0, 1.02))
    for axes, key, name in (
        (losses, "loss", "training"),
        (losses, "validation_loss", "validation"),
        (figures, "validation_accuracy", "accuracy"),
        (figures, "validation_f1_ai", "F1 of AI"),
        (figures, "validation_macro_f1", "macro F1"),
        (figures, "validation_roc_auc", "area under ROC"),
    ):
        points = [(row["epoch"], row[key]) for row in rows if key in row]
        if points:
            axes.plot(*zip(*points, strict=True), marker=".", label=name)
    losses.legend()
    figures.legend(loc="lower right")
    save({"curves.png": figure}, folder)
