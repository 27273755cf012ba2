"""dfc-export as a process: what it leaves behind, what it asks the network for, its short form."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support import checkpoints
from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import ROOT, Runner

WATCHED = """\
import socket, sys
def hook(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        print("NETWORK", event, arguments, file=sys.stderr)
sys.addaudithook(hook)
from exporters.cli.app import main
main(sys.argv[1:])
"""


def test_a_process_leaves_nothing_and_asks_nobody(small_checkpoint: Path, tmp_path: Path) -> None:
    """No telemetry, no cache, no socket; only the file that was asked for."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    environment = {k: v for k, v in os.environ.items() if k not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    environment |= {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(small_checkpoint), *SMALL_OPTIONS],
        cwd=tmp_path / "work", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["small.onnx"]
    assert list((tmp_path / "home").rglob("*")) == []


def test_a_hub_name_comes_from_the_cache(
    dfc_export: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the library lays its cache out; offline, so that nothing is asked of the network."""
    from huggingface_hub import constants

    folder = checkpoints.hugging_face_folder(tmp_path / "hf", checkpoints.swin(24, (2, 2), 2))
    cached = tmp_path / "hub" / "models--somebody--detector"
    shutil.copytree(folder, cached / "snapshots" / "abc123")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc123")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    from huggingface_hub import snapshot_download

    monkeypatch.setitem(snapshot_download.__kwdefaults__ or {}, "cache_dir", tmp_path / "hub")
    done = dfc_export("inspect", "somebody/detector")
    assert "asking the Hugging Face cache" in done.err
    assert "artificial = 0, human = 1" in done.out
    done = dfc_export("inspect", "somebody/else", code=10)
    assert "as a name on the Hugging Face hub it cannot be had" in done.err


def test_the_short_form_and_a_slip(dfc_export: Runner, small_checkpoint: Path) -> None:
    assert "did you mean inspect" in dfc_export("inspekt", code=2).err
    long = dfc_export("export", small_checkpoint, code=10).err
    short = dfc_export(small_checkpoint, code=10).err
    assert long.splitlines()[-1] == short.splitlines()[-1]
    assert "give --preprocessing" in short


def test_without_the_extra_it_says_what_to_install(
    dfc_export: Runner, small_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> object:
        return None if name == "timm" else find_spec(name)

    monkeypatch.setattr("exporters.libraries.find_spec", absent)
    done = dfc_export("inspect", small_checkpoint, code=10)
    assert "pip install 'dfc-classify[export]'" in done.err


def test_as_json(dfc_export: Runner, small_checkpoint: Path, small: Any) -> None:
    import json

    found = json.loads(dfc_export("inspect", small_checkpoint, "--json").out)
    assert found["architecture"] == "timm:test_resnet"
    assert found["parameters"] == sum(parameter.numel() for parameter in small.parameters())
    assert len(found["needs"]) == 2


WITHOUT = """\
import sys, importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "torch" else find(name, *rest)
from exporters.cli.app import main
main(sys.argv[1:])
"""


def test_a_plain_installation_says_what_to_install(small_checkpoint: Path) -> None:
    """Without the extra even the import of its modules would fail."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(small_checkpoint)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 10
    assert done.stderr == "error: exporting needs torch; pip install 'dfc-classify[export]'\n"


ONLINE = """\
import os, sys
from exporters.cli.app import main
try:
    main(["inspect", sys.argv[1]])
except SystemExit:
    pass
print(os.environ["HF_HUB_OFFLINE"])
"""


@pytest.mark.parametrize(("given", "offline"), [("somebody/detector", "0"), ("x/best.pt", "1")])
def test_only_a_hub_name_may_use_the_network(tmp_path: Path, given: str, offline: str) -> None:
    """A slip in a path is told to nobody. Here no answer comes either way: nobody listens."""
    environment = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"}
    environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ONLINE, given],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == offline
    assert ("cannot be had" in done.stderr) == (offline == "0")
