"""docs/export-sweep.md, written from the outcomes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.export_sweep.trial import PROOF, Verdict

Row = Mapping[str, object]
MARK = "<!-- measured -->"


def write_page(rows: Sequence[Row], page: Path) -> None:
    """Replace what stands after the page's mark by the tables of these outcomes."""
    text = page.read_text(encoding="utf-8")
    page.write_text(f"{text.split(MARK)[0]}{MARK}\n\n{_tables(rows)}", encoding="utf-8")


def _tables(rows: Sequence[Row]) -> str:
    lines = [_versions(), "", _counts(rows), ""]
    for library in ("transformers", "timm", "torchvision"):
        lines += [f"## {library}", "", "| network | parameters | verdict | logits | pixels |"]
        lines.append("| --- | ---: | --- | ---: | ---: |")
        lines += [_line(row) for row in rows if row["library"] == library]
        lines.append("")
    return "\n".join(lines)


def _versions() -> str:
    names = ("torch", "transformers", "timm", "torchvision", "onnxruntime-gpu")
    return "With " + ", ".join(f"{name} {version(name).partition('+')[0]}" for name in names) + "."


def _counts(rows: Sequence[Row]) -> str:
    counts = Counter(str(row["verdict"]) for row in rows)
    proven = sum(bool(row["proven"]) for row in rows)
    minutes = round(sum(float(str(row["seconds"])) for row in rows) / 60)
    listed = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
    return (
        f"{len(rows)} networks: {listed}. {proven} were exported and proven ({PROOF}), the others "
        f"that passed were opened and run. {minutes} minutes of work, two processes at a time."
    )


def _line(row: Row) -> str:
    how = "proven" if row["proven"] else "opened"
    passed = row["verdict"] in {Verdict.PASSED, Verdict.NEEDS_OPTIONS}
    verdict = f"{row['verdict']}, {how}" if passed else f"{row['verdict']}: {_short(row['why'])}"
    figures = [f"{row[key]:.0e}" if row[key] is not None else "" for key in ("logits", "pixels")]
    return f"| {row['name']} | {row['parameters']:,} | {verdict} | {' | '.join(figures)} |"


def _short(why: object) -> str:
    line = " ".join(str(why).split()).replace("|", "/")
    return line if len(line) <= 300 else f"{line[:300]} ..."
