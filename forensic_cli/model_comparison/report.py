"""A comparison as Markdown, CSV, JSON, and a plot of F1 against speed."""

import json
import re
from pathlib import Path

from matplotlib.figure import Figure

from forensic_cli.evaluation.plots import blank, save
from forensic_cli.foundation.atomic_write import write_atomically
from forensic_cli.foundation.markdown_text import inert
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.model_comparison.files import FILES
from forensic_cli.model_comparison.models import Comparison
from forensic_cli.model_comparison.table import COLUMNS, agreement_rows, cells, how

_FIGURE = re.compile(r"[\d.,%: ()x/-]*|-{3}:?")


def write(found: Comparison, folder: Path) -> None:
    """Write all four files.

    Raises:
        OutputError: One cannot be written.
    """
    markdown, table, record, plot = FILES
    save({plot: _plot(found)}, folder)
    write_atomically(folder / markdown, _markdown(found).encode())
    write_atomically(folder / table, _csv(found).encode())
    text = json.dumps(found.as_record(), indent=1, sort_keys=True)
    write_atomically(folder / record, f"{text}\n".encode())


def _markdown(found: Comparison) -> str:
    names = tuple(row.name for row in found.rows)
    parts = [
        _table(COLUMNS, [cells(row) for row in found.rows]),
        how(found),
        "Share of pictures that two models label alike:",
        _table(("", *names), agreement_rows(found)),
    ]
    return "\n\n".join(parts) + "\n"


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, ("---", *["---:"] * (len(columns) - 1)), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    """A figure as it is; anything that may be a name without markup."""
    return text if _FIGURE.fullmatch(text) else inert(text)


def _csv(found: Comparison) -> str:
    import pandas as pd  # noqa: PLC0415 - slow to import, for this one file

    table = pd.DataFrame([cells(row) for row in found.rows], columns=list(COLUMNS))
    text: str = table.to_csv(index=False, lineterminator="\n")
    return text


def _plot(found: Comparison) -> Figure:
    figure = blank(7.0, 5.0)
    axes = figure.add_subplot()
    axes.set(title="F1 against speed", xlabel="pictures per second", ylabel="macro F1")
    axes.set_xscale("log")
    for row in found.rows:
        axes.plot([row.images_per_second], [row.measures.macro_f1], marker="o", color="#4c72b0")
        axes.annotate(
            on_screen(row.name, 40),
            (row.images_per_second, row.measures.macro_f1),
            xytext=(6, 4),
            textcoords="offset points",
            size=8,
        )
    return figure
