"""What a GPU makes of exported models: speed by batch, by precision, from disk; and the same bits.

    python -m benchmarks.cuda MODEL.onnx ... [--device cuda] [--out cuda.json]

Each model is run on ready batches (through IO binding from pageable and from pinned memory, with
the pictures on the device already, and by plain ``run``), with TF32 off and on, then from disk with
1 to 16 decode workers. Three runs must give one file; answers are compared with the CPU's. Give a
half-precision export of the same network as another model. With ``--device cpu`` all of it runs
without a GPU, which shows that it works, and nothing else.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed import pictures
from benchmarks.speed.processes import ours
from forensic_cli.inference import providers
from forensic_cli.inference.model_file import ModelFile, read_model
from forensic_cli.inference.session import Session, Slot

ROOT = Path(__file__).resolve().parents[1]
BATCHES = (8, 16, 32, 64, 128, 256)
DISK_BATCHES = (8, 32, 128)
WORKERS = (1, 2, 4, 8, 16)
_ROUNDS = 5


@contextmanager
def tf32(on: str) -> Iterator[None]:
    """Sessions made inside use 10-bit mantissas, or not."""
    before = providers.CUDA_OPTIONS
    vars(providers)["CUDA_OPTIONS"] = {**before, "use_tf32": on}
    try:
        yield
    finally:
        vars(providers)["CUDA_OPTIONS"] = before


def per_second(work: Callable[[], object], pictures_each: int, seconds: float) -> dict[str, float]:
    """Pictures per second of a call that is repeated; the first calls do not count."""
    work()
    work()
    rates = []
    for _ in range(_ROUNDS):
        calls, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds / _ROUNDS or not calls:
            work()
            calls += 1
        spent = time.perf_counter() - began
        rates.append(pictures_each * calls / spent)
    return {"median": statistics.median(rates), "least": min(rates), "most": max(rates)}


def pinned(shape: tuple[int, ...]) -> Any:
    """Page-locked memory, by PyTorch; None where it has no CUDA."""
    try:
        import torch  # noqa: PLC0415 - only where there is one
    except ImportError:
        return None
    if not torch.cuda.is_available():
        return None
    return torch.empty(shape, dtype=torch.uint8, pin_memory=True).numpy()


def ready_batches(session: Session, batch: int, seconds: float) -> dict[str, Any]:
    """One batch size, fed in each way."""
    slot = session.slot(batch)
    slot.images[:] = np.random.default_rng(batch).integers(0, 256, slot.images.shape, np.uint8)
    images = slot.images.copy()
    found: dict[str, Any] = {"batch": batch}
    found["io_binding"] = per_second(lambda: slot.run(batch), batch, seconds)
    found["on_the_device"] = per_second(lambda: _again(slot), batch, seconds)
    inner = slot._session  # noqa: SLF001 - what Slot is compared with
    run = per_second(lambda: inner.run(["logits"], {"images": images}), batch, seconds)
    found["plain_run"] = run
    memory = pinned(images.shape) if session.choice.provider == providers.CUDA else None
    if memory is not None:
        memory[:] = images
        slot.images = memory
        found["io_binding_pinned"] = per_second(lambda: slot.run(batch), batch, seconds)
    return found


def _again(slot: Slot) -> None:
    slot._session.run_with_iobinding(slot._binding)  # noqa: SLF001 - without the copy
    slot._binding.synchronize_outputs()  # noqa: SLF001


def logits_of(session: Session, images: Any) -> Any:
    """Logits of ready pictures, in batches of 8."""
    slot = session.slot(8)
    rows = []
    for first in range(0, len(images), 8):
        slot.images[:] = images[first : first + 8]
        rows.append(slot.run(8))
    return np.concatenate(rows)


def compared(session: Session, reference: Any, images: Any) -> dict[str, Any]:
    """How far a session's answers are from the CPU's."""
    found = logits_of(session, images)
    return {
        "largest_logit_difference": float(np.abs(found - reference).max()),
        "logit_range": float(np.ptp(reference)),
        "labels_equal": int((found.argmax(1) == reference.argmax(1)).sum()),
        "pictures": len(images),
        "same_again": bool(np.array_equal(found, logits_of(session, images))),
    }


def from_disk(model: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """The main job: pictures per second by batch and workers, and whether three runs agree."""
    out = asked.cache / "cuda.csv"
    rows, digests = [], set()
    for kind in list(pictures.KINDS)[: 2 if asked.count >= 100 else 1]:
        evidence = pictures.made(kind, asked.count, asked.cache)
        settings = [(batch, max(asked.workers)) for batch in asked.disk_batches]
        settings += [(asked.disk_batches[-1], number) for number in asked.workers[:-1]]
        for batch, workers in settings:
            options = ("--device", asked.device, "--batch-size", str(batch),
                       "--workers", str(workers))  # fmt: skip
            ran = ours(model, evidence, out, options)
            rate = asked.count / ran.loop_seconds
            rows.append({"pictures": kind, "batch": batch, "workers": workers,
                         "pictures_per_second": rate, "seconds": ran.seconds})  # fmt: skip
    for _ in range(3):
        again = ("--device", asked.device, "--batch-size", str(asked.disk_batches[0]))
        digests.add(ours(model, evidence, out, again).csv_sha256)
    return {"runs": rows, "three_runs_one_file": len(digests) == 1}


def measured(model: ModelFile, asked: argparse.Namespace) -> dict[str, Any]:
    """All of one model."""
    height, width = Session(model, "cpu").card.preprocessing.size
    images = np.stack([np.asarray(pictures.drawn((width, height), index)) for index in range(32)])
    reference = logits_of(Session(model, "cpu"), images)
    found: dict[str, Any] = {"model": model.path.name, "sha256": model.sha256, "ready": {}}
    for name, on in (("TF32 off", "0"), ("TF32 on", "1")):
        with tf32(on):
            session = Session(model, asked.device)
        found["ready"][name] = {
            "device": session.device_record(),
            "against_cpu": compared(session, reference, images),
            "batches": [ready_batches(session, batch, asked.seconds) for batch in asked.batches],
        }
        print(model.path.name, name, json.dumps(found["ready"][name]["against_cpu"]), flush=True)
    found["from_disk"] = from_disk(model.path, asked)
    return found


def main() -> None:
    """Measure every model given; the file is written after each."""
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    parser.add_argument("--disk-batches", nargs="+", type=int, default=DISK_BATCHES)
    parser.add_argument("--workers", nargs="+", type=int,
                        default=[number for number in WORKERS if number <= cores])  # fmt: skip
    parser.add_argument("--count", type=int, default=800, help="pictures from disk")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each figure")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "speed")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "cuda.json")
    asked = parser.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    results = []
    for path in asked.models:
        results.append(measured(read_model(path), asked))
        asked.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
