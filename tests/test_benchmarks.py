"""The benchmarks run, and the page says what their figures say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import DEMO_MODEL, ROOT

PAGE = ROOT / "docs" / "performance.md"


def test_the_page_is_written_from_the_figures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from benchmarks.speed import report

    found = json.loads((ROOT / "benchmarks" / "speed.json").read_text(encoding="utf-8"))
    copy = tmp_path / PAGE.name
    copy.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    report.write(found, copy)
    assert copy.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    assert copy.with_suffix(".svg").exists()


def test_every_result_file_was_the_same() -> None:
    found = json.loads((ROOT / "benchmarks" / "speed.json").read_text(encoding="utf-8"))
    rows = [row for name in ("whole", "bound", "peers", "large") for row in found.get(name, [])]
    assert rows
    assert all(row["same_csv"] for row in rows)
    ways = [way for row in rows for way in row.get("ways", {}).values()]
    assert ways
    assert all(way["largest_difference"] < 1e-4 for way in ways)
    assert all(way["labels_equal"] == way["answers"] for way in ways)


@pytest.mark.slow
def test_the_gpu_kit_runs_without_a_gpu(tmp_path: Path) -> None:
    out = tmp_path / "cuda.json"
    subprocess.run(
        [
            sys.executable, "-m", "benchmarks.cuda", str(DEMO_MODEL), "--device", "cpu",
            "--batches", "2", "3", "--disk-batches", "2", "--workers", "1", "2", "--count", "5",
            "--seconds", "0.05", "--cache", str(tmp_path), "--out", str(out),
        ],
        check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    found = json.loads(out.read_text(encoding="utf-8"))[0]
    assert found["model"] == DEMO_MODEL.name
    assert set(found["ready"]) == {"TF32 off", "TF32 on"}
    for one in found["ready"].values():
        assert one["device"]["provider"] == "CPUExecutionProvider"
        assert one["against_cpu"]["largest_logit_difference"] == 0.0
        assert one["against_cpu"]["labels_equal"] == one["against_cpu"]["pictures"]
        assert [row["batch"] for row in one["batches"]] == [2, 3]
        assert all(row["io_binding"]["median"] > 0 for row in one["batches"])
    assert found["from_disk"]["three_runs_one_file"]
    assert [row["workers"] for row in found["from_disk"]["runs"]] == [2, 1]
