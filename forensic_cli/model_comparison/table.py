"""The rows and columns of a comparison, as text."""

from forensic_cli.model_comparison.models import Comparison, Row

COLUMNS = (
    "model", "F1 of AI", "F1 of real", "macro F1", "accuracy", "ROC AUC", "95 %", "parameters",
    "file MB", "pictures/s", "p50 ms", "p95 ms",
)  # fmt: skip


def cells(row: Row) -> tuple[str, ...]:
    """A model's row, in the order of the columns."""
    measures, area = row.measures, row.intervals.get("roc_auc")
    return (
        row.name,
        *(
            f"{value:.4f}"
            for value in (measures.ai.f1, measures.real.f1, measures.macro_f1, measures.accuracy)
        ),
        "-" if measures.roc_auc is None else f"{measures.roc_auc:.4f}",
        f"{area.low:.3f}-{area.high:.3f}" if area else "-",
        "-" if row.parameters is None else f"{row.parameters:,}",
        f"{row.size / 1e6:.1f}",
        f"{row.images_per_second:.1f}",
        f"{row.latency_p50:.1f}",
        f"{row.latency_p95:.1f}",
    )


def agreement_rows(found: Comparison) -> list[tuple[str, ...]]:
    """Share of pictures that two models label alike, a row per model."""
    return [
        (row.name, *(f"{share:.4f}" for share in shares))
        for row, shares in zip(found.rows, found.agreement, strict=True)
    ]


def how(found: Comparison) -> str:
    """What the speeds are of."""
    return (
        f"{len(found.pairing.pairs):,} pictures on {found.device}; pictures/s: preprocessing and "
        f"inference in batches of {found.batch_size} on one stream, without decoding; p50, p95: "
        "one picture alone. The models took turns at every batch."
    )
