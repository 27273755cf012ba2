"""What is no checkpoint is named for what it is, and nothing is unpickled to find out."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from tests.support.running import Runner


def html(path: Path) -> None:
    path.write_text("\n<!DOCTYPE html><html><body>Sign in</body></html>")


def pointer(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:12ab\nsize 343000000\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", b"\x80\x02}." * 400)
    path.write_bytes(path.read_bytes()[:-60])


def other_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photos/a.jpg", b"x")


def twins(path: Path) -> None:
    """Which of two members of one name is read is up to the reader."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", b"\x80\x02}.")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x/data.pkl", b"\x80\x02cposix\nsystem\n.")


def text(path: Path) -> None:
    path.write_text(json.dumps({"epoch": 3}))


def packed(path: Path) -> None:
    path.write_bytes(b"\x1f\x8b\x08\x00" + bytes(40))


def noise(path: Path) -> None:
    path.write_bytes(bytes(range(200, 256)) * 9)


def folder(path: Path) -> None:
    path.mkdir()
    (path / "weights.bin").write_bytes(b"x")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (html, "is a web page, not a checkpoint"),
        (pointer, "is a Git LFS pointer, not the file itself"),
        (empty, "is empty"),
        (cut_archive, "is a damaged archive"),
        (other_archive, "is an archive of something else (photos/a.jpg)"),
        (twins, "two members of one name"),
        (text, "is a text file (JSON)"),
        (packed, "is compressed (gzip)"),
        (noise, "is nothing that is understood"),
        (folder, "has no config.json"),
    ],
)
def test_what_is_no_checkpoint(dfc_export: Runner, tmp_path: Path, make: object, said: str) -> None:
    path = tmp_path / "best.pt"
    assert callable(make)
    make(path)
    done = dfc_export(path, "--out", tmp_path / "m.onnx", code=10)
    assert said in done.err
    assert not (tmp_path / "m.onnx").exists()


def test_a_pipe_is_not_waited_for(dfc_export: Runner, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.pt")
    assert "no ordinary file" in dfc_export("inspect", tmp_path / "p.pt", code=10).err


def test_what_is_not_there(dfc_export: Runner, tmp_path: Path) -> None:
    done = dfc_export(tmp_path / "none.pt", "--out", tmp_path / "m.onnx", code=10)
    assert "No such file" in done.err


def test_a_cut_state_dict(dfc_export: Runner, small_checkpoint: Path, tmp_path: Path) -> None:
    """The archive's directory is whole, a tensor is not."""
    data = small_checkpoint.read_bytes()
    place = data.index(b"data/5") + 200
    small_checkpoint.write_bytes(data[:place] + data[place + 64 :])
    done = dfc_export(small_checkpoint, "--out", tmp_path / "m.onnx", code=10)
    assert "damaged" in done.err


def test_a_cut_safetensors(dfc_export: Runner, small: object, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    state = small.state_dict()  # type: ignore[attr-defined]
    save_file(state, tmp_path / "s.safetensors")
    data = (tmp_path / "s.safetensors").read_bytes()
    (tmp_path / "s.safetensors").write_bytes(data[:-100])
    done = dfc_export(tmp_path / "s.safetensors", "--out", tmp_path / "m.onnx", code=10)
    assert "damaged or cut short" in done.err


def test_onnx_is_sent_to_adopt(dfc_export: Runner, tmp_path: Path) -> None:
    from tests.support.running import DEMO_MODEL

    done = dfc_export(DEMO_MODEL, "--out", tmp_path / "m.onnx", code=10)
    assert "is ONNX already" in done.err
    assert "dfc-export adopt" in done.err
