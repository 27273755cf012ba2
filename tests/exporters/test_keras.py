"""The aiornot CNN from a Keras file: the published parameters, Keras's own answers, no code."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support import checkpoints
from tests.support.running import Runner

PARAMETERS = [896, 9216, 18432, 36864, 73728, 147456, 33554432, 655872, 1311232, 1573888, 1025]


def test_the_aiornot_cnn_has_the_published_parameters() -> None:
    """Per layer, batch normalisations apart, as the entry's summary lists them."""
    from exporters.architectures.aiornot_cnn import AiornotCnn

    counted = [
        sum(parameter.numel() for parameter in part.parameters())
        for part in AiornotCnn().modules()
        if isinstance(part, torch.nn.Conv2d | torch.nn.Conv1d | torch.nn.Linear)
    ]
    assert counted == PARAMETERS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["best.keras", "best.h5"])
def test_keras_and_ours_agree(dfc_export: Runner, tmp_path: Path, name: str) -> None:
    """Keras's own probabilities against ours, channels-last flatten and all."""
    if find_spec("keras") is None:
        pytest.skip("needs the extra: parity")
    from exporters.loaders.keras_file import read_keras
    from exporters.networks.torch_network import TorchNetwork

    pixels = np.random.default_rng(2).random((6, 256, 256, 3), dtype=np.float32)
    pixels[::2] = np.linspace(0, 1, 256, dtype=np.float32)[None, :, None]
    np.save(tmp_path / "pixels.npy", pixels)
    path = checkpoints.keras_file(tmp_path, name, tmp_path / "pixels.npy")
    theirs = np.load(path.with_suffix(".npy"))
    network = TorchNetwork(read_keras(path).module)
    logits = network.logits(pixels.transpose(0, 3, 1, 2)).astype(np.float64)
    assert np.abs(1 / (1 + np.exp(-logits)) - theirs).max() <= 1e-4
    assert np.ptp(theirs) > 1e-2  # they do differ from picture to picture
    assert "sequence with ReLU" in dfc_export("inspect", path).out


KERAS_CONFIG = {"class_name": "Sequential", "config": {"layers": []}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(class_name="Functional"), "not a Sequential"),
        (
            lambda c: c["config"]["layers"].append({"class_name": "Lambda", "config": {}}),
            "has a layer Lambda",
        ),
        (
            lambda c: c["config"]["layers"].append({"class_name": "Dense", "config": {}}),
            "is not the aiornot CNN",
        ),
        (lambda c: c.clear(), "damaged"),
    ],
)
def test_other_keras_models(dfc_export: Runner, tmp_path: Path, change: Any, said: str) -> None:
    import zipfile

    import h5py

    with h5py.File(tmp_path / "w.h5", "w") as weights:
        weights.create_group("layers")
    config = json.loads(json.dumps(KERAS_CONFIG))
    change(config)
    with zipfile.ZipFile(tmp_path / "k.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.write(tmp_path / "w.h5", "model.weights.h5")
    assert said in dfc_export("inspect", tmp_path / "k.keras", code=10).err
    done = dfc_export("inspect", tmp_path / "w.h5", code=10)
    assert "holds weights only" in done.err
