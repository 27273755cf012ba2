"""What decoding in supervised processes costs against decoding in threads.

``python benchmarks/supervised_decoding.py`` runs the main job over sound pictures, in turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from forensic_cli.decode_workers.losses import WorkerLostError
from forensic_cli.decode_workers.messages import DecodeTask
from forensic_cli.decode_workers.pool import Prepared
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.pixels import prepare
from forensic_cli.settings import DEFAULT_MAX_PIXELS

ROOT = Path(__file__).resolve().parent.parent
PICTURES = {
    "JPEG 512x768": ("JPEG", (512, 768)),
    "PNG 512x768": ("PNG", (512, 768)),
    "JPEG 2000x1500": ("JPEG", (2000, 1500)),
}


class DecodeThreads:
    """Has the methods of ``DecodeWorkers``, and no supervision."""

    def __init__(self, count: int, _clock: StageClock) -> None:
        """Start nothing but threads."""
        configure(DEFAULT_MAX_PIXELS)
        self.count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="decode")

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(cancel_futures=True)

    def confinement(self, _task: DecodeTask) -> dict[str, str]:
        """Nothing does."""
        return {}

    def begin(self, data: bytes, task: DecodeTask) -> Future[Prepared]:
        """Decode on a thread."""
        return self._threads.submit(lambda: prepare(decode(data), task.preprocessing))

    def finish(
        self,
        _data: bytes,
        _task: DecodeTask,
        begun: Future[Prepared],
        _others: Iterable[Future[Prepared]],
        _lost: Callable[[WorkerLostError], None],
    ) -> Prepared:
        """What came of it."""
        return begun.result()


def run_in_threads() -> None:
    """The main job with threads in the place of the workers."""
    from forensic_cli.cli.app import main  # noqa: PLC0415
    from forensic_cli.pipelines import opening as job  # noqa: PLC0415 - the rest of the job

    vars(job)["DecodeWorkers"] = DecodeThreads
    main()


def make_pictures(folder: Path, form: str, size: tuple[int, int], count: int) -> None:
    """Sound pictures with some structure, all different."""
    folder.mkdir()
    generator = np.random.default_rng(7)
    width, height = size
    for index in range(count):
        coarse = generator.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
        noise = generator.integers(0, 12, smooth.shape, np.uint8)
        picture = Image.fromarray(np.clip(smooth.astype(np.int16) + noise, 0, 255).astype(np.uint8))
        picture.save(folder / f"{index:05d}.{form.lower()}", form, quality=90)


def seconds(way: str, evidence: Path, out: Path, model: Path) -> float:
    """A whole run's wall-clock time."""
    start = (
        [sys.executable, "-m", "forensic_cli"]
        if way == "processes"
        else [sys.executable, __file__, "--in-threads"]
    )
    arguments = [str(evidence), "--out", str(out), "--model", str(model), "--force", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    subprocess.run([*start, *arguments], check=True, env=environment, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure, print, and write the figures beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", type=Path, default=ROOT / "samples" / "plumbing-demo.onnx")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    asked = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, (form, size) in PICTURES.items():
            folder = Path(scratch) / name.replace(" ", "-")
            make_pictures(folder, form, size, asked.count)
            times: dict[str, list[float]] = {"threads": [], "processes": []}
            for _ in range(asked.rounds):
                for way, measured in times.items():
                    out = Path(scratch) / f"{way}.csv"
                    measured.append(seconds(way, folder, out, asked.model))
            csvs = {(Path(scratch) / f"{way}.csv").read_bytes() for way in times}
            medians = {way: statistics.median(measured) for way, measured in times.items()}
            ratio = medians["threads"] / medians["processes"]
            figures[name] = {
                "seconds": times,
                "throughput_ratio": ratio,
                "same_csv": len(csvs) == 1,
            }
            print(f"{name}: {ratio:.3f} of the threads' throughput, {medians}, {len(csvs) == 1}")
    asked.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in-threads"]:
        del sys.argv[1]
        run_in_threads()
    else:
        main()
