"""A checkpoint that runs code when it is unpickled is refused, not run, and named."""

import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support import checkpoints
from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import Runner


class Payload:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self._trace}",)


def new_format(path: Path, payload: Payload, state: Any) -> None:
    torch.save({"state_dict": state, "extra": payload}, path)


def old_format(path: Path, payload: Payload, state: Any) -> None:
    document = {"state_dict": state, "extra": payload}
    torch.save(document, path, _use_new_zipfile_serialization=False)


def plain_pickle(path: Path, payload: Payload, _: Any) -> None:
    path.write_bytes(pickle.dumps(payload, protocol=4))


@pytest.mark.parametrize("write", [new_format, old_format, plain_pickle])
def test_refused_and_not_run(dfc_export: Runner, tmp_path: Path, small: Any, write: Any) -> None:
    trace = tmp_path / "trace"
    path = tmp_path / "evil.pt"
    write(path, Payload(trace), small.state_dict())
    for command in (["inspect", path], [path, "--out", tmp_path / "m.onnx"]):
        done = dfc_export(*command, code=10)
        assert "posix.system" in done.err
        assert "Nothing was run" in done.err
    assert not trace.exists()
    assert not (tmp_path / "m.onnx").exists()
    # The payload is real: it is trust, not luck, that kept it from running.
    dfc_export(path, *SMALL_OPTIONS, "--trust-pickle", "--out", tmp_path / "m.onnx", code=10)
    assert trace.exists()


def program(path: Path) -> None:
    network = torch.nn.Sequential(
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 2)
    )
    batch = torch.export.Dim("batch", min=1, max=64)
    example = (torch.zeros(2, 3, 32, 32),)
    exported = torch.export.export(network, example, dynamic_shapes=({0: batch},))
    torch.export.save(exported, path)


def rewritten(path: Path, change: Any) -> None:
    """The archive with some members replaced."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, change(name, data))


def test_a_program_with_a_payload_among_its_examples(dfc_export: Runner, tmp_path: Path) -> None:
    trace, path = tmp_path / "trace", tmp_path / "p.pt2"
    program(path)
    torch.save(Payload(trace), tmp_path / "payload.pt")
    payload = (tmp_path / "payload.pt").read_bytes()
    rewritten(path, lambda name, data: payload if "sample_inputs" in name else data)
    assert "Nothing was run" in dfc_export("inspect", path, code=10).err
    assert not trace.exists()


def test_a_program_with_pickled_weights(dfc_export: Runner, tmp_path: Path) -> None:
    path = tmp_path / "p.pt2"
    program(path)

    def pickled(name: str, data: bytes) -> bytes:
        if not name.endswith("weights_config.json"):
            return data
        config = json.loads(data)
        next(iter(config["config"].values()))["use_pickle"] = True
        return json.dumps(config).encode()

    rewritten(path, pickled)
    assert (
        "holds more than a plain program (pickled constants"
        in dfc_export("inspect", path, code=10).err
    )


def test_a_pickled_module(
    dfc_export: Runner, dfc: Runner, tmp_path: Path, small: Any, evidence: Path
) -> None:
    path = tmp_path / "module.pt"
    torch.save({"model": small, "epoch": 3}, path)
    done = dfc_export(path, "--out", tmp_path / "m.onnx", code=10)
    assert "timm.models.resnet.ResNet" in done.err
    assert "--trust-pickle" in done.err
    assert "--preprocessing" in dfc_export(path, "--trust-pickle", code=2).err
    dfc_export(path, *SMALL_OPTIONS, "--trust-pickle", "--out", tmp_path / "m.onnx")
    dfc(evidence, "--model", tmp_path / "m.onnx", "--out", tmp_path / "r.csv")


def test_a_module_whose_class_is_nowhere(dfc_export: Runner, tmp_path: Path) -> None:
    path = tmp_path / "module.pt"
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 2))
    torch.save(network, path)
    data = path.read_bytes().replace(b"torch.nn.modules.flatten", b"somebody.elses.modules12")
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if "pkl" not in name}
    pickled = b""
    with path.open("rb") as stream:
        start = data.index(b"\x80\x02")
        stream.seek(start)
        pickled = stream.read(data.index(b"PK", start) - start)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("module/data.pkl", pickled)
    options = (*SMALL_OPTIONS, "--trust-pickle", "--out", tmp_path / "m.onnx")
    done = dfc_export(path, *options, code=10)
    assert "is the package that defines its classes installed" in done.err


def test_settings_of_a_training_script_are_no_code(
    dfc_export: Runner, small: Any, tmp_path: Path
) -> None:
    """A Namespace and numbers of NumPy stand beside most weights."""
    from argparse import Namespace
    from collections import defaultdict, deque
    from datetime import UTC, datetime, timedelta
    from pathlib import PureWindowsPath
    from types import SimpleNamespace

    import numpy as np

    document = {
        "arch": "test_resnet",
        "model": {f"module.{key}": value for key, value in small.state_dict().items()},
        "args": Namespace(lr=1e-3, classes=["fake", "real"]),
        "best": np.float64(0.93),
        "curve": np.array([1.0, 2.0]),
        "losses": deque([1.0, 0.5], maxlen=9),
        "began": datetime(2026, 1, 2, tzinfo=UTC),
        "took": timedelta(hours=3),
        "data": Path("/data/faces"),
        "from": PureWindowsPath("C:/faces"),
        "counts": defaultdict(int, {"fake": 3}),
        "kept": frozenset({1}),
        "epochs": range(3),
        "more": SimpleNamespace(seed=1),
    }
    torch.save(document, tmp_path / "t.pt")
    done = dfc_export("inspect", tmp_path / "t.pt")
    assert "every name began with module." in done.out
    assert "classes        fake = 0, real = 1" in done.out


def test_checkpoints_is_random_but_decided() -> None:
    """The tests' own networks answer on both sides; a constant answer would prove nothing."""
    module = checkpoints.timm_model("test_resnet", 160)
    rng = torch.Generator().manual_seed(5)
    with torch.inference_mode():
        logits = module(torch.randn(16, 3, 160, 160, generator=rng) * 2)
    assert logits.std(dim=0).min() > 0.01


def stray(where: str) -> Any:
    """A payload where torch.export.load would find and run it."""

    def write(path: Path, payload: bytes) -> None:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(where, payload)

    return write


@pytest.mark.parametrize(
    "write",
    [
        stray("p/data/weights/model.pt"),
        stray("p/data/constants/model.pt"),
        stray("p/data/constants/opaque_obj_0"),
        stray("p/DATA/sample_inputs/model.pt"),
        stray("p/data/aotinductor/model/x.so"),
        stray("serialized_state_dict.pt"),
        stray("q/models/model.json"),
    ],
)
def test_only_a_plain_program_is_loaded(dfc_export: Runner, tmp_path: Path, write: Any) -> None:
    trace, path = tmp_path / "trace", tmp_path / "p.pt2"
    program(path)
    torch.save(Payload(trace), tmp_path / "payload.pt")
    write(path, (tmp_path / "payload.pt").read_bytes())
    done = dfc_export("inspect", path, code=10)
    assert "more than a plain program" in done.err
    assert "Nothing was run" in done.err
    assert not trace.exists()


def test_a_plain_program_is_loaded(dfc_export: Runner, tmp_path: Path) -> None:
    program(tmp_path / "p.pt2")
    assert "torch.export program" in dfc_export("inspect", tmp_path / "p.pt2").out


def test_several_pickled_modules_must_be_named(
    dfc_export: Runner, tmp_path: Path, small: Any
) -> None:
    path = tmp_path / "two.pt"
    torch.save({"model": small, "ema": small}, path)
    options = (*SMALL_OPTIONS, "--trust-pickle", "--out", tmp_path / "m.onnx")
    assert "several modules: model, ema" in dfc_export(path, *options, code=10).err
    dfc_export(path, *options, "--weights", "ema")
