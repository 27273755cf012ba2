"""Measure the tool's speed against others' and the machine's bounds; write docs/performance.md.

    make bench            (or: python -m benchmarks [SECTION ...] [--rounds N])

Pictures and networks are made here and kept in a cache. Whatever is compared is run in turns, each
as a process of its own. Figures go to ``benchmarks/speed.json`` section by section, so that one
section can be measured again alone; page and plot are written from that file.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.speed import growth, hashing, models, pictures, report
from benchmarks.speed.measuring import Bench

RESULTS = Path(__file__).resolve().with_name("speed.json")
PNG, JPEG, LARGE = pictures.KINDS
NETWORKS = ("swin-small", "resnet-50", "resnet-18")
HUGGING_FACE = (("hf", 1), ("hf", 8))
PEERS = (*HUGGING_FACE, ("torch", 8), ("timm", 8), ("ort", 8))


def whole(bench: Bench, count: int) -> list[dict[str, Any]]:
    """Whole processes against Hugging Face's pipeline."""
    chosen = (("swin-small", PNG), ("resnet-50", PNG), ("resnet-18", JPEG))
    return [bench.compared(name, kind, count, HUGGING_FACE) for name, kind in chosen]


def peers(bench: Bench, count: int) -> list[dict[str, Any]]:
    """Everybody, on fewer pictures."""
    cells = [(name, kind) for name in NETWORKS for kind in (PNG, JPEG)] + [("resnet-18", LARGE)]
    return [
        bench.compared(name, kind, min(64, count) if kind != LARGE else min(24, count), PEERS)
        for name, kind in cells
    ]


def large(bench: Bench, count: int) -> list[dict[str, Any]]:
    """A contest's size, once."""
    return [bench.compared("resnet-18", PNG, 3300 if count >= 400 else count, (("hf", 8),), 1)]


def bound(bench: Bench, count: int) -> list[dict[str, Any]]:
    """End to end against what the stages cost alone."""
    cells = [(name, kind) for name in (*NETWORKS, "built-in") for kind in (PNG, JPEG)]
    return [bench.bounded(name, kind, count) for name, kind in cells]


def memory(bench: Bench, count: int) -> list[dict[str, Any]]:
    """Peak memory, beyond what the model takes by itself."""
    cells = [("swin-small", PNG), ("resnet-18", PNG), ("resnet-18", JPEG), ("resnet-18", LARGE)]
    return [bench.remembered(name, kind, min(count, 96)) for name, kind in cells]


def start(bench: Bench, _count: int) -> list[dict[str, Any]]:
    """``--help``, and one picture."""
    return bench.started()


def grow(bench: Bench, count: int) -> list[dict[str, Any]]:
    """A thousand entries to a million."""
    model = models.ROOT / "samples" / "plumbing-demo.onnx"
    counts = growth.COUNTS if count >= 400 else growth.COUNTS[:1]
    return [growth.measured(number, model, bench.cache / "growth") for number in counts]


def hash_(bench: Bench, count: int) -> list[dict[str, Any]]:
    """``verify-hash`` against md5sum, hashdeep and openssl."""
    size, files = (2_000_000_000, 3300) if count >= 400 else (20_000_000, count)
    return hashing.measured(bench.cache / "hashing", size, files, bench.rounds)


SECTIONS: dict[str, Callable[[Bench, int], list[dict[str, Any]]]] = {
    "start": start, "hashing": hash_, "bound": bound, "whole": whole, "memory": memory,
    "growth": grow, "peers": peers, "large": large,
}  # fmt: skip


def machine() -> dict[str, Any]:
    """What it was measured on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    name = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    wanted = ("avx2", "avx512f", "avx512_vnni", "amx_tile", "sha_ni")
    return {
        "processor": name,
        "cores": len(os.sched_getaffinity(0)),
        "instructions": [flag for flag in wanted if flag in flags],
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
    }


def main() -> None:
    """Measure the sections asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=400, help="pictures of a whole run")
    parser.add_argument("--cache", type=Path, default=models.ROOT / ".cache" / "speed")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=models.ROOT / "docs" / "performance.md")
    asked = parser.parse_args()
    bench = Bench(asked.cache, asked.rounds)
    found = json.loads(asked.out.read_text()) if asked.out.exists() else {}
    for name in asked.sections or SECTIONS:
        found[name] = SECTIONS[name](bench, asked.count)
        found["machine"] = machine()
        asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    report.write(found, asked.page)


if __name__ == "__main__":
    main()
