"""From a recipe's backbone to a network: fresh, or with pretrained weights and a new head."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from exporters.architectures import own
from exporters.architectures.transformers_models import PRESETS
from exporters.forms import CheckpointForm, form_of
from exporters.libraries import require
from exporters.loaders.hub import fetch, is_hub_name
from exporters.loaders.torch_file import read_safetensors, read_torch_file
from exporters.loaders.weights import weights_of
from exporters.preparation.huggingface import NAME, read_huggingface
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.model_card.preprocessing import Preprocessing

FORMS = (
    "a hub name or folder of transformers, swin-tiny, swin-small, swin-base, timm:NAME, "
    f"torchvision:NAME, {', '.join(own.NAMES)}"
)


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network to train.

    Attributes:
        network: With an output per class, or one (a sigmoid's).
        architecture: As ``dfc-export --arch`` takes it; empty for transformers, whose folder says.
        start: Where its weights come from, in words.
        preprocessing: Its own, where it brings one.
        processor: Folder that holds the image processor it brings.
    """

    network: nn.Module
    architecture: str
    start: str
    preprocessing: Preprocessing | None = None
    processor: Path | None = None


def build(
    name: str, classes: tuple[str, ...], size: int, *, scratch: bool, weights: Path | None
) -> Backbone:
    """The network.

    Args:
        name: The name of a recipe's backbone.
        classes: Names, in output order.
        size: Side of the input (pixels), for networks that are made for one.
        scratch: Random weights, whatever there is.
        weights: A file of weights to begin with.

    Raises:
        ExportError: A folder or file that cannot be used.
        UsageError: No such network, or no weights to begin with and none are wanted at random.
    """
    if weights is not None and scratch:
        msg = "--from-scratch and --weights contradict each other"
        raise UsageError(msg)
    library, _, inner = name.partition(":")
    if name in PRESETS or Path(name).is_dir() or is_hub_name(name):
        if weights is not None:
            msg = "--weights is for timm:, torchvision: and own networks; transformers take a "
            msg += "folder as --backbone"
            raise UsageError(msg)
        return _transformers(name, classes, size, scratch=scratch)
    if name not in own.NAMES and (library not in {"timm", "torchvision"} or not inner):
        msg = f"no backbone {on_screen(name)!r}; --backbone takes {FORMS}"
        raise UsageError(msg)
    if name in own.NAMES:
        network = own.fresh(name, len(classes))
        own_start = name not in own.PRETRAINED
    else:
        require(library)
        network, own_start = _of_library(library, inner, len(classes)), False
    if weights is not None:
        return Backbone(network, name, _begin_with(network, weights))
    if not scratch and not own_start:
        msg = (
            f"{name} is fine-tuned from pretrained weights: give a file with --weights "
            "(torchvision and timm offer them for download), or --from-scratch for random ones"
        )
        raise UsageError(msg)
    return Backbone(network, name, "random weights")


def _of_library(library: str, name: str, outputs: int) -> nn.Module:
    try:
        if library == "timm":
            import timm  # noqa: PLC0415 - heavy

            made: nn.Module = timm.create_model(name, pretrained=False, num_classes=outputs)
        else:
            from torchvision import models  # noqa: PLC0415 - heavy

            options = {"init_weights": True} if name in {"inception_v3", "googlenet"} else {}
            if options:
                options["aux_logits"] = False
            made = models.get_model(name, weights=None, num_classes=outputs, **options)
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        msg = f"{library} has no classifier {on_screen(name)!r} ({error})"
        raise UsageError(msg) from error
    return made


def _transformers(name: str, classes: tuple[str, ...], size: int, *, scratch: bool) -> Backbone:
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    names = dict(enumerate(classes))
    labels: dict[str, Any] = {"id2label": names, "label2id": {v: k for k, v in names.items()}}
    if name in PRESETS:
        if not scratch:
            msg = f"{name} has no weights of its own; give a folder or hub name, or --from-scratch"
            raise UsageError(msg)
        width, depths = PRESETS[name]
        heads = [width // 32 * 2**stage for stage in range(len(depths))]
        config = transformers.SwinConfig(
            image_size=size, embed_dim=width, depths=list(depths), num_heads=heads, **labels
        )
        network = transformers.AutoModelForImageClassification.from_config(config)
        return Backbone(network, "", "random weights")
    folder = Path(name) if Path(name).is_dir() else fetch(name)
    processor = folder if (folder / NAME).is_file() else None
    preprocessing = read_huggingface(folder).preprocessing if processor else None
    try:
        if scratch:
            config = transformers.AutoConfig.from_pretrained(
                folder, trust_remote_code=False, **labels
            )
            network = transformers.AutoModelForImageClassification.from_config(config)
            start = f"random weights, {config.model_type} as {folder.name}/config.json says"
        else:
            network, info = transformers.AutoModelForImageClassification.from_pretrained(
                folder,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                trust_remote_code=False,
                local_files_only=True,
                dtype=torch.float32,
                **labels,
            )
            fresh = sorted(
                {*map(str, info["missing_keys"]), *(str(one[0]) for one in info["mismatched_keys"])}
            )
            start = f"weights of {on_screen(name)}; new: {', '.join(fresh) or 'nothing'}"
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = on_screen(lines[0] if lines else type(error).__name__, 300)
        msg = f"{on_screen(name)!r} cannot be loaded as an image classifier: {said}"
        raise ExportError(msg) from error
    return Backbone(network, "", start, preprocessing, processor)


def _begin_with(network: nn.Module, file: Path) -> str:
    """Put pretrained weights in; only a head of another shape stays as it is.

    Raises:
        ExportError: They are of another network.
    """
    read = read_safetensors if form_of(file) is CheckpointForm.SAFETENSORS else read_torch_file
    tensors = weights_of(read(file), None, repr(str(file))).tensors
    own_tensors = network.state_dict()
    fitting = {k: t for k, t in tensors.items() if _fits(own_tensors, k, t)}
    new = [key for key in own_tensors if key not in fitting]
    head = {key.rpartition(".")[0] for key in new if not key.endswith("num_batches_tracked")}
    if len(head) > 2:  # noqa: PLR2004 - a head, and what it is normalised by
        msg = (
            f"{str(file)!r} holds weights of another network: {len(new)} of {len(own_tensors)} "
            f"tensors do not fit, {', '.join(map(on_screen, new[:4]))} ..."
        )
        raise ExportError(msg)
    network.load_state_dict(fitting, strict=False)
    return f"weights of {on_screen(file.name)}; new: {', '.join(sorted(head)) or 'nothing'}"


def _fits(wanted: Mapping[str, torch.Tensor], key: str, tensor: torch.Tensor) -> bool:
    return key in wanted and wanted[key].shape == tensor.shape
