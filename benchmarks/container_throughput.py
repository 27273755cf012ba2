"""How fast the main job is out of containers, against the same pictures in a folder.

``python benchmarks/container_throughput.py`` makes pictures and containers in a temporary folder,
runs the whole job over each, in turns, and prints a table; ``--json FILE`` also writes it.
"""

import argparse
import io
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support import containers  # noqa: E402 - the tests' own writers

MODEL = ROOT / "samples" / "plumbing-demo.onnx"


def pictures(count: int) -> dict[bytes, bytes]:
    """JPEG of 768 x 512 with some detail, about 100 kB each."""
    random = np.random.default_rng(0)
    found = {}
    for index in range(count):
        coarse = random.integers(0, 255, (64, 96, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((768, 512), Image.Resampling.BICUBIC)
        noise = random.normal(0, 6, (512, 768, 3))
        image = Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=90)
        found[f"sub{index % 5}/{index:05d}.jpg".encode()] = stream.getvalue()
    return found


def main() -> None:
    """Measure, print, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=300)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = pictures(given.pictures)
        (folder / "five").mkdir()
        sets = {
            "folder": containers.as_folder(folder / "Set", files),
            "ad1, 1 segment": containers.as_ad1(folder / "Set.ad1", files),
            "ad1, 5 segments": containers.as_ad1(folder / "five" / "Set.ad1", files, 5),
            "zip": containers.as_zip(folder / "Set.zip", files),
            "tar": containers.as_tar(folder / "Set.tar", files),
            "tar.gz": containers.as_tar(folder / "Set.tar.gz", files, "gzip"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in sets}
        names = list(sets)
        for turn in range(given.rounds + 1):  # the first is not counted
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                took = run(sets[name], folder / "r.csv")
                if turn:
                    seconds[name].append(took)
    best = {name: median(all_of) for name, all_of in seconds.items()}
    ratios = {name: best["folder"] / value for name, value in best.items()}
    print("| evidence | pictures/s, whole job | throughput against the folder |")
    print("| --- | ---: | ---: |")
    for name in names:
        print(f"| {name} | {given.pictures / best[name]:.0f} | {ratios[name]:.2f} |")
    if given.json:
        record = {
            "pictures": given.pictures,
            "rounds": given.rounds,
            "mean_bytes": sum(map(len, files.values())) // len(files),
            "machine": platform.processor() or platform.machine(),
            "seconds": seconds,
            "throughput_against_folder": ratios,
        }
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def run(evidence: Path, out: Path) -> float:
    """Seconds from the start of the classifying to its end, the process's start left out."""
    script = (
        "import sys, time; from forensic_cli.cli.app import main\n"
        "import forensic_cli.classification.classify, pyarrow.parquet\n"
        "began = time.perf_counter()\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print(time.perf_counter() - began, file=sys.stderr)\n"
    )
    arguments = [str(evidence), "--model", str(MODEL), "--out", str(out), "--force", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return float(done.stderr.splitlines()[-1])


if __name__ == "__main__":
    main()
