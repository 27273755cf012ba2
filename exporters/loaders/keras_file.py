"""Keras files (.keras, .h5) of the aiornot CNN, read without Keras: JSON and arrays, no code.

Layouts: https://keras.io/api/models/model_saving_apis/ - a ``.keras`` file is a zip of config.json
and model.weights.h5, whose groups are named after the layers' classes and counted; an ``.h5`` file
holds the configuration as an attribute, and its groups are named after the layers.
"""

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from exporters.architectures.aiornot_cnn import KERAS_EPSILON, AiornotCnn
from exporters.architectures.fitting import Built, load_strictly
from exporters.libraries import require
from exporters.loaders.torch_file import damaged
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

Arrays = list[list[np.ndarray[Any, Any]]]
Layer = tuple[str, Mapping[str, Any]]

_LETTERS = {
    "Conv2D": "C", "BatchNormalization": "N", "ReLU": "A", "Activation": "A", "MaxPooling2D": "P",
    "Flatten": "F", "Dense": "D", "Reshape": "R", "Conv1D": "S", "MaxPooling1D": "Q",
    "GlobalMaxPooling1D": "F", "GlobalAveragePooling1D": "F",
}  # fmt: skip
_IGNORED = {"InputLayer", "Dropout"}
# The published order. An activation may follow the first convolution and those of the sequence.
_PATTERN = re.compile(r"C(A?)CNAP(?:CNACNAP){2}FDNARS(A?)QS\2QS\2Q?FDA?")
_HAVE_WEIGHTS = "CNDS"
_WEIGHTED = (nn.Conv2d, nn.BatchNorm2d, nn.BatchNorm1d, nn.Linear, nn.Conv1d)


def read_keras(path: Path) -> Built:
    """The network in a Keras file.

    Raises:
        ExportError: Damaged, without its configuration, or another network than the aiornot CNN.
    """
    require("h5py")
    try:
        return _read(path)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, OSError) as error:
        raise damaged(path, error) from error


def _read(path: Path) -> Built:
    config, read_arrays = _open(path)
    layers = _layers(config, path)
    tokens = list(_tokens(layers, path))
    found = _PATTERN.fullmatch("".join(letter for letter, _, _ in tokens))
    if not found:
        kinds = ", ".join(kind for kind, _ in layers)
        msg = (
            f"the Keras model in {str(path)!r} is not the aiornot CNN, the only one that is "
            f"converted; its layers are {on_screen(kinds, 600)}"
        )
        raise ExportError(msg)
    _check_details(tokens, path)
    epsilons = {c.get("epsilon", KERAS_EPSILON) for letter, _, c in tokens if letter == "N"}
    module = AiornotCnn(
        nn.ReLU if found[1] else nn.Identity, nn.ReLU if found[2] else nn.Identity, epsilons.pop()
    )
    load_strictly(module, _tensors(module, read_arrays(layers), path), "aiornot-cnn")
    first, sequence = ("ReLU" if said else "no activation" for said in found.groups())
    reasoning = (
        "a Keras Sequential with the layers of the aiornot CNN in their order",
        f"its configuration says: first convolution with {first}, sequence with {sequence}",
    )
    return Built("aiornot-cnn", module, 1, reasoning)


def _open(path: Path) -> tuple[Any, Any]:
    """The configuration, and a function from layers to their arrays."""
    import h5py  # noqa: PLC0415 - only where it is needed

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                config = json.loads(archive.read("config.json"))
                weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")
            return config, lambda layers: _counted(weights, layers)
        weights = h5py.File(path, "r")
        text = weights.attrs.get("model_config")
        if text is None:
            msg = (
                f"{str(path)!r} holds weights only; save the whole model with model.save(...keras)"
            )
            raise ExportError(msg)
        return json.loads(text), lambda layers: _named(weights, layers)
    except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise damaged(path, error) from error


def _layers(config: Any, path: Path) -> list[Layer]:  # noqa: ANN401 - JSON
    try:
        if config["class_name"] != "Sequential":
            msg = f"the Keras model in {str(path)!r} is a {config['class_name']}, not a Sequential"
            raise ExportError(msg)
        return [(entry["class_name"], entry["config"]) for entry in config["config"]["layers"]]
    except (KeyError, TypeError) as error:
        raise damaged(path, error) from error


def _tokens(layers: list[Layer], path: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Letter, activation and settings of each layer; an activation inside one follows it."""
    for kind, config in layers:
        if kind in _IGNORED:
            continue
        if kind not in _LETTERS:
            msg = (
                f"the Keras model in {str(path)!r} has a layer {on_screen(str(kind))}, which the "
                "aiornot CNN has not; it is the only one that is converted"
            )
            raise ExportError(msg)
        activation = "relu" if kind == "ReLU" else str(config.get("activation", "linear"))
        letter = _LETTERS[kind]
        if letter == "A":
            yield letter, activation, config
            continue
        yield letter, "", config
        if activation != "linear":
            yield "A", activation, config


def _check_details(tokens: list[tuple[str, str, Mapping[str, Any]]], path: Path) -> None:
    wrong = []
    for place, (letter, activation, config) in enumerate(tokens):
        last = place == len(tokens) - 1
        if letter == "A" and activation != ("sigmoid" if last else "relu"):
            wrong.append(f"activation {activation}")
        if letter in "CS" and (
            config.get("padding") != "same"
            or set(config.get("strides", [1])) | set(config.get("dilation_rate", [1])) != {1}
            or config.get("data_format") == "channels_first"
        ):
            wrong.append(f"{config.get('name')} is not padded 'same' with stride 1")
        if letter == "P" and (list(config["pool_size"]), list(config["strides"])) != ([2, 2], [2, 2]):  # fmt: skip  # noqa: E501
            wrong.append(f"{config.get('name')} does not pool 2 x 2")
        if letter == "Q" and config.get("padding") != "same":
            wrong.append(f"{config.get('name')} is not padded 'same'")
        if letter == "N" and not (config.get("center", True) and config.get("scale", True)):
            wrong.append(f"{config.get('name')} lacks its centre or scale")
    if tokens[-1][0] != "A":
        wrong.append("its output has no sigmoid")
    if len({c.get("epsilon", KERAS_EPSILON) for letter, _, c in tokens if letter == "N"}) > 1:
        wrong.append("its normalisations have several epsilons")
    if wrong:
        msg = f"the Keras model in {str(path)!r} is not the aiornot CNN: {'; '.join(wrong)}"
        raise ExportError(msg)


def _counted(weights: Any, layers: list[Layer]) -> Arrays:  # noqa: ANN401 - h5py carries no types
    """Arrays per layer of a ``.keras`` file: groups are classes in snake case, counted."""
    seen: Counter[str] = Counter()
    arrays = []
    for kind, _ in layers:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
        group = f"{name}_{seen[name]}" if seen[name] else name
        seen[name] += 1
        if _LETTERS.get(kind, "A") in _HAVE_WEIGHTS:
            found = weights[f"layers/{group}/vars"]
            arrays.append([np.asarray(found[str(index)]) for index in range(len(found))])
    return arrays


def _named(weights: Any, layers: list[Layer]) -> Arrays:  # noqa: ANN401 - h5py carries no types
    """Arrays per layer of an ``.h5`` file: groups are the layers' names."""
    arrays = []
    for kind, config in layers:
        if _LETTERS.get(kind, "A") in _HAVE_WEIGHTS:
            group = weights["model_weights"][config["name"]]
            arrays.append([np.asarray(group[name]) for name in group.attrs["weight_names"]])
    return arrays


def _tensors(module: AiornotCnn, arrays: Arrays, path: Path) -> dict[str, torch.Tensor]:
    """By this project's names: kernels are turned from channels last to PyTorch's order."""
    places = [(name, part) for name, part in module.named_modules() if isinstance(part, _WEIGHTED)]
    if len(places) != len(arrays):
        raise damaged(path, ValueError(f"{len(arrays)} layers with weights, not {len(places)}"))
    tensors = {}
    for (name, part), values in zip(places, arrays, strict=True):
        fields = ["weight", "bias"]
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            fields += ["running_mean", "running_var"]
        for field, value in zip(fields, values, strict=False):
            turned = value.transpose(-1, -2, *range(value.ndim - 2)) if value.ndim > 1 else value
            tensors[f"{name}.{field}"] = torch.from_numpy(np.ascontiguousarray(turned))
    return tensors
