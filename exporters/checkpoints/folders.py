"""Checkpoints that are folders: of Hugging Face, of timm, of dfc-train, a tower with its head."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from exporters.architectures import naming, transformers_models
from exporters.architectures.tower import with_head
from exporters.checkpoints.bounds import check_bounded
from exporters.checkpoints.refusals import refuse_own_code
from exporters.checkpoints.subject import Subject, of_built
from exporters.forms import TRAINING_RECORD, CheckpointForm, form_of
from exporters.labels import class_names_in
from exporters.loaders.torch_file import read_safetensors, read_torch_file
from exporters.loaders.training_run import WEIGHTS, read_training_run
from exporters.loaders.weights import weights_of
from exporters.networks.torch_network import TorchNetwork
from exporters.preparation.huggingface import NAME, read_huggingface
from exporters.preparation.preparation import Preparation
from exporters.preparation.timm_transform import of_config
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen


def open_folder(path: Path) -> Subject:
    """A classifier in a folder of Hugging Face or timm.

    Raises:
        ExportError: Its configuration is of none, or its weights do not fit.
    """
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{str(path / 'config.json')!r} cannot be read ({error})"
        raise ExportError(msg) from error
    if not isinstance(config, dict):
        msg = (
            f"{str(path / 'config.json')!r} is a {type(config).__name__}, not an object of settings"
        )
        raise ExportError(msg)
    refuse_own_code(path, config)
    if "architecture" in config and "model_type" not in config:
        return _timm_folder(path, config)
    module, names = transformers_models.from_folder(path)
    preparation = read_huggingface(path) if (path / NAME).is_file() else None
    if preparation is None and isinstance(config.get("pretrained_cfg"), dict):  # timm_wrapper
        preparation = of_config(config["pretrained_cfg"], "the pretrained_cfg in config.json")
    reasoning = [f"config.json: {config.get('model_type')}, classes {', '.join(names)}"]
    if preparation is not None:
        reasoning.append(f"preprocessing from {preparation.origin}")
    return Subject(
        form=CheckpointForm.FOLDER,
        architecture=_architecture(config),
        network=TorchNetwork(module),
        outputs=len(names),
        class_names=names,
        preparation=preparation,
        reasoning=tuple(reasoning),
    )


def open_tower(path: Path, head: Path, features: str | None) -> Subject:
    """A folder's picture tower, and a head that was kept apart."""
    built = with_head(path, read_head(head), features)
    subject = of_built(CheckpointForm.FOLDER, built, None, (f"the head in {head.name!r}",))
    preparation = read_huggingface(path) if (path / NAME).is_file() else None
    return replace(subject, preparation=preparation)


def read_head(path: Path) -> Mapping[str, torch.Tensor]:
    """The tensors in the file of a head.

    Raises:
        ExportError: It cannot be read.
    """
    check_bounded(path)
    document = (
        read_safetensors(path)
        if form_of(path) is CheckpointForm.SAFETENSORS
        else read_torch_file(path)
    )
    return weights_of(document, None, repr(str(path))).tensors


def open_trained(path: Path) -> Subject:
    """What dfc-train left: its record says what the weights alone do not."""
    run = read_training_run(path)
    if run.architecture:
        tensors = read_safetensors(path / WEIGHTS)
        built = naming.build(run.architecture, weights_of(tensors, None, repr(str(path))).tensors)
        subject = of_built(CheckpointForm.TRAINED, built, run.class_names, ())
        subject = replace(
            subject, preparation=Preparation(run.preprocessing, None, TRAINING_RECORD)
        )
    else:
        subject = replace(open_folder(path), form=CheckpointForm.TRAINED)
        own = subject.preparation
        if own is None or own.preprocessing != run.preprocessing:
            made = Preparation(run.preprocessing, None, TRAINING_RECORD)
            subject = replace(subject, preparation=made)
    why = f"{TRAINING_RECORD}: recipe {run.recipe}, seed {run.seed}"
    return replace(
        subject,
        class_names=run.class_names,
        labels=run.labels,
        training=run.record,
        reasoning=(why, *subject.reasoning),
    )


def _architecture(config: dict[str, Any]) -> str:
    kinds = config.get("architectures")
    named = kinds[0] if isinstance(kinds, list) and kinds else config.get("model_type")
    return f"transformers:{named}"


def _timm_folder(path: Path, config: dict[str, Any]) -> Subject:
    """A folder as timm saves it: architecture and pretrained_cfg in config.json."""
    name = str(config["architecture"])
    if config.get("model_args"):
        given = on_screen(str(config["model_args"]))
        msg = f"folder {str(path)!r} was made with model_args ({given}), which can change what a "
        msg += "network computes without a trace in its weights; export it from Python as .pt2"
        raise ExportError(msg)
    files = [path / "model.safetensors", path / "pytorch_model.bin"]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        msg = f"folder {str(path)!r} holds neither model.safetensors nor pytorch_model.bin"
        raise ExportError(msg)
    document = read_safetensors(file) if file.suffix == ".safetensors" else read_torch_file(file)
    built = naming.build(f"timm:{name}", weights_of(document, None, repr(str(file))).tensors)
    names = class_names_in({**config, "classes": config.get("label_names")})
    subject = of_built(CheckpointForm.FOLDER, built, names, (f"config.json: timm's {name}",))
    pretrained = config.get("pretrained_cfg")
    if not isinstance(pretrained, dict):
        return subject
    preparation = of_config(pretrained, "the pretrained_cfg in config.json")
    return replace(subject, preparation=preparation)
