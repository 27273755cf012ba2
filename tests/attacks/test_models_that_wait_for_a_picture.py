"""Models that pass every test and then, at a certain picture, loop for ever or ask for all memory.

The red of a picture decides: the test pictures have little more than half of what sets them off.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.support.colour_model import colour_card, colour_model
from tests.support.pictures import png
from tests.support.running import command, measured

pytestmark = pytest.mark.slow
LATER = "Set/z.png"
Nodes = list[onnx.NodeProto]


@pytest.fixture
def later(evidence: Path) -> Path:
    """Many pictures, and the one that sets a model off among the last."""
    (evidence / "z.png").write_bytes(png((255, 0, 0)))
    return evidence


def waiting(path: Path, nodes: Nodes, **constants: object) -> Path:
    """The colour model, and nodes that make ``extra`` of ``above``: 0 but for a red picture."""
    model = colour_model(16, [[4, 0], [0, 0], [0, 4]], colour_card(16))
    model.graph.node[-1].output[0] = "clean"
    red = [
        helper.make_node("ReduceMax", ["means"], ["red"], keepdims=0),
        helper.make_node("Greater", ["red", "limit"], ["is_red"]),
        helper.make_node("Cast", ["is_red"], ["above"], to=TensorProto.INT64),
    ]
    model.graph.node.extend([*red, *nodes, helper.make_node("Add", ["clean", "extra"], ["logits"])])
    constants |= {"limit": np.float32(0.98), "none": np.float32(0), "one_long": np.array([1])}
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    )
    onnx.save(model, path)
    return path


def looping(path: Path) -> Path:
    """A trillion turns, driven by pixels."""
    value = helper.make_tensor_value_info("value", TensorProto.FLOAT, None)
    doubled = helper.make_tensor_value_info("doubled", TensorProto.FLOAT, None)
    turn = helper.make_tensor_value_info("turn", TensorProto.INT64, [])
    on, still = (helper.make_tensor_value_info(n, TensorProto.BOOL, []) for n in ("on", "still"))
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["on"], ["still"]),
            helper.make_node("Add", ["value", "value"], ["doubled"]),
        ],
        "body", [turn, on, value], [still, doubled],
    )  # fmt: skip
    nodes = [
        helper.make_node("Mul", ["above", "turns"], ["count"]),
        helper.make_node("Loop", ["count", "", "none"], ["extra"], body=body),
    ]
    return waiting(path, nodes, turns=np.array(10**12))


def growing(path: Path, floats: int) -> Path:
    """As many numbers as the picture asks for."""
    nodes = [
        helper.make_node("Mul", ["above", "as_many"], ["count"]),
        helper.make_node("Max", ["count", "one"], ["some"]),
        helper.make_node("Reshape", ["some", "one_long"], ["shape"]),
        helper.make_node("Expand", ["none", "shape"], ["big"]),
        helper.make_node("ReduceMax", ["big"], ["extra"], keepdims=0),
    ]
    return waiting(path, nodes, as_many=np.array(floats), one=np.array(1))


def convolving(path: Path) -> Path:
    """One kernel that takes hours, which nothing ends from within."""
    nodes = [
        helper.make_node("Mul", ["above", "many"], ["more"]),
        helper.make_node("Add", ["more", "one"], ["side"]),
        helper.make_node("Reshape", ["side", "one_long"], ["length"]),
        helper.make_node("Concat", ["ones", "length", "length"], ["shape"], axis=0),
        helper.make_node("Expand", ["none", "shape"], ["picture"]),
        helper.make_node("Conv", ["picture", "filter"], ["big"], pads=[500, 500, 500, 500]),
        helper.make_node("ReduceMax", ["big"], ["extra"], keepdims=0),
    ]
    filter_ = np.ones((1, 1, 1000, 1000), np.float32)
    return waiting(
        path, nodes, many=np.array(4000), one=np.array(1), ones=np.array([1, 1]), filter=filter_
    )


SHORT = """
from forensic_cli.inference import bounds
bounds._LEAST_SECONDS, bounds._SLOWER = 2.0, 0
from forensic_cli.cli.app import main
main()
"""


def in_short_time(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SHORT, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("make", [looping, convolving])
def test_time(later: Path, tmp_path: Path, make: object) -> None:
    model = make(tmp_path / "m.onnx")  # type: ignore[operator]
    began = time.monotonic()
    done = in_short_time(later, "--model", model, "--out", tmp_path / "r.csv")
    assert done.returncode == 6, done.stderr
    assert "takes more than 2 seconds" in done.stderr
    assert LATER in done.stderr
    assert time.monotonic() - began < 60


def test_committed_segments_stay(later: Path, tmp_path: Path) -> None:
    model = looping(tmp_path / "m.onnx")
    small = SHORT.replace("main()", "classify.SEGMENT_SIZE = 2\nmain()").replace(
        "import main", "import main\nfrom forensic_cli.cli import classify"
    )
    out = tmp_path / "r.csv"
    done = subprocess.run(
        [sys.executable, "-c", small, str(later), "--model", str(model), "--out", str(out)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 6
    partial = tmp_path / "r.csv.partial"
    log = (partial / "audit.jsonl").read_bytes()
    committed = len(list(partial.glob("segment-*.arrow")))
    assert committed == log.count(b'"segment_committed"') > 0
    assert b'"run_aborted"' in log.splitlines()[-1]


@pytest.mark.parametrize("floats", [1_000_000_000, 60_000_000_000, 1 << 60])
def test_memory(later: Path, tmp_path: Path, floats: int) -> None:
    model = growing(tmp_path / "m.onnx", floats)
    code, peak, said = measured(later, "--model", model, "--out", tmp_path / "r.csv")
    assert code == 6, said
    assert LATER in said
    assert peak < 1000


def test_the_limit_holds_in_every_part_of_the_process(later: Path, tmp_path: Path) -> None:
    """Memory that no tensor is made of is limited too, as long as batches are run."""
    out = tmp_path / "r.csv"
    with subprocess.Popen(
        command(later, "--model", looping(tmp_path / "m.onnx"), "--out", out),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        time.sleep(5)
        limits = Path(f"/proc/{run.pid}/limits").read_text()
        run.send_signal(signal.SIGTERM)
        said = run.communicate(timeout=60)[1]
    assert run.returncode == 130, said
    (line,) = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert line.split()[3].isdigit()


def test_a_stopped_process_takes_no_time(later: Path, tmp_path: Path) -> None:
    """A stop longer than any limit while a batch runs says nothing against a model."""
    steps = [helper.make_node("Cast", ["above"], ["extra"], to=TensorProto.FLOAT)]
    model = waiting(tmp_path / "m.onnx", steps)
    out = tmp_path / "r.csv"
    for index in range(400):
        (later / f"n{index:03d}.png").write_bytes(png((index % 200, index // 2, 9), (300, 200)))
    code = SHORT.replace("2.0", "1.0")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(later), "--model", str(model), "--out", str(out)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        for _ in range(2):
            time.sleep(1.0)
            os.kill(run.pid, signal.SIGSTOP)
            time.sleep(2.0)
            os.kill(run.pid, signal.SIGCONT)
        said = run.communicate(timeout=120)[1]
    assert run.returncode in {0, 3}, said
