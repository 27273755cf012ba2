"""The measurements, each in rounds in which everybody has a turn."""

import hashlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed import models, pictures
from benchmarks.speed.processes import ROOT, Ran, ours, peak_memory, peer, timed
from forensic_cli.decode_workers.worker_process import ENVIRONMENT

OURS = "dfc-classify"
_BATCH_ALONE = """
import sys, numpy, threading
from pathlib import Path
from forensic_cli.inference.model_file import read_model
from forensic_cli.inference.session import Session
session = Session(read_model(Path(sys.argv[1])), "cpu")
slots = [session.slot(2) for _ in range(session.choice.streams)]
def work(slot):
    for _ in range(4):
        slot.run(2)
threads = [threading.Thread(target=work, args=(slot,)) for slot in slots]
[thread.start() for thread in threads], [thread.join() for thread in threads]
"""


class Bench:
    """Where things are kept, and how often each is measured."""

    def __init__(self, cache: Path, rounds: int) -> None:
        """Make the cache."""
        self.cache = cache
        self.rounds = rounds
        cache.mkdir(parents=True, exist_ok=True)

    def compared(
        self, name: str, kind: str, count: int, peers: Sequence[tuple[str, int]], rounds: int = 0
    ) -> dict[str, Any]:
        """This tool and others over the same pictures."""
        model, evidence = models.made(name, self.cache), pictures.made(kind, count, self.cache)
        if model.folder is None:
            msg = f"{name} has no peers"
            raise ValueError(msg)
        folder, out = model.folder, self.cache / "out.csv"
        ways: dict[str, Callable[[], Ran]] = {OURS: lambda: ours(model.onnx, evidence, out)}
        for way, batch in peers:
            ways[f"{way} {batch}"] = partial(peer, way, batch, folder, evidence, out)
        reference = self._reference(model.onnx, evidence)
        rows: dict[str, list[Ran]] = {way: [] for way in ways}
        for _ in range(rounds or self.rounds):
            for way, run in ways.items():
                rows[way].append(run())
        base = rows[OURS][0].answers
        found = {
            "model": name, "pictures": kind, "count": count,
            "same_csv": all(ran.csv_sha256 == reference for ran in rows[OURS]),
            "ways": {
                way: {
                    "seconds": [ran.seconds for ran in runs],
                    "loop_seconds": [ran.loop_seconds for ran in runs],
                    **_difference(runs[0].answers, base),
                }
                for way, runs in rows.items()
            },
        }  # fmt: skip
        best = min(
            statistics.median(ran.seconds for ran in runs)
            for way, runs in rows.items()
            if way != OURS
        )
        own = statistics.median(ran.seconds for ran in rows[OURS])
        found["against_the_best"] = best / own
        print(name, kind, count, f"{best / own:.2f} x the best", found["same_csv"], flush=True)
        return found

    def bounded(self, name: str, kind: str, count: int) -> dict[str, Any]:
        """This tool against the stages alone; the evidence is verified."""
        model, evidence = models.made(name, self.cache), pictures.made(kind, count, self.cache)
        out, listed = self.cache / "out.csv", self.cache / f"{evidence.name}.md5"
        command = [sys.executable, "-m", "forensic_cli", "hash", str(evidence), "--force"]
        subprocess.run([*command, "--out", str(listed)], check=True, capture_output=True, cwd=ROOT)
        reference = self._reference(model.onnx, evidence)
        alone, runs = [], []
        for _ in range(self.rounds):
            alone.append(_alone(model.onnx, evidence))
            runs.append(ours(model.onnx, evidence, out, ("--hashes", str(listed))))
        stages = {key: statistics.median(float(one[key]) for one in alone) for key in alone[0]}
        cost = sum(stages[key] for key in ("read", "hash", "decode", "prepare", "infer"))
        cost += stages["verify_read"] + stages["verify_hash"]
        cores = len(os.sched_getaffinity(0))
        seconds = statistics.median(ran.loop_seconds + ran.verify_seconds for ran in runs)
        share = cost * count / cores / seconds
        print(name, kind, f"{share:.3f} of the bound, {count / seconds:.1f}/s", flush=True)
        return {
            "model": name, "pictures": kind, "count": count,
            "cpu_seconds_alone": stages,
            "pixels_equal": all(one["pixels_equal"] for one in alone),
            "bound_pictures_per_second": cores / cost,
            "pictures_per_second": count / seconds,
            "share_of_bound": share,
            "loop_seconds": [ran.loop_seconds for ran in runs],
            "verify_seconds": [ran.verify_seconds for ran in runs],
            "seconds": [ran.seconds for ran in runs],
            "same_csv": all(ran.csv_sha256 == reference for ran in runs),
        }  # fmt: skip

    def remembered(self, name: str, kind: str, count: int) -> dict[str, Any]:
        """Peak memory of all processes, and of the model by itself."""
        model, evidence = models.made(name, self.cache), pictures.made(kind, count, self.cache)
        own = peak_memory([sys.executable, "-c", _BATCH_ALONE, str(model.onnx)])
        command = [
            sys.executable, "-m", "forensic_cli", str(evidence), "--model", str(model.onnx),
            "--out", str(self.cache / "out.csv"), "--force", "--quiet",
        ]  # fmt: skip
        peak = max(peak_memory(command) for _ in range(self.rounds))
        print(name, kind, f"{(peak - own) / 1e6:.0f} MB beyond {own / 1e6:.0f}", flush=True)
        return {
            "model": name, "pictures": kind, "count": count, "peak_mb": peak / 1e6,
            "model_alone_mb": own / 1e6,
        }  # fmt: skip

    def started(self) -> list[dict[str, Any]]:
        """Seconds of commands that do little."""
        one = pictures.made(next(iter(pictures.KINDS)), 1, self.cache)
        base = [sys.executable, "-m", "forensic_cli"]
        commands = {"--help": [*base, "--help"]}
        for name in ("built-in", "resnet-18", "swin-small"):
            model = models.made(name, self.cache)
            commands[f"one picture, {name}"] = [
                *base, str(one), "--model", str(model.onnx), "--out", str(self.cache / "o.csv"),
                "--force", "--quiet",
            ]  # fmt: skip
        times: dict[str, list[float]] = {what: [] for what in commands}
        for _ in range(2 * self.rounds + 1):
            for what, command in commands.items():
                times[what].append(timed(command))
        return [{"what": what, "seconds": seconds} for what, seconds in times.items()]

    def _reference(self, onnx: Path, evidence: Path) -> str:
        """The result's digest with one worker, one stream and batches of one."""
        digest = hashlib.sha256(onnx.read_bytes()).hexdigest()[:16]
        kept = self.cache / f"{onnx.stem}-{digest}-{evidence.name}.reference"
        if not kept.exists():
            options = ("--workers", "1", "--batch-size", "1")
            ran = ours(onnx, evidence, self.cache / "reference.csv", options, cores=1)
            kept.write_text(ran.csv_sha256)
        return kept.read_text()


def _alone(onnx: Path, evidence: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed.bounds", str(onnx), str(evidence)]
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _difference(found: dict[str, float], base: dict[str, float]) -> dict[str, Any]:
    if found.keys() != base.keys():
        msg = "other pictures were answered"
        raise ValueError(msg)
    apart = max(abs(found[name] - base[name]) for name in base)
    labels = sum((found[name] > 0.5) == (base[name] > 0.5) for name in base)
    return {"largest_difference": apart, "labels_equal": labels, "answers": len(base)}
