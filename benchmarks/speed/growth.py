"""How cost grows with the number of entries: tiny pictures, the same few under many names."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
COUNTS = (1_000, 10_000, 100_000, 1_000_000)
_CONTENTS = 20
_A_FOLDER = 1_000
# From a small process: what a parent holds would count as the child's.
_MEASURE = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
figures = {"cpu_seconds": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
print(json.dumps(figures))
"""


def made(count: int, cache: Path) -> Path:
    """A folder of so many hard links to a few pictures."""
    folder = cache / f"entries-{count}"
    shutil.rmtree(folder, ignore_errors=True)
    pool = cache / "pool"
    pool.mkdir(parents=True, exist_ok=True)
    for index in range(_CONTENTS):
        stream = BytesIO()
        Image.new("RGB", (24, 16), (index, 99, 200)).save(stream, "PNG")
        (pool / f"{index}.png").write_bytes(stream.getvalue())
    for first in range(0, count, _A_FOLDER):
        here = folder / f"{first // _A_FOLDER:04d}"
        here.mkdir(parents=True)
        for index in range(min(_A_FOLDER, count - first)):
            os.link(pool / f"{index % _CONTENTS}.png", here / f"submission-{index:04d}.png")
    return folder


def measured(count: int, model: Path, cache: Path) -> dict[str, Any]:
    """A whole run over so many entries: seconds and microseconds an entry, and peak memory."""
    folder, out = made(count, cache), cache / "growth.csv"
    command = [
        sys.executable, "-m", "forensic_cli", str(folder), "--model", str(model), "--out", str(out),
        "--force", "--quiet", "--profile",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command], capture_output=True, text=True, check=True,
        cwd=ROOT,
    )  # fmt: skip
    shutil.rmtree(folder)
    used, said = json.loads(done.stdout), done.stderr
    times = {}
    for line in out.with_suffix(".audit.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        times[record["event"]] = datetime.fromisoformat(record["time"])
    seconds = (times["run_finished"] - times["model_loaded"]).total_seconds()
    stages = {
        line[:20].strip(): float(line[20:30]) for line in said.splitlines() if _is_stage(line)
    }
    return {
        "entries": count,
        "seconds": seconds,
        "microseconds_an_entry": 1e6 * seconds / count,
        **used,
        "stage_seconds": stages,
        "write_cpu_seconds": stages["write"],
    }


def _is_stage(line: str) -> bool:
    parts = line[20:].split()
    return len(parts) == 2 and all(part.replace(".", "").isdigit() for part in parts)
