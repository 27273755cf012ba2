"""A model file is as untrusted as evidence: whatever it asks for, it gets exit code 6, soon."""

import copy
import json
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from forensic_cli.inference import bounds
from tests.support.running import DEMO_MODEL, SAMPLES, Runner, measured

pytestmark = pytest.mark.slow

TEN_GIGABYTES = 2_500_000_000  # of float32
PLAIN = onnx.load(DEMO_MODEL)


def model() -> Any:
    return copy.deepcopy(PLAIN)


def spoiled(*nodes: Any, **constants: Any) -> Any:
    """The model with nodes that make ``extra`` (a number), which is added to its logits."""
    made = model()
    for node in made.graph.node:
        node.output[:] = ["plain" if name == "logits" else name for name in node.output]
    for name, value in constants.items():
        made.graph.initializer.append(numpy_helper.from_array(np.array(value), name))
    made.graph.node.extend(nodes)
    made.graph.node.append(helper.make_node("Add", ["plain", "extra"], ["logits"]))
    return made


def summed(name: str) -> Any:
    return helper.make_node("ReduceMax", [name], ["extra"], keepdims=0)


def declared(data: bytes) -> Any:
    made = spoiled(summed("big"))
    weights = made.graph.initializer.add()
    weights.name, weights.data_type, weights.raw_data = "big", TensorProto.FLOAT, data
    weights.dims.extend([TEN_GIGABYTES])
    return made


def sparse() -> Any:
    made = spoiled(summed("big"))
    weights = made.graph.sparse_initializer.add()
    weights.values.CopyFrom(helper.make_tensor("big", TensorProto.FLOAT, [1], [1.0]))
    weights.indices.CopyFrom(helper.make_tensor("", TensorProto.INT64, [1], [0]))
    weights.dims.extend([TEN_GIGABYTES])
    return made


def constant() -> Any:
    make = helper.make_node("ConstantOfShape", ["shape"], ["big"])
    return spoiled(make, summed("big"), shape=[TEN_GIGABYTES])


def expanded() -> Any:
    nodes = (
        helper.make_node("ReduceSum", ["plain"], ["sum"], keepdims=0),
        helper.make_node("Reshape", ["sum", "one"], ["small"]),
        helper.make_node("Expand", ["small", "shape"], ["big"]),
        summed("big"),
    )
    return spoiled(*nodes, shape=[TEN_GIGABYTES], one=[1])


def custom() -> Any:
    made = model()
    made.graph.node[-1].domain = "evil"
    made.opset_import.append(helper.make_opsetid("evil", 1))
    return made


def outside() -> Any:
    made = spoiled(summed("big"))
    weights = made.graph.initializer.add()
    weights.name, weights.data_type = "big", TensorProto.FLOAT
    weights.dims.extend([4])
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="/etc/passwd")
    return made


def absurd_input() -> Any:
    made = model()
    for dimension in list(made.graph.input[0].type.tensor_type.shape.dim)[1:3]:
        dimension.dim_value = 10**9
    return made


def metadata() -> Any:
    made = model()
    made.metadata_props.add(key="x", value="A" * 100_000_000)
    return made


def card() -> Any:
    made = model()
    for entry in made.metadata_props:
        entry.value = json.dumps(json.loads(entry.value) | {"limits": "A" * 100_000_000})
    return made


def described() -> Any:
    made = model()
    made.doc_string = "A" * 100_000_000
    return made


HOSTILE: dict[str, Callable[[], Any]] = {
    "declared": lambda: declared(b""),
    "declared, some data": lambda: declared(bytes(16)),
    "sparse": sparse,
    "constant": constant,
    "expanded": expanded,
    "custom operator": custom,
    "outside": outside,
    "absurd input": absurd_input,
    "metadata": metadata,
    "card": card,
    "description": described,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_a_model_cannot_ask_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(HOSTILE[kind]().SerializeToString())
    began = time.monotonic()
    code, peak, said = measured(
        SAMPLES / "ImageSet", "--out", tmp_path / "r.csv", "--model", path, "--quiet"
    )
    assert code == 6, said
    assert said.splitlines()[-1].startswith("error: model ") or "the model failed" in said
    assert time.monotonic() - began < 30
    assert peak < 1000
    assert not (tmp_path / "r.csv").exists()


def forever() -> Any:
    """A loop of a trillion turns."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["still"]),
            helper.make_node("Add", ["value", "value"], ["doubled"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("doubled", TensorProto.FLOAT, None),
        ],
    )
    nodes = (
        helper.make_node("ReduceSum", ["plain"], ["sum"], keepdims=0),
        helper.make_node("Loop", ["turns", "yes", "sum"], ["extra"], body=body),
    )
    return spoiled(*nodes, turns=10**12, yes=True)


def test_a_model_that_never_ends(
    dfc: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_BATCH_SECONDS", 1.0)
    monkeypatch.setattr(bounds, "_PICTURE_SECONDS", 0.0)
    path = tmp_path / "m.onnx"
    path.write_bytes(forever().SerializeToString())
    out = tmp_path / "r.csv"
    done = dfc(SAMPLES / "ImageSet", "--out", out, "--model", path, code=6)
    assert "takes more than 1 seconds for 2 pictures" in done.err


def one_kernel() -> Any:
    """A convolution of a few thousand seconds, made of what is known only when the model runs."""
    nodes = (
        helper.make_node("ReduceSum", ["plain"], ["sum"], keepdims=0),
        helper.make_node("Expand", ["sum", "large"], ["picture"]),
        helper.make_node("Expand", ["sum", "half"], ["filter"]),
        helper.make_node("Conv", ["picture", "filter"], ["big"]),
        summed("big"),
    )
    return spoiled(*nodes, large=[1, 1, 4000, 4000], half=[1, 1, 2000, 2000])


SHORT_BATCH = """
from forensic_cli.inference import bounds
bounds._BATCH_SECONDS, bounds._PICTURE_SECONDS = {seconds}, 0.0
from forensic_cli.cli.app import main
main()
"""


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_kernel_that_never_ends(tmp_path: Path, *, interrupted: bool) -> None:
    """Nothing ends a kernel from within; the process is left, by time or by a signal."""
    path = tmp_path / "m.onnx"
    path.write_bytes(one_kernel().SerializeToString())
    code = SHORT_BATCH.format(seconds=600.0 if interrupted else 2.0)
    arguments = [SAMPLES / "ImageSet", "--model", path, "--out", tmp_path / "r.csv", "--quiet"]
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stderr=subprocess.PIPE, text=True
    ) as run:
        if interrupted:
            time.sleep(4)
            run.send_signal(signal.SIGTERM)
        said = run.communicate(timeout=60)[1]
    assert run.returncode == (130 if interrupted else 6), said
    assert interrupted or "takes more than 2 seconds" in said
    assert time.monotonic() - began < 30


SLOW_LOAD = """
import sys
from forensic_cli.inference import bounds, model_file, loading
loading.LOAD_SECONDS = model_file.LOAD_SECONDS = 2.0
from forensic_cli.cli.app import main
main()
"""


def test_a_model_that_takes_forever_to_load(tmp_path: Path) -> None:
    """Large constants multiplied while the graph is optimised: nothing stops that, it is left."""
    side = 4000
    first = helper.make_node(
        "ConstantOfShape",
        ["shape"],
        ["a0"],
        value=numpy_helper.from_array(np.array([1e-3], np.float32)),
    )
    more = [helper.make_node("MatMul", [f"a{i}", "a0"], [f"a{i + 1}"]) for i in range(200)]
    path = tmp_path / "m.onnx"
    path.write_bytes(spoiled(first, *more, summed("a200"), shape=[side, side]).SerializeToString())
    out = tmp_path / "r.csv"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", SLOW_LOAD, SAMPLES / "ImageSet", "--model", path, "--out", out],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert "is not loaded after 2 seconds" in done.stderr
    assert time.monotonic() - began < 30


def test_the_limit_of_memory_is_taken_away_again(dfc: Runner, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    dfc(SAMPLES / "ImageSet", "--out", tmp_path / "r.csv", "--model", DEMO_MODEL, code=3)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_work_that_is_too_slow_is_left_and_told() -> None:
    go_on = threading.Event()
    assert bounds.within(5.0, lambda: 3) == 3
    with pytest.raises(ValueError, match="so"):
        bounds.within(5.0, lambda: _raise("so"))
    assert not bounds.is_stuck()
    with pytest.raises(TimeoutError):
        bounds.within(0.05, go_on.wait)
    assert bounds.is_stuck()
    go_on.set()
    while bounds.is_stuck():
        time.sleep(0.01)


def test_time_in_which_nothing_is_computed_is_not_held_against_a_model() -> None:
    """As where the process is stopped, or the machine sleeps or is busy, while a model loads."""
    began = time.monotonic()
    bounds.within(0.3, lambda: time.sleep(1.5))
    assert time.monotonic() - began > 1.4


def _raise(text: str) -> None:
    raise ValueError(text)
