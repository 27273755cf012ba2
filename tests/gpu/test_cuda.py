"""On a GPU: CUDA runs the heavy nodes, repeats itself to the byte, and agrees with the CPU."""

import csv
import json
from pathlib import Path

import pytest

from forensic_cli.inference.providers import cuda_obstacle
from tests.support.running import DEMO_MODEL, SAMPLES, Runner

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif((said := cuda_obstacle()) is not None, reason=f"no CUDA: {said}"),
]


def run(dfc: Runner, out: Path, device: str) -> list[dict[str, str]]:
    arguments = ("--model", DEMO_MODEL, "--device", device, "--out", out)
    dfc(SAMPLES / "ImageSet", *arguments, code=3)
    with out.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_cuda_is_what_runs(dfc: Runner, tmp_path: Path) -> None:
    run(dfc, tmp_path / "r.csv", "cuda")
    for line in (tmp_path / "r.audit.jsonl").read_text(encoding="ascii").splitlines():
        record = json.loads(line)
        if record["event"] == "model_loaded":
            nodes = record["data"]["device"]["nodes_per_provider"]
            assert nodes["CUDAExecutionProvider"] > nodes.get("CPUExecutionProvider", 0)
            assert record["data"]["device"]["gpu"]


def test_three_runs_give_the_same_bytes(dfc: Runner, tmp_path: Path) -> None:
    for index in range(3):
        run(dfc, tmp_path / f"{index}.csv", "cuda")
    assert len({(tmp_path / f"{index}.csv").read_bytes() for index in range(3)}) == 1


def test_cuda_agrees_with_the_cpu(dfc: Runner, tmp_path: Path) -> None:
    cuda, cpu = (run(dfc, tmp_path / f"{device}.csv", device) for device in ("cuda", "cpu"))
    assert [row["filename"] for row in cuda] == [row["filename"] for row in cpu]
    for one, other in zip(cuda, cpu, strict=True):
        assert float(one["score"]) == pytest.approx(float(other["score"]), abs=1e-4)
