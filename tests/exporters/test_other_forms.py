"""TorchScript, torch.export and foreign ONNX: each becomes the same kind of file."""

import csv
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from tests.support.checkpoint_forms import foreign_onnx
from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import SAMPLES, Runner

ADOPT = ("--preprocessing", "timm:test_resnet", "--labels", "ai,real", "--quiet")


def rows(dfc: Runner, model: Path, out: Path) -> list[tuple[str, str]]:
    """Name and label of each sample that can be scored."""
    dfc(SAMPLES / "ImageSet", "--model", model, "--out", out, code=3)
    with out.open(encoding="utf-8", newline="") as stream:
        return [(row["filename"], row["label"]) for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def wanted(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plain export of the network that the other forms hold too."""
    folder = tmp_path_factory.mktemp("plain")
    torch.save({"arch": "test_resnet", "state_dict": small.state_dict()}, folder / "s.pt")
    from exporters.cli.app import main

    with pytest.raises(SystemExit) as left, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own
        main([str(folder / "s.pt"), *SMALL_OPTIONS, "--out", str(folder / "m.onnx")])
    assert left.value.code == 0
    return folder / "m.onnx"


@pytest.fixture
def same(dfc: Runner, wanted: Path, tmp_path: Path) -> Any:
    """Asserts that a model labels the samples as the plain export does, and not all alike."""

    def check(model: Path) -> None:
        expected = rows(dfc, wanted, tmp_path / "wanted.csv")
        assert {label for _, label in expected} == {"0", "1"}
        assert rows(dfc, model, tmp_path / "found.csv") == expected

    return check


@pytest.mark.parametrize("how", ["script", "trace"])
def test_torchscript(dfc_export: Runner, small: Any, tmp_path: Path, same: Any, how: str) -> None:
    scripted = (
        torch.jit.script(small)
        if how == "script"
        else torch.jit.trace(small, torch.zeros(2, 3, 160, 160))
    )
    scripted.save(str(tmp_path / "s.pt"))
    dfc_export(tmp_path / "s.pt", *SMALL_OPTIONS, "--out", tmp_path / "m.onnx")
    same(tmp_path / "m.onnx")
    assert "form           TorchScript" in dfc_export("inspect", tmp_path / "s.pt").out
    done = dfc_export(tmp_path / "s.pt", "--arch", "swin-tiny", code=2)
    assert "--arch has no meaning" in done.err


@pytest.mark.parametrize("dynamic", [True, False])
def test_exported_program(
    dfc_export: Runner, small: Any, tmp_path: Path, same: Any, *, dynamic: bool
) -> None:
    shapes = ({0: torch.export.Dim("batch", min=1, max=64)},) if dynamic else None
    program = torch.export.export(small, (torch.zeros(2, 3, 160, 160),), dynamic_shapes=shapes)
    torch.export.save(program, tmp_path / "p.pt2")
    out = tmp_path / "m.onnx"
    done = dfc_export(tmp_path / "p.pt2", *SMALL_OPTIONS, "--out", out, code=0 if dynamic else 10)
    if dynamic:
        same(out)
    else:
        assert "free batch" in done.err


def test_safetensors(dfc_export: Runner, small: Any, tmp_path: Path, same: Any) -> None:
    from safetensors.torch import save_file

    save_file(small.state_dict(), tmp_path / "s.safetensors")
    options = ("--arch", "timm:test_resnet", *SMALL_OPTIONS)
    dfc_export(tmp_path / "s.safetensors", *options, "--out", tmp_path / "m.onnx")
    same(tmp_path / "m.onnx")


def test_a_folder_of_timm(dfc_export: Runner, small: Any, tmp_path: Path, same: Any) -> None:
    """Architecture, classes and preprocessing stand in its config.json."""
    from safetensors.torch import save_file

    folder = tmp_path / "timm-model"
    folder.mkdir()
    save_file(small.state_dict(), folder / "model.safetensors")
    config = {
        "architecture": "test_resnet",
        "num_classes": 2,
        "label_names": ["fake", "real"],
        "pretrained_cfg": {
            "input_size": [3, 160, 160], "crop_pct": 0.95, "interpolation": "bilinear",
            "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
        },
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    dfc_export(folder, "--quiet", "--out", tmp_path / "m.onnx")
    same(tmp_path / "m.onnx")


@pytest.mark.parametrize("ending", ["", "Softmax", "half"])
def test_adopt(dfc_export: Runner, small: Any, tmp_path: Path, same: Any, ending: str) -> None:
    path = foreign_onnx(small, tmp_path / "f.onnx")
    model = onnx.load(path)
    if ending == "Softmax":
        port = model.graph.output[0]
        model.graph.node.append(helper.make_node("Softmax", [port.name], ["p"], axis=1))
        port.name = "p"
    if ending == "half":
        from exporters.graph.half import in_half

        model = in_half(model)
    onnx.save(model, path)
    done = dfc_export("adopt", path, *ADOPT[:-1], "--out", tmp_path / "m.onnx")
    assert ("ends in Softmax, which was taken off" in done.err) == (ending == "Softmax")
    same(tmp_path / "m.onnx")


def test_adopt_channels_last(dfc_export: Runner, small: Any, tmp_path: Path, same: Any) -> None:
    path = foreign_onnx(small, tmp_path / "f.onnx")
    model = onnx.load(path)
    port = model.graph.input[0]
    turn = helper.make_node("Transpose", ["nhwc"], [port.name], perm=[0, 3, 1, 2], name="turn")
    model.graph.node.insert(0, turn)
    del model.graph.input[:]
    shape = ["n", 160, 160, 3]
    model.graph.input.append(helper.make_tensor_value_info("nhwc", TensorProto.FLOAT, shape))
    onnx.save(model, path)
    dfc_export("adopt", path, *ADOPT, "--out", tmp_path / "m.onnx")
    same(tmp_path / "m.onnx")


def small_onnx(path: Path, change: Any) -> Path:
    """A mean-colour network, changed."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    weights = np.array([[4, -1], [0, 1], [-2, 3]], np.float32)
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 160, 160])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    opset = helper.make_opsetid("", 13)
    model = helper.make_model(graph, ir_version=7, opset_imports=[opset])
    change(model)
    onnx.save(model, path)
    return path


def two_inputs(model: Any) -> None:
    model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1]))


def two_outputs(model: Any) -> None:
    model.graph.output.append(helper.make_tensor_value_info("flat", TensorProto.FLOAT, ["n", 3]))


def one_channel(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1
    model.graph.node.insert(0, helper.make_node("Concat", ["x"] * 3, ["c"], axis=1))
    model.graph.node[1].input[0] = "c"


def other_size(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 224
    model.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 224


def one_at_a_time(model: Any) -> None:
    """Fixed on paper only."""
    for port in (*model.graph.input, *model.graph.output):
        port.type.tensor_type.shape.dim[0].dim_value = 1


def one_at_a_time_inside(model: Any) -> None:
    one_at_a_time(model)
    shape = np.array([1, 3], np.int64)
    model.graph.initializer.append(onnx.numpy_helper.from_array(shape, "shape"))
    model.graph.node[1].CopyFrom(helper.make_node("Reshape", ["pooled", "shape"], ["flat"]))


def with_card(model: Any) -> None:
    helper.set_model_props(model, {"dfc.card": "{}"})


def own_operator(model: Any) -> None:
    model.opset_import.append(helper.make_opsetid("evil.corp", 1))
    node = helper.make_node("Run", ["x"], ["z"], domain="evil.corp")
    model.graph.node.insert(0, node)


def draws(model: Any) -> None:
    model.graph.node[-1].output[0] = "clean"
    model.graph.node.append(helper.make_node("RandomNormalLike", ["clean"], ["n"], scale=1e-9))
    model.graph.node.append(helper.make_node("Add", ["clean", "n"], ["y"]))


def looks_at_neighbours(model: Any) -> None:
    """By less than any tolerance."""
    model.graph.node[-1].output[0] = "clean"
    tiny = onnx.numpy_helper.from_array(np.float32(1e-5), "tiny")
    model.graph.initializer.append(tiny)
    model.graph.node.append(helper.make_node("ReduceMean", ["clean"], ["m"], axes=[0], keepdims=1))
    model.graph.node.append(helper.make_node("Mul", ["m", "tiny"], ["little"]))
    model.graph.node.append(helper.make_node("Add", ["clean", "little"], ["y"]))


@pytest.mark.parametrize(
    ("change", "said", "code"),
    [
        (draws, "draws random numbers (RandomNormalLike)", 10),
        (looks_at_neighbours, "depend on more than the picture", 10),
        (two_inputs, "has 2 inputs (x, z)", 10),
        (two_outputs, "has 2 outputs that could be logits", 10),
        (one_channel, "three channels are needed", 10),
        (other_size, "takes pictures of 224 x 224", 10),
        (one_at_a_time_inside, "was made for batches of one size", 10),
        (with_card, "has a card already", 10),
        (own_operator, "operators of evil.corp", 10),
    ],
)
def test_what_is_not_adopted(
    dfc_export: Runner, tmp_path: Path, change: Any, said: str, code: int
) -> None:
    path = small_onnx(tmp_path / "f.onnx", change)
    done = dfc_export("adopt", path, *ADOPT, "--out", tmp_path / "m.onnx", code=code)
    assert said in done.err
    assert not (tmp_path / "m.onnx").exists()


def test_an_older_model_is_adopted(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """Opset 13 stays what it is; the IR version becomes the one that every file has."""
    path = small_onnx(tmp_path / "f.onnx", two_outputs)
    out = tmp_path / "m.onnx"
    dfc_export("adopt", path, *ADOPT, "--output", "y", "--out", out)
    assert onnx.load(out).ir_version == 10
    assert json.loads(onnx.load(out).metadata_props[0].value)["opset"] == 13
    rows(dfc, out, tmp_path / "r.csv")


def test_a_batch_that_is_fixed_on_paper_is_freed(
    dfc_export: Runner, dfc: Runner, tmp_path: Path
) -> None:
    path = small_onnx(tmp_path / "f.onnx", one_at_a_time)
    dfc_export("adopt", path, *ADOPT, "--out", tmp_path / "m.onnx")
    rows(dfc, tmp_path / "m.onnx", tmp_path / "r.csv")


def test_adopt_needs_to_be_told(dfc_export: Runner, tmp_path: Path) -> None:
    path = small_onnx(tmp_path / "f.onnx", lambda _: None)
    assert "needs --preprocessing" in dfc_export("adopt", path, code=2).err
    done = dfc_export("adopt", path, *ADOPT[:2], "--out", tmp_path / "m.onnx", code=10)
    assert "give --labels" in done.err
    (tmp_path / "t.onnx").write_text("no")
    assert "cannot be loaded" in dfc_export("adopt", tmp_path / "t.onnx", *ADOPT, code=6).err


def test_weights_elsewhere_are_not_adopted(dfc_export: Runner, tmp_path: Path) -> None:
    path = small_onnx(tmp_path / "f.onnx", lambda _: None)
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="w.bin", size_threshold=0)
    done = dfc_export("adopt", path, *ADOPT, "--out", tmp_path / "m.onnx", code=10)
    assert "keeps weights in other files" in done.err
