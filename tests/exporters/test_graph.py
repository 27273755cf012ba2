"""The front is NumPy's arithmetic bit for bit; cleaning takes out what does not compute."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from exporters.graph.cleaning import without_empty_pads, without_notes
from exporters.graph.front import add_front
from exporters.graph.gelu import with_known_gelu
from exporters.preparation.preparation import preprocessing_of
from exporters.preparation.presets import PRESETS
from forensic_cli.model_card.steps import ResizeSquash


def network(kind: int, shape: list[Any], nodes: list[Any], constants: dict[str, Any]) -> Any:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, ["n", 3 * 8 * 9])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = helper.make_opsetid("", 18)
    return helper.make_model(graph, ir_version=10, opset_imports=[opset])


def run(model: Any, images: Any) -> Any:
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(["logits"], {"images": images})[0]


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("preset", ["imagenet-224", "fake-or-real"])
def test_the_front_is_exact(preset: str, *, channels_last: bool) -> None:
    """Every value of a byte in every channel, divided, centred and scaled in float32."""
    card = PRESETS[preset]
    made = preprocessing_of((ResizeSquash(8, 9, "box"),), card.scale, card.mean, card.std)
    shape = ["n", 8, 9, 3] if channels_last else ["n", 3, 8, 9]
    flat = helper.make_node("Flatten", ["x"], ["y"], name="flat")
    model = network(TensorProto.FLOAT, shape, [flat], {})
    add_front(model, made, 216, channels_last=channels_last)
    images = np.arange(4 * 8 * 9 * 3, dtype=np.int64).reshape(4, 8, 9, 3).astype(np.uint8)
    order = images if channels_last else images.transpose(0, 3, 1, 2)
    place = (1, 1, 1, 3) if channels_last else (1, 3, 1, 1)
    mean, std = (np.array(v, np.float32).reshape(place) for v in (made.mean, made.std))
    wanted = (order.astype(np.float32) / np.float32(made.scale) - mean) / std
    assert np.array_equal(run(model, images), wanted.reshape(4, -1))


def test_a_half_precision_network_gets_and_gives_single() -> None:
    made = preprocessing_of((ResizeSquash(8, 9, "box"),), 255.0, (0.5,), (0.5,))
    flat = helper.make_node("Flatten", ["x"], ["y"], name="flat")
    model = network(TensorProto.FLOAT16, ["n", 3, 8, 9], [flat], {})
    add_front(model, made, 216)
    answer = run(model, np.full((2, 8, 9, 3), 255, np.uint8))
    assert answer.dtype == np.float32
    assert np.array_equal(answer, np.ones((2, 216), np.float32))


@pytest.mark.parametrize(("pads", "removed"), [([0] * 8, 1), ([0, 0, 1, 0, 0, 0, -1, 0], 0)])
def test_pads_of_nothing_are_removed(pads: list[int], removed: int) -> None:
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"], name="pad"),
        helper.make_node("Flatten", ["padded"], ["y"], name="flat"),
    ]
    constants = {"pads": np.array(pads, np.int64)}
    model = network(TensorProto.FLOAT, ["n", 3, 8, 9], nodes, constants)
    assert without_empty_pads(model) == removed
    left = [node.op_type for node in model.graph.node]
    assert left == ["Flatten"] if removed else ["Pad", "Flatten"]
    assert len(model.graph.initializer) == 1 - removed
    add_front(model, preprocessing_of((ResizeSquash(8, 9, "box"),), 1.0, (0.0,), (1.0,)), 216)
    images = np.arange(8 * 9 * 3, dtype=np.int64).reshape(1, 8, 9, 3).astype(np.uint8)
    assert run(model, images).shape == (1, 216)


def test_a_pad_that_is_the_output_stays() -> None:
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"], name="flat"),
        helper.make_node("Pad", ["flat", "pads"], ["y"], name="pad"),
    ]
    constants = {"pads": np.zeros(4, np.int64)}
    model = network(TensorProto.FLOAT, ["n", 3, 8, 9], nodes, constants)
    assert without_empty_pads(model) == 0


def test_notes_of_the_machine_are_removed() -> None:
    flat = helper.make_node("Flatten", ["x"], ["y"], name="flat", doc_string="/home/someone/x.py")
    model = network(TensorProto.FLOAT, ["n", 3, 8, 9], [flat], {"k": np.ones(2, np.float32)})
    model.graph.node[0].metadata_props.add(key="trace", value="/home/someone/x.py")
    model.graph.input[0].metadata_props.add(key="trace", value="/home/someone/x.py")
    without_notes(model)
    assert b"someone" not in model.SerializeToString()


def gelu(shared: str = "") -> Any:
    """As PyTorch's exporter writes it; what is ``shared`` is an output of the graph besides."""
    nodes = [
        helper.make_node("Div", ["x", "root"], ["scaled"], name="div"),
        helper.make_node("Erf", ["scaled"], ["erf"], name="erf"),
        helper.make_node("Add", ["erf", "one"], ["plus"], name="add"),
        helper.make_node("Mul", ["half", "plus"], ["halved"], name="half"),
        helper.make_node("Mul", ["x", "halved"], ["active"], name="mul"),
        helper.make_node("Flatten", [shared or "active"], ["flat"], name="flat"),
        helper.make_node("Flatten", ["active"], ["also"], name="also"),
        helper.make_node("Add", ["flat", "also"], ["y"], name="sum"),
    ]
    constants = {"root": np.sqrt(2), "one": 1.0, "half": 0.5}
    single = {name: np.array(value, np.float32) for name, value in constants.items()}
    return network(TensorProto.FLOAT, ["n", 3, 8, 9], nodes, single)


def answers_of(model: Any, pixels: Any, optimised: Path | None) -> Any:
    options = onnxruntime.SessionOptions()
    if optimised is None:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    else:
        options.optimized_model_filepath = str(optimised)
        options.log_severity_level = 3
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": pixels})[0]


def test_gelu_becomes_one_kernel(tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).normal(0, 3, (4, 3, 8, 9)).astype(np.float32)
    before = answers_of(gelu(), pixels, None)
    model = gelu()
    assert with_known_gelu(model) == 1
    assert with_known_gelu(model) == 0
    onnx.checker.check_model(model, full_check=True)
    assert np.array_equal(answers_of(model, pixels, None), before)
    assert np.allclose(answers_of(model, pixels, tmp_path / "o.onnx"), before, atol=1e-6)
    assert "Gelu" in [node.op_type for node in onnx.load(tmp_path / "o.onnx").graph.node]


def test_gelu_whose_inner_value_is_used_stays() -> None:
    assert with_known_gelu(gelu(shared="halved")) == 0
    model = gelu()
    halved = helper.make_tensor_value_info("halved", TensorProto.FLOAT, ["n", 3, 8, 9])
    model.graph.output.append(halved)
    assert with_known_gelu(model) == 0


def test_a_half_that_is_none_stays() -> None:
    model = gelu()
    model.graph.initializer[2].CopyFrom(numpy_helper.from_array(np.float32(0.25), "half"))
    assert with_known_gelu(model) == 0
