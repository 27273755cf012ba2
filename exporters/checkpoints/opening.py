"""From a path, or a hub name, to an opened checkpoint: one branch per form."""

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exporters.architectures import naming, transformers_models
from exporters.architectures.fitting import Built
from exporters.checkpoints.bounds import check_bounded
from exporters.checkpoints.subject import Subject
from exporters.forms import TRAINING_RECORD, CheckpointForm, form_of
from exporters.labels import class_names_in
from exporters.libraries import prepare
from exporters.loaders.exported_program import ProgramNetwork
from exporters.loaders.keras_file import read_keras
from exporters.loaders.pickled_module import unpickle_apart
from exporters.loaders.torch_file import read_safetensors, read_torch_file
from exporters.loaders.torchscript import ScriptNetwork
from exporters.loaders.training_run import WEIGHTS, read_training_run
from exporters.loaders.weights import Weights, weights_of
from exporters.networks.torch_network import TorchNetwork
from exporters.preparation.huggingface import NAME, read_huggingface
from exporters.preparation.preparation import Preparation
from exporters.preparation.timm_transform import of_config
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.foundation.path_text import on_screen


@dataclass(frozen=True, slots=True)
class Hints:
    """What the user says of a checkpoint.

    Attributes:
        arch: ``--arch``.
        weights_key: ``--weights``: which set of a training dict.
        trust_pickle: Whether a pickle may run code, in a process of its own.
        size: Height and width (pixels) of the input, where the preprocessing is given.
    """

    arch: str | None = None
    weights_key: str | None = None
    trust_pickle: bool = False
    size: tuple[int, int] | None = None


def open_checkpoint(path: Path, hints: Hints) -> Subject:
    """Read a checkpoint and put its weights into their network.

    Raises:
        ExportError: It cannot be read, or what it is is not certain, or its weights do not fit.
        UsageError: A hint that has no meaning for this form.
    """
    check_bounded(path)
    form = form_of(path)
    prepare()
    if form in {
        CheckpointForm.FOLDER,
        CheckpointForm.TRAINED,
        CheckpointForm.TORCHSCRIPT,
        CheckpointForm.PROGRAM,
        CheckpointForm.KERAS,
        CheckpointForm.ONNX,
    }:
        _refuse_hint("--arch", hints.arch, form)
    if form is not CheckpointForm.TORCH:
        _refuse_hint("--weights", hints.weights_key, form)
    match form:
        case CheckpointForm.FOLDER | CheckpointForm.TRAINED:
            return _folder(path) if form is CheckpointForm.FOLDER else _trained(path)
        case CheckpointForm.TORCHSCRIPT:
            return _program(form, "TorchScript", ScriptNetwork(path), "runs as it is")
        case CheckpointForm.PROGRAM:
            return _program(form, "torch.export program", ProgramNetwork(path), "runs as it is")
        case CheckpointForm.KERAS:
            return _built(form, read_keras(path), None, ())
        case CheckpointForm.SAFETENSORS:
            return _weights(form, weights_of(read_safetensors(path), None, repr(str(path))), hints)
        case CheckpointForm.TORCH:
            return _torch_file(path, hints)
        case CheckpointForm.ONNX:
            msg = f"{str(path)!r} is ONNX already; give it a card with dfc-export adopt"
            raise ExportError(msg)


def _torch_file(path: Path, hints: Hints) -> Subject:
    try:
        document = read_torch_file(path)
    except ExportError:
        if not hints.trust_pickle:
            raise
        return _unpickled(path, hints)
    return _weights(
        CheckpointForm.TORCH, weights_of(document, hints.weights_key, repr(str(path))), hints
    )


def _unpickled(path: Path, hints: Hints) -> Subject:
    if hints.size is None:
        msg = "--trust-pickle needs --preprocessing too: a pickled module does not say its size"
        raise UsageError(msg)
    with tempfile.TemporaryDirectory(prefix="dfc-export-") as folder:
        made = unpickle_apart(path, hints.size, hints.weights_key, Path(folder))
        module = form_of(made) is CheckpointForm.PROGRAM
        left = Hints(size=hints.size) if module else replace(hints, trust_pickle=False)
        inner = open_checkpoint(made, left)
    why = f"unpickled in a process of its own, at {hints.size[0]} x {hints.size[1]} pixels"
    form = f"pickled {'module' if inner.form == CheckpointForm.PROGRAM else 'weights'}"
    return replace(inner, form=form, reasoning=(why, *inner.reasoning))


def _weights(form: CheckpointForm, weights: Weights, hints: Hints) -> Subject:
    if hints.arch is None:
        built = naming.recognise(weights)
    else:
        built = naming.build(hints.arch, weights.tensors)
    return _built(form, built, class_names_in(weights.facts), weights.reasoning)


def _built(
    form: CheckpointForm, built: Built, names: tuple[str, ...] | None, reasoning: tuple[str, ...]
) -> Subject:
    return Subject(
        form=form,
        architecture=built.name,
        network=TorchNetwork(built.module),
        outputs=built.outputs,
        class_names=names,
        preparation=None,
        reasoning=(*reasoning, *built.reasoning),
    )


def _program(form: CheckpointForm, name: str, network: Any, why: str) -> Subject:  # noqa: ANN401 - a Network
    return Subject(form=form, architecture=name, network=network, reasoning=(why,))


def _folder(path: Path) -> Subject:
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
    if "architecture" in config and "model_type" not in config:
        return _timm_folder(path, config)
    module, names = transformers_models.from_folder(path)
    preparation = read_huggingface(path) if (path / NAME).is_file() else None
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


def _trained(path: Path) -> Subject:
    """What dfc-train left: its record says what the weights alone do not."""
    run = read_training_run(path)
    if run.architecture:
        tensors = read_safetensors(path / WEIGHTS)
        built = naming.build(run.architecture, weights_of(tensors, None, repr(str(path))).tensors)
        subject = _built(CheckpointForm.TRAINED, built, run.class_names, ())
        subject = replace(
            subject, preparation=Preparation(run.preprocessing, None, TRAINING_RECORD)
        )
    else:
        subject = replace(_folder(path), form=CheckpointForm.TRAINED)
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
    subject = _built(CheckpointForm.FOLDER, built, names, (f"config.json: timm's {name}",))
    pretrained = config.get("pretrained_cfg")
    if not isinstance(pretrained, dict):
        return subject
    preparation = of_config(pretrained, "the pretrained_cfg in config.json")
    return replace(subject, preparation=preparation)


def _refuse_hint(option: str, value: str | None, form: CheckpointForm) -> None:
    if value is not None:
        msg = f"{option} has no meaning for a {form}, which says itself what it is"
        raise UsageError(msg)
