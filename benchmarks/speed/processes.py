"""Programs run to their end as processes of their own: how long, how much memory, what came out."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Ran:
    """One run.

    Attributes:
        seconds: On the clock, from start to end of the process.
        loop_seconds: Of these, from the model's being ready to the last answer.
        verify_seconds: Of these, checking the evidence.
        answers: Probability that it is real, by file name.
        csv_sha256: Of the result, where this tool wrote it.
    """

    seconds: float
    loop_seconds: float
    verify_seconds: float
    answers: dict[str, float]
    csv_sha256: str = ""


def ours(
    model: Path, evidence: Path, out: Path, options: Sequence[str] = (), cores: int | None = None
) -> Ran:
    """The main job of this tool, on so many cores."""
    command = [
        sys.executable, "-m", "forensic_cli", str(evidence), "--model", str(model),
        "--out", str(out), "--force", "--quiet", *options,
    ]  # fmt: skip
    seconds = timed(command, cores)
    times: dict[str, datetime] = {}
    for line in out.with_suffix(".audit.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        times[record["event"]] = datetime.fromisoformat(record["time"])
    data = out.read_bytes()
    answers = {}
    for row in data.decode().splitlines()[1:]:
        score, label, name = row.split(",", 2)
        answers[name.rpartition("/")[2]] = float(score) if label == "1" else 1 - float(score)
    return Ran(
        seconds,
        (times["segment_committed"] - times["model_loaded"]).total_seconds(),
        (times["evidence_verified"] - times["run_started"]).total_seconds(),
        answers,
        hashlib.sha256(data).hexdigest(),
    )


def peer(way: str, batch: int, folder: Path, evidence: Path, out: Path) -> Ran:
    """One of ``peers.py``."""
    command = [
        sys.executable, "-m", "benchmarks.speed.peers", way, str(folder), str(evidence), str(out),
        "--batch", str(batch),
    ]  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    seconds = time.perf_counter() - began
    rows = (line.split(",") for line in out.read_text(encoding="utf-8").splitlines())
    answers = {name: float(real) for name, real in rows}
    loop = json.loads(done.stdout.splitlines()[-1])["loop_seconds"]
    return Ran(seconds, loop, 0.0, answers)


def timed(command: Sequence[str], cores: int | None = None) -> float:
    """Seconds on the clock of a command that succeeds."""
    before = os.sched_getaffinity(0)
    if cores is not None:
        os.sched_setaffinity(0, sorted(before)[:cores])  # inherited
    began = time.perf_counter()
    try:
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    finally:
        os.sched_setaffinity(0, before)
    return time.perf_counter() - began


def peak_memory(command: Sequence[str]) -> int:
    """Largest sum, in bytes, of what a command and its children hold, shared pages by share."""
    peak = 0
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(_held, _family(process.pid))))
            time.sleep(_SAMPLE_SECONDS)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            tasks = Path(f"/proc/{one}/task").iterdir()
            found += [int(n) for task in tasks for n in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _held(pid: int) -> int:
    """proc(5), smaps_rollup: Pss, in kilobytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
