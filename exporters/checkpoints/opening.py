"""From a path, or a hub name, to an opened checkpoint: one branch per form."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from exporters.architectures import naming
from exporters.architectures.clip_tower import ACTIVATIONS
from exporters.architectures.clip_tower import build as build_clip
from exporters.architectures.fitting import Built
from exporters.architectures.recognition import AmbiguousError, recognise
from exporters.checkpoints.bounds import check_bounded
from exporters.checkpoints.folders import open_folder, open_tower, open_trained, read_head
from exporters.checkpoints.hints import Hints, refuse_meaningless
from exporters.checkpoints.refusals import refuse_part
from exporters.checkpoints.subject import Subject, of_built
from exporters.forms import CheckpointForm, form_of
from exporters.labels import class_names_in
from exporters.libraries import prepare
from exporters.loaders.exported_program import ProgramNetwork
from exporters.loaders.keras_file import read_keras
from exporters.loaders.pickled_module import unpickle_apart
from exporters.loaders.torch_file import read_safetensors, read_torch_file
from exporters.loaders.torchscript import ScriptNetwork, script_weights
from exporters.loaders.weights import Weights, below, usual_wrappers, weights_of
from forensic_cli.errors import ExportError, UsageError


def open_checkpoint(path: Path, hints: Hints) -> Subject:  # noqa: PLR0911 - one per form
    """Read a checkpoint and put its weights into their network.

    Raises:
        ExportError: It cannot be read, or what it is is not certain, or its weights do not fit.
        UsageError: A hint that has no meaning for this form.
    """
    check_bounded(path)
    form = form_of(path)
    prepare()
    refuse_meaningless(hints, form)
    match form:
        case CheckpointForm.FOLDER | CheckpointForm.TRAINED:
            if hints.head is not None:
                return open_tower(path, hints.head, hints.features)
            return open_folder(path) if form is CheckpointForm.FOLDER else open_trained(path)
        case CheckpointForm.TORCHSCRIPT if hints.arch in ACTIVATIONS:
            weights = weights_of(script_weights(path), None, repr(str(path)))
            return _weights(form, weights, hints)
        case CheckpointForm.TORCHSCRIPT:
            return _program(form, "TorchScript", ScriptNetwork(path), "runs as it is")
        case CheckpointForm.PROGRAM:
            return _program(form, "torch.export program", ProgramNetwork(path), "runs as it is")
        case CheckpointForm.KERAS:
            return of_built(form, read_keras(path), None, ())
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
    if hints.head is None:
        refuse_part(weights.tensors)
    if hints.prefix is not None:
        weights = below(weights, hints.prefix)
    weights, built = _network(weights, hints)
    return of_built(form, built, class_names_in(weights.facts), weights.reasoning)


def _network(weights: Weights, hints: Hints) -> tuple[Weights, Built]:
    """The network, with a usual wrapper's name taken off where all the rest fits then."""
    refused: list[ExportError] = []
    for candidate in (weights, *([] if hints.prefix else usual_wrappers(weights))):
        try:
            return candidate, _of(candidate, hints)
        except AmbiguousError:
            raise
        except ExportError as error:
            refused.append(error)
    raise refused[0]


def _of(weights: Weights, hints: Hints) -> Built:
    if hints.head is not None or hints.features is not None:
        if hints.arch not in ACTIVATIONS:
            names = " or ".join(ACTIVATIONS)
            msg = f"with a file of weights, --head and --features need --arch {names}"
            raise UsageError(msg)
        head = read_head(hints.head) if hints.head is not None else None
        return build_clip(hints.arch, weights.tensors, head, hints.features)
    if hints.arch is None:
        return recognise(weights, hints.system)
    return naming.build(hints.arch, weights.tensors, hints.image_size)


def _program(form: CheckpointForm, name: str, network: Any, why: str) -> Subject:  # noqa: ANN401 - a Network
    return Subject(form=form, architecture=name, network=network, reasoning=(why,))
