"""An evaluation as tables on the screen."""

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forensic_cli.cli.console import out
from forensic_cli.evaluation.error_rates import ErrorRates
from forensic_cli.evaluation.figures import Evaluation, Figures
from forensic_cli.evaluation.likelihood_ratios import LikelihoodFigures
from forensic_cli.evaluation.measures import Measures
from forensic_cli.evaluation.resampling import Interval
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.records import LABEL_AI

_LEAST_WIDTH = 160
_LISTED = 10


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """A table; its cells are inert text. The first column is words, the others figures."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    # A narrow terminal may wrap a line; figures cut in pieces cannot be read at all.
    console.width = max(console.width, _LEAST_WIDTH)
    table = Table(title=title or None, title_justify="left", title_style="bold")
    for place, column in enumerate(columns):
        table.add_column(
            column, justify="right" if place else "left", overflow="fold", no_wrap=place > 0
        )
    for row in rows:
        table.add_row(*(Text(on_screen(cell)) for cell in row))
    console.print(table)


def show(found: Evaluation, shown_errors: int) -> None:
    """All figures, groups and errors; loud about what could not be compared."""
    pairing = found.pairing
    out(f"pictures       {len(pairing.pairs):,} compared, names matched by {pairing.matched_by}")
    list_left_over("NOT SCORED", "have a label and no score", pairing.unanswered)
    list_left_over("NOT LABELLED", "have a score and no label", pairing.unlabelled)
    for line in found.notes:
        out(f"NOTE           {line}")
    measures = found.overall.measures
    if found.overall.rates is not None:
        _print_rates(found.overall.rates)
    print_table(
        ("class", "precision", "recall", "F1", "support", "called AI", "called real"),
        [
            _class_row("0 = AI", measures, 0),
            _class_row("1 = real", measures, 1),
            (
                "macro mean",
                *map(_four, (measures.macro_precision, measures.macro_recall, measures.macro_f1)),
                f"{measures.ai.support + measures.real.support:,}",
                "",
                "",
            ),
        ],
    )
    columns = ["figure", "value", "95 % over pictures"]
    if found.overall.source_intervals:
        ai, real = found.sources
        columns.append(f"over sources ({ai} AI, {real} real)")
    print_table(columns, _figure_rows(found.overall))
    if found.likelihood is not None:
        _print_likelihood(found.likelihood)
    if found.groups:
        rows = [_group_row(name, figures) for name, figures in found.groups.items()]
        print_table(
            ("group", "AI", "real", "accuracy", "macro F1", "ROC AUC", "95 % interval of"), rows
        )
    _print_errors(found, shown_errors)


def _class_row(name: str, measures: Measures, place: int) -> tuple[str, ...]:
    one = (measures.ai, measures.real)[place]
    return (
        name,
        *map(_four, (one.precision, one.recall, one.f1)),
        f"{one.support:,}",
        *(f"{count:,}" for count in measures.confusion[place]),
    )


def _figure_rows(figures: Figures) -> list[tuple[str, ...]]:
    measures = figures.measures
    rows = [
        ("accuracy", measures.accuracy, "accuracy"),
        ("F1 of AI", measures.ai.f1, "f1_ai"),
        ("F1 of real", measures.real.f1, "f1_real"),
        ("macro F1", measures.macro_f1, "macro_f1"),
        ("area under ROC", measures.roc_auc, "roc_auc"),
        ("average precision of AI", measures.average_precision, "average_precision"),
        ("average precision of real", measures.average_precision_real, ""),
        ("Brier score", measures.brier, "brier"),
        ("calibration error", measures.ece, ""),
    ]
    over_sources = [""] if figures.source_intervals else []
    shown: list[tuple[str, ...]] = [
        (
            name,
            _four(value),
            _interval(figures.intervals, key),
            *(_interval(figures.source_intervals, key) for _ in over_sources),
        )
        for name, value, key in rows
    ]
    best = measures.best_threshold
    if best is not None:
        shown.append(
            (
                f"macro F1, AI from {best.p_ai:.4f} on",
                _four(best.macro_f1),
                "best on these",
                *over_sources,
            )
        )
    return shown


def _group_row(name: str, figures: Figures) -> tuple[str, ...]:
    measures = figures.measures
    which, key = ("AUC", "roc_auc") if measures.roc_auc is not None else ("accuracy", "accuracy")
    interval = _interval(figures.intervals, key)
    return (
        name,
        f"{measures.ai.support:,}",
        f"{measures.real.support:,}",
        _four(measures.accuracy),
        _four(measures.macro_f1) if measures.roc_auc is not None else "-",
        _four(measures.roc_auc),
        f"{which} {interval}" if interval else "",
    )


def _print_errors(found: Evaluation, shown: int) -> None:
    out(f"errors         {len(found.errors):,} of {len(found.pairing.pairs):,}")
    if not found.errors or not shown:
        return
    rows = []
    for one in found.errors[:shown]:
        called, truth = (
            "AI" if label == LABEL_AI else "real" for label in (one.answer.label, one.truth.label)
        )
        score = one.answer.p_ai if one.answer.label == LABEL_AI else 1 - one.answer.p_ai
        rows.append((one.answer.name, called, f"{score:.6f}", truth, one.truth.group))
    print_table(
        ("wrong answer", "called", "score", "is", "group"), rows, "The most confident errors"
    )


def list_left_over(word: str, what: str, names: Sequence[str]) -> None:
    """Name pictures that have no partner, or no score, loudly; nothing where there are none."""
    if not names:
        return
    out(f"{word:<14} {len(names):,} pictures {what}:")
    for name in names[:_LISTED]:
        out(f"               {name}")
    if len(names) > _LISTED:
        out(f"               ... and {len(names) - _LISTED:,} more (all of them with --json)")


def _print_rates(rates: ErrorRates) -> None:
    for what, rate in (
        ("real called AI", rates.real_called_ai),
        ("AI called real", rates.ai_called_real),
    ):
        out(
            f"{what:<14} {rate.count:,} of {rate.of:,} = {rate.share:.1%} (95 % interval "
            f"{rate.low:.1%} to {rate.high:.1%}, as if pictures were independent)"
        )
    print_table(
        ("where AI pictures are", "of those called AI are AI", "of those called real are real"),
        [
            (f"{float(share):.0%}", *(_share(value) for value in values.values()))
            for share, values in rates.predictive.items()
        ],
    )
    found = ", ".join(
        f"{share:.1%} at {float(most):.0%}" for most, share in rates.recall_at.items()
    )
    out(f"AI found       {found} of real pictures called AI (cuts chosen on these pictures)")
    out(f"equal errors   {rates.equal_error:.1%} at the cut where both kinds are as frequent")


def _print_likelihood(found: LikelihoodFigures) -> None:
    """The scores as if they were likelihood ratios, which they are not said to be."""
    low, high = found.bounds
    rows = [
        ("Cllr (0 perfect, 1 says nothing, more misleads)", _four(found.cllr)),
        ("Cllr at best, after calibration on these pictures", _four(found.cllr_min)),
        ("lost by poor calibration", _four(found.cllr - found.cllr_min)),
        ("devPAV (log10)", _four(found.devpav)),
        ("real pictures beyond 10:1 for AI", _share(found.real_for_ai)),
        ("AI pictures beyond 10:1 for real", _share(found.ai_for_real)),
        ("log10 ratios that so many pictures bear", f"{low:.2f} to {high:.2f}"),
    ]
    print_table(("log odds taken as they are for likelihood ratios", "value"), rows)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _interval(intervals: Mapping[str, Interval], key: str) -> str:
    found = intervals.get(key)
    return f"{found.low:.4f} to {found.high:.4f}" if found else ""


def _four(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
