"""Put every kind of image classifier of transformers, timm and torchvision through dfc-export.

    python -m benchmarks.export_sweep                    about an hour on two cores
    python -m benchmarks.export_sweep --tenth 7          a tenth of it, drawn with this seed
    python -m benchmarks.export_sweep --only swin vit    what has these words in its name
    python -m benchmarks.export_sweep --only bit --update    the same, put into the results

Networks have random weights; nothing is downloaded. A whole sweep writes docs/export-sweep.md and
export_sweep.json beside this package.
"""

import argparse
import json
import os
import random
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.export_sweep import (
    timm_members,
    torchvision_members,
    transformers_members,
)
from benchmarks.export_sweep.members import Member
from benchmarks.export_sweep.page import Row, write_page
from benchmarks.export_sweep.processes import outcomes
from benchmarks.export_sweep.trial import Verdict

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS, PAGE = ROOT / "benchmarks" / "export_sweep.json", ROOT / "docs" / "export-sweep.md"
FAILURES = frozenset({Verdict.WRONG, Verdict.INTERNAL_ERROR})


def all_members() -> list[Member]:
    """Every network that is tried."""
    return [
        *transformers_members.members(),
        *timm_members.members(),
        *torchvision_members.members(),
    ]


def chosen(only: list[str] | None, seed: int | None) -> list[Member]:
    """Those whose name has one of the words, or a tenth of all, drawn with a seed."""
    members = all_members()
    if only:
        return [one for one in members if any(word in one.name for word in only)]
    if seed is not None:
        return random.Random(seed).sample(members, len(members) // 10)  # noqa: S311 - a choice
    return members


def merged(kept: list[Row], rows: list[Row]) -> list[Row]:
    """Earlier rows with those replaced that were measured again, in order."""

    def key(row: Row) -> tuple[str, str, str]:
        return str(row["library"]), str(row["family"]), str(row["name"])

    found = {key(row): row for row in (*kept, *rows)}
    return [found[one] for one in sorted(found)]


def _publish(rows: list[Row]) -> None:
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    write_page(rows, PAGE)


def main() -> int:
    """Run the sweep; 1 where anything was wrong or ended in an internal error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip  # noqa: E501
    parser.add_argument("--only", nargs="+", metavar="WORD")
    parser.add_argument("--tenth", type=int, metavar="SEED")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit-s", type=float, default=400)
    parser.add_argument("--opened", action="store_true", help="open and compare only")
    parser.add_argument("--update", action="store_true", help="put a part's rows into the page")
    parser.add_argument("--out", type=Path, help="a JSON file for the outcomes of a part")
    given = parser.parse_args()
    members = chosen(given.only, given.tenth)
    if given.opened:
        members = [replace(one, proven=False) for one in members]
    rows = []
    for row in outcomes(members, given.processes, given.limit_s):
        rows.append(row)
        print(f"{len(rows):4} of {len(members)}  {row['seconds']:6} s  {row['library']}:{row['name']}  {row['verdict']} {row['why']}", flush=True)  # fmt: skip  # noqa: E501
    is_whole = given.only is None and given.tenth is None and not given.opened
    if is_whole or given.update:
        kept = [] if is_whole else json.loads(RESULTS.read_text(encoding="utf-8"))
        _publish(merged(kept, rows))
    if given.out is not None:
        given.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    counts = Counter(str(row["verdict"]) for row in rows)
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()))
    return int(any(counts[verdict] for verdict in FAILURES))


if __name__ == "__main__":
    sys.exit(main())
