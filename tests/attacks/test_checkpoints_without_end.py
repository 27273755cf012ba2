"""Checkpoints that never end, or unpack to more than there is: refused before they are read."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from exporters.cli.app import main
from tests.support.running import Runner

CONFIG = '{"architectures": ["ResNetForImageClassification"], "model_type": "resnet"}'


@pytest.fixture
def dfc_export(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys, main)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(10 << 40)


@pytest.mark.parametrize("make", [device, pipe, sparse])
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "config.json"])
@pytest.mark.parametrize("command", [(), ("inspect",)])
def test_a_file_of_a_folder(
    dfc_export: Runner, tmp_path: Path, make: Callable[[Path], None], name: str,
    command: tuple[str, ...],
) -> None:  # fmt: skip
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(CONFIG)
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    more = () if command else ("--out", tmp_path / "m.onnx")
    done = dfc_export(*command, folder, *more, code=10)
    assert "no ordinary file" in done.err or "bytes, more than" in done.err


@pytest.mark.parametrize("make", [device, sparse])
@pytest.mark.parametrize("command", ["", "adopt"])
def test_the_file_itself(
    dfc_export: Runner, tmp_path: Path, make: Callable[[Path], None], command: str
) -> None:
    path = tmp_path / "m.pt"
    make(path)
    adopt = (command, path, "--labels", "ai,real", "--preprocessing", "imagenet-224")
    asked = adopt if command else (path,)
    dfc_export(*asked, "--out", tmp_path / "m.onnx", code=10)


@pytest.mark.parametrize(
    ("suffix", "name"),
    [(".pt", "archive/data.pkl"), (".pt2", "archive/data/0"), (".keras", "model.weights.h5")],
)
def test_an_archive_that_unpacks_to_far_more(
    dfc_export: Runner, tmp_path: Path, name: str, suffix: str
) -> None:
    path = tmp_path / f"m{suffix}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/version", b"3\n")
        with archive.open(name, "w") as stream:
            for _ in range(300):
                stream.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    done = dfc_export("inspect", path, code=10)
    assert "made to fill the memory" in done.err
