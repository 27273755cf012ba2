"""What confining decoders, and replacing them every few files, costs.

``python -m benchmarks.confinement`` runs the main job over 400 pictures with ResNet-18, in turns,
with and without, and measures how long a worker takes to be ready.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.speed.models import made
from benchmarks.supervised_decoding import PICTURES, ROOT, make_pictures
from forensic_cli.decode_workers import process, worker_process
from forensic_cli.decode_workers.pool import decode_task
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import ConvertRgb, ResizeSquash

_BARE = (
    "import sys\n"
    "from forensic_cli.decode_workers import worker\n"
    "worker.confine_worker = worker.confine_decoder = dict\n"
    "worker.main(sys.argv[1:])\n"
)
_ZEROS, _ONES = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
_TASK = decode_task(
    Preprocessing((ConvertRgb(), ResizeSquash(224, 224, "bilinear")), 255.0, _ZEROS, _ONES),
    10**8,
    1 << 28,
    30.0,
)


def leave_bare(folder: Path) -> None:
    """Have workers of this process confine nothing, and decoders stay for good."""
    script = folder / "bare_worker.py"
    script.write_text(_BARE, encoding="utf-8")
    worker_process._PROGRAM = (str(script),)  # type: ignore[assignment] # noqa: SLF001 - what is measured
    process._FILES_PER_DECODER = 1 << 60  # noqa: SLF001


def run(folder: Path) -> None:
    """The main job, bare."""
    from forensic_cli.cli.app import main  # noqa: PLC0415 - the rest of the job

    leave_bare(folder)
    main()


def seconds(way: str, evidence: Path, out: Path, model: Path) -> tuple[float, float]:
    """A whole run's wall-clock and processor time."""
    start = ["-m", "forensic_cli"] if way == "confined" else [__file__, "--bare", str(out.parent)]
    arguments = [str(evidence), "--out", str(out), "--model", str(model), "--force", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, *start, *arguments]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def seconds_to_start() -> float:
    """Until a worker has forked its first decoder."""
    began = time.perf_counter()
    worker = worker_process.WorkerProcess()
    worker.brief(_TASK, 60.0)
    took = time.perf_counter() - began
    worker.end()
    return took


def seconds_to_replace(times: int = 200) -> float:
    """Until a decoder is replaced by another."""
    worker = worker_process.WorkerProcess()
    worker.brief(_TASK, 60.0)
    began = time.perf_counter()
    for _ in range(times):
        worker.replace_decoder()
        worker.await_decoder(60.0)
    took = (time.perf_counter() - began) / times
    worker.end()
    return took


def main() -> None:
    """Measure, print, and write the figures beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", nargs="*", choices=PICTURES, default=list(PICTURES))
    parser.add_argument("--cache", type=Path, required=True, help="Where the network is kept.")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    asked = parser.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    model = made("resnet-18", asked.cache).onnx
    figures: dict[str, object] = {"count": asked.count, "rounds": asked.rounds}
    with tempfile.TemporaryDirectory() as scratch:
        for name in asked.pictures:
            form, size = PICTURES[name]
            folder = Path(scratch) / name.replace(" ", "-")
            make_pictures(folder, form, size, asked.count)
            times: dict[str, list[tuple[float, float]]] = {"bare": [], "confined": []}
            for _ in range(asked.rounds):
                for way, measured in times.items():
                    measured.append(seconds(way, folder, Path(scratch) / f"{way}.csv", model))
            csvs = {(Path(scratch) / f"{way}.csv").read_bytes() for way in times}
            pairs = [*zip(times["bare"], times["confined"], strict=True)]
            wall, processor = (
                statistics.median(bare[which] / confined[which] for bare, confined in pairs)
                for which in (0, 1)
            )
            figures[name] = {
                "wall_and_processor_seconds": times,
                "throughput": wall,
                "processor_time": 1 / processor,
                "same_csv": len(csvs) == 1,
            }
            print(
                f"{name}: {wall:.3f} of the bare throughput, {1 / processor:.3f} times its "
                f"processor time, same CSV: {len(csvs) == 1}"
            )
        starts: dict[str, list[float]] = {"confined": [], "bare": []}
        starts["confined"] = [seconds_to_start() for _ in range(15)]
        figures["replace_ms"] = 1000 * seconds_to_replace()
        leave_bare(Path(scratch))
        starts["bare"] = [seconds_to_start() for _ in range(15)]
        ready = {way: 1000 * statistics.median(measured) for way, measured in starts.items()}
        figures["ready_ms"] = ready
    print(f"ready after {ready} ms, replaced in {figures['replace_ms']:.1f} ms")
    asked.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        place = Path(sys.argv[2])
        del sys.argv[1:3]
        run(place)
    else:
        main()
