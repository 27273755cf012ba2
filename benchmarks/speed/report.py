"""The page's tables and plot, from the figures alone."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MARK = "<!-- measured: python -m benchmarks writes all that follows -->"
Rows = list[dict[str, Any]]
_NAMES = {
    "hf 1": "Hugging Face pipeline, batch 1", "hf 8": "Hugging Face pipeline, batch 8",
    "torch 8": "PyTorch DataLoader, batch 8", "timm 8": "timm's style, batch 8",
    "ort 8": "plain ONNX Runtime loop, batch 8",
}  # fmt: skip


def write(found: dict[str, Any], page: Path) -> None:
    """Replace what was measured on the page, and draw the plot beside it."""
    head = page.read_text(encoding="utf-8").partition(MARK)[0] if page.exists() else ""
    parts = [_machine(found["machine"])] + [
        part(found[name]) for name, part in _PARTS.items() if name in found
    ]
    page.write_text(f"{head}{MARK}\n\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
    compared = [row for name in ("whole", "peers") for row in found.get(name, [])]
    if compared:
        _plot(compared, page.with_suffix(".svg"))


def _machine(one: dict[str, Any]) -> str:
    return (
        f"Machine: {one['processor']}, {one['cores']} cores ({', '.join(one['instructions'])}), "
        f"{one['memory_gib']} GiB; {one['system']}; Python {one['python']}. Medians, with the "
        "smallest and the largest in brackets."
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    rulers = ["---"] + ["---:"] * (len(columns) - 1)
    lines = [columns, rulers, *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _spread(values: Sequence[float], digits: int = 2) -> str:
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def _compared(title: str) -> Callable[[Rows], str]:
    def part(rows: Rows) -> str:
        lines = []
        for row in rows:
            own = row["ways"]["dfc-classify"]
            seconds = statistics.median(own["seconds"])
            loop = statistics.median(own["loop_seconds"])
            for way, one in row["ways"].items():
                theirs, theirs_loop = map(statistics.median, (one["seconds"], one["loop_seconds"]))
                lines.append(
                    (
                        f"{row['model']}, {row['count']:,} x {row['pictures']}",
                        _NAMES.get(way, "**dfc-classify**"),
                        _spread(one["seconds"]),
                        f"{theirs / seconds:.2f}",
                        f"{row['count'] / theirs_loop:.1f}",
                        f"{theirs_loop / loop:.2f}",
                        f"{one['labels_equal']} of {one['answers']}",
                        f"{one['largest_difference']:.1e}",
                    )
                )
        columns = (
            "network, pictures", "program", "whole process, s", "of ours", "pictures/s once loaded",
            "ours to it", "labels equal", "largest difference",
        )  # fmt: skip
        same = all(row["same_csv"] for row in rows)
        said = "All" if same else "NOT all"
        note = f"{said} result files of dfc-classify equal that of one worker, one stream, batch 1."
        return f"## {title}\n\n{_table(columns, lines)}\n\n{note}"

    return part


def _bound(rows: Rows) -> str:
    stages = ("verify_read", "verify_hash", "read", "hash", "decode", "prepare", "infer")
    lines = [
        (
            f"{row['model']}, {row['count']:,} x {row['pictures']}",
            *(f"{1000 * row['cpu_seconds_alone'][stage]:.1f}" for stage in stages),
            f"{row['bound_pictures_per_second']:.1f}",
            f"{row['pictures_per_second']:.1f}",
            f"**{row['share_of_bound']:.3f}**",
        )
        for row in rows
    ]
    columns = (
        "network, pictures", *(f"{stage.replace('_', ' ')}, ms" for stage in stages),
        "bound/s", "measured/s", "share",
    )  # fmt: skip
    pixels = []
    for row in rows:
        alone = row["cpu_seconds_alone"]
        theirs, plain, own = (
            1000 * alone[f"pixels_{who}"] for who in ("hugging_face", "pillow", "ours")
        )
        pixels.append(
            (
                f"{row['pictures']} (with {row['model']})",
                f"{theirs:.1f}", f"{plain:.1f}", f"{own:.1f}", f"**{theirs / own:.2f}**",
                "yes" if row["pixels_equal"] else "NO",
            )
        )  # fmt: skip
    pixel_columns = (
        "pictures", "as Hugging Face, ms", "Pillow without its copies, ms", "ours, ms",
        "Hugging Face's to ours", "pixels equal",
    )  # fmt: skip
    return (
        "## Against the bound\n\nCPU time of each stage alone on one core; the bound is cores / "
        "their sum. Measured: verification and classification, until the last row is committed; "
        f"start and end of the process are not in it.\n\n{_table(columns, lines)}\n\n"
        f"Decoding and resizing alone:\n\n{_table(pixel_columns, pixels)}"
    )


def _memory(rows: Rows) -> str:
    lines = [
        (
            f"{row['model']}, {row['count']} x {row['pictures']}", f"{row['model_alone_mb']:.0f}",
            f"{row['peak_mb']:.0f}", f"**{row['peak_mb'] - row['model_alone_mb']:.0f}**",
        )
        for row in rows
    ]  # fmt: skip
    columns = ("network, pictures", "network alone, MB", "run, MB", "beyond it, MB")
    return (
        "## Memory\n\nPeak of all processes together, shared pages by share; the network alone is "
        f"a process that runs it on all cores.\n\n{_table(columns, lines)}"
    )


def _growth(rows: Rows) -> str:
    lines = []
    before: dict[str, Any] = {"entries": 0, "seconds": 0.0}
    for row in rows:
        more = row["entries"] - before["entries"]
        lines.append(
            (
                f"{row['entries']:,}", f"{row['seconds']:.1f}",
                f"{row['microseconds_an_entry']:.0f}",
                f"{1e6 * (row['seconds'] - before['seconds']) / more:.0f}",
                f"{row['peak_mb']:.0f}", f"{row['write_cpu_seconds']:.2f}",
            )
        )  # fmt: skip
        before = row
    columns = (
        "entries", "seconds", "µs an entry", "µs each further entry", "peak of the process, MB",
        "writing rows, CPU s",
    )  # fmt: skip
    return f"## How cost grows\n\n{_table(columns, lines)}"


def _hashing(rows: Rows) -> str:
    parts = []
    for row in rows:
        base = statistics.median(row["seconds"]["md5sum"])
        lines = [
            (way, _spread(seconds), f"{row['bytes'] / statistics.median(seconds) / 1e6:.0f}",
             f"{base / statistics.median(seconds):.2f}")
            for way, seconds in row["seconds"].items()
        ]  # fmt: skip
        columns = (row["what"], "seconds", "MB/s", "of md5sum's speed")
        parts.append(_table(columns, lines))
    return "## Hashing\n\n" + "\n\n".join(parts)


def _start(rows: Rows) -> str:
    lines = [(row["what"], _spread(row["seconds"])) for row in rows]
    return f"## Start\n\n{_table(('command', 'seconds'), lines)}"


def _plot(rows: Rows, path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - only where there is something to draw

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "dfc-classify", "svg.fonttype": "none"}
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axis = plt.subplots(figsize=(9, 0.55 * sum(len(row["ways"]) for row in rows) * 0.5 + 1))
    names, values, colours = [], [], []
    for row in reversed(rows):
        for way, one in reversed(row["ways"].items()):
            label = f"{row['model']}, {row['count']} x {row['pictures']}: "
            names.append(label + _NAMES.get(way, "dfc-classify"))
            values.append(row["count"] / statistics.median(one["seconds"]))
            colours.append("tab:blue" if way == "dfc-classify" else "tab:gray")
    axis.barh(range(len(names)), values, color=colours)
    axis.set_yticks(range(len(names)), names, fontsize=6)
    axis.set_xlabel("pictures per second, whole process")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


_PARTS: dict[str, Callable[[Rows], str]] = {
    "whole": _compared("Whole processes against Hugging Face"),
    "bound": _bound,
    "peers": _compared("Against everybody, few pictures"),
    "large": _compared("A contest's size, once"),
    "memory": _memory,
    "growth": _growth,
    "hashing": _hashing,
    "start": _start,
}
