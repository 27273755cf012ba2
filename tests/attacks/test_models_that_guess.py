"""Models that answer at random, by place, by neighbours or by earlier calls: each is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from forensic_cli.inference.random_operators import ALWAYS, IN_TRAINING, random_operators
from tests.support.colour_model import colour_card, colour_model
from tests.support.running import Runner

Nodes = list[onnx.NodeProto]
ON, OFF = np.ones((), np.bool_), np.zeros((), np.bool_)
WEIGHTS = [[4, 0], [0, 0], [0, 4]]


def spoilt(tmp_path: Path, nodes: Nodes, **constants: object) -> Path:
    """The colour model, its answers (``clean``) handed through other nodes."""
    model = colour_model(16, WEIGHTS, colour_card(16))
    model.graph.node[-1].output[0] = "clean"
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    )
    path = tmp_path / "spoilt.onnx"
    onnx.save(model, path)
    return path


def added(what: str) -> onnx.NodeProto:
    return helper.make_node("Add", ["clean", what], ["logits"])


def drawn(operator: str, **attributes: object) -> Nodes:
    inputs = {"RandomNormal": [], "RandomUniform": []}.get(operator, ["clean"])
    return [
        helper.make_node(operator, inputs, ["noise"], **attributes),
        helper.make_node("Cast", ["noise"], ["floats32"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["floats32"], ["one"], keepdims=0),
        added("one"),
    ]


RANDOM = {
    "RandomNormalLike": drawn("RandomNormalLike"),
    "RandomUniformLike": drawn("RandomUniformLike"),
    "RandomNormal": drawn("RandomNormal", shape=[2]),
    "RandomUniform": drawn("RandomUniform", shape=[2], seed=1.0),
    "Multinomial": drawn("Multinomial"),
    "Bernoulli": [
        helper.make_node("Sigmoid", ["clean"], ["chances"]),
        helper.make_node("Bernoulli", ["chances"], ["noise"]),
        added("noise"),
    ],
    "Dropout": [helper.make_node("Dropout", ["clean", "half", "mode"], ["logits"])],
}


def refused(dfc: Runner, evidence: Path, model: Path, *more: object) -> str:
    out = model.with_name("r.csv")
    done = dfc(evidence, "--model", model, "--out", out, *more, code=6)
    assert not out.exists()
    assert dfc("inspect", model, code=6).out
    return done.err


@pytest.mark.parametrize("operator", RANDOM)
def test_an_operator_that_draws(dfc: Runner, evidence: Path, tmp_path: Path, operator: str) -> None:
    model = spoilt(tmp_path, RANDOM[operator], half=np.float32(0.5), mode=ON)
    assert f"draws random numbers ({operator})" in refused(dfc, evidence, model)


def body(*nodes: onnx.NodeProto, inputs: tuple[onnx.ValueInfoProto, ...] = ()) -> onnx.GraphProto:
    output = helper.make_tensor_value_info("noise", TensorProto.FLOAT, None)
    return helper.make_graph([*nodes], "body", [*inputs], [output])


def in_if() -> Nodes:
    draws = body(helper.make_node("RandomNormalLike", ["clean"], ["noise"]))
    not_ = body(helper.make_node("Identity", ["clean"], ["noise"]))
    chosen = helper.make_node("If", ["mode"], ["noise2"], then_branch=draws, else_branch=not_)
    return [chosen, added("noise2")]


def in_an_if_in_an_if() -> Nodes:
    outer = body(*in_if()[:1], helper.make_node("Identity", ["noise2"], ["noise"]))
    not_ = body(helper.make_node("Identity", ["clean"], ["noise"]))
    chosen = helper.make_node("If", ["mode"], ["noise3"], then_branch=outer, else_branch=not_)
    return [chosen, added("noise3")]


@pytest.mark.parametrize("nodes", [in_if, in_an_if_in_an_if])
def test_inside_a_branch(
    dfc: Runner, evidence: Path, tmp_path: Path, nodes: Callable[[], Nodes]
) -> None:
    """A branch that the test pictures do not take draws all the same, for others."""
    model = spoilt(tmp_path, nodes(), mode=OFF)
    assert "draws random numbers (RandomNormalLike)" in refused(dfc, evidence, model)


def test_inside_a_function_of_the_model(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    path = spoilt(tmp_path, [helper.make_node("Calm", ["clean"], ["logits"], domain="own")])
    model = onnx.load(path)
    opsets = [helper.make_opsetid("", 18)]
    model.functions.append(
        helper.make_function(
            "own", "Calm", ["x"], ["y"],
            [helper.make_node("RandomNormalLike", ["x"], ["y"])], opsets,
        )
    )  # fmt: skip
    model.opset_import.append(helper.make_opsetid("own", 1))
    onnx.save(model, path)
    assert "draws random numbers (RandomNormalLike)" in refused(dfc, evidence, path)


def test_every_operator_with_a_seed_is_known() -> None:
    """ONNX Runtime's own list: whatever takes a seed draws."""
    schemas = onnxruntime.capi.onnxruntime_pybind11_state.get_all_operator_schema()
    seeded = {one.name for one in schemas if "seed" in one.attributes}
    assert seeded
    assert seeded - {"MurmurHash3"} <= ALWAYS | IN_TRAINING  # which starts from its seed each time


def test_dropout_that_is_off_is_none(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    off = [helper.make_node("Dropout", ["clean", "half", "mode"], ["logits"])]
    model = spoilt(tmp_path, off, half=np.float32(0.5), mode=OFF)
    dfc(evidence, "--model", model, "--out", tmp_path / "r.csv")
    without = [helper.make_node("Dropout", ["clean", "half"], ["logits"])]
    model = spoilt(tmp_path, without, half=np.float32(0.5))
    dfc(evidence, "--model", model, "--out", tmp_path / "s.csv")


def test_dropout_whose_mode_is_worked_out(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    """True for some pictures only; a stored value of the same name does not hide it."""
    nodes = [
        helper.make_node("ReduceMax", ["clean"], ["top"], keepdims=0),
        helper.make_node("Greater", ["top", "high"], ["mode"]),
        helper.make_node("Dropout", ["clean", "half", "mode"], ["logits"]),
    ]
    model = spoilt(tmp_path, nodes, half=np.float32(0.5), high=np.float32(3.9))
    assert "draws random numbers (Dropout)" in refused(dfc, evidence, model)


def by_place() -> Nodes:
    """The answer grows with the place in the batch."""
    return [
        helper.make_node("ReduceSum", ["clean", "second"], ["sums"], keepdims=1),
        helper.make_node("Mul", ["sums", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "tiny"], ["steps"]),
        helper.make_node("CumSum", ["steps", "first"], ["places"]),
        added("places"),
    ]


def by_neighbours() -> Nodes:
    return [helper.make_node("ReduceMean", ["clean", "batch"], ["mean"], keepdims=1), added("mean")]


def by_the_brightest_neighbour() -> Nodes:
    return [helper.make_node("ReduceMax", ["clean", "batch"], ["top"], keepdims=1), added("top")]


def by_the_last_place() -> Nodes:
    """Only the last picture of a batch is answered otherwise."""
    return [
        *by_place()[:-1],
        helper.make_node("ReduceMax", ["places", "batch"], ["last"], keepdims=1),
        helper.make_node("Equal", ["places", "last"], ["is_last"]),
        helper.make_node("Cast", ["is_last"], ["shift"], to=TensorProto.FLOAT),
        added("shift"),
    ]


@pytest.mark.parametrize("batch_size", [2, 3, 5, 8])
@pytest.mark.parametrize(
    "nodes", [by_place, by_neighbours, by_the_brightest_neighbour, by_the_last_place]
)
def test_more_than_the_picture_decides(
    dfc: Runner, evidence: Path, tmp_path: Path, nodes: Callable[[], Nodes], batch_size: int
) -> None:
    constants = {
        "second": np.array([1]), "first": np.array(0), "batch": np.array([0]),
        "zero": np.float32(0), "tiny": np.float32(1e-3),
    }  # fmt: skip
    model = spoilt(tmp_path, nodes(), **constants)
    said = refused(dfc, evidence, model, "--batch-size", batch_size)
    assert "depend on more than the picture" in said


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_an_earlier_call_decides(
    dfc: Runner, evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    """What an operator that is not known to draw would do."""
    monkeypatch.setattr("forensic_cli.inference.session.refuse_random", lambda _: None)
    model = spoilt(tmp_path, RANDOM["RandomUniform"])
    said = refused(dfc, evidence, model, "--batch-size", batch_size)
    assert "the second time" in said


def test_a_file_that_says_such_a_name_elsewhere(
    dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    model = spoilt(tmp_path, [helper.make_node("Identity", ["clean"], ["logits"], name="Dropout")])
    assert b"Dropout" in model.read_bytes()
    assert random_operators(model.read_bytes()) == ()
    dfc(evidence, "--model", model, "--out", tmp_path / "r.csv")


@pytest.mark.parametrize(
    "data",
    [b"Dropout\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x3a\x7fDropout", b"\x07Dropout"],
)
def test_what_is_no_model_ends_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"field|number"):
        random_operators(data)
