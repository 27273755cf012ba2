"""Networks of Hugging Face's transformers, from a configuration, or one read off the shapes.

Tensors go in through the library's own loader, which knows the names of versions 4 and 5.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from exporters.architectures.cnn_vit import ViTWithHead
from exporters.architectures.fitting import Built, Tensors, listed, load_strictly, report_misfits
from exporters.libraries import require
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

PRESETS = {"swin-tiny": (96, (2, 2, 6, 2)), "swin-small": (96, (2, 2, 18, 2)), "swin-base": (128, (2, 2, 18, 2))}  # fmt: skip  # noqa: E501
"""Hugging Face's Swin in three sizes: embedding width and blocks per stage (patch 4, window 7)."""

_VIT_HEAD_WIDTH = 64
_HEAD_WHY = (
    "a head of two layers: on the CLS token and with GELU between, as the published system has it"
)
_VIT_ASSUMED = (
    f"attention heads of width {_VIT_HEAD_WIDTH}, GELU and layer norm as in every published ViT"
)
_SWIN_ASSUMED = "GELU, layer norm and the shift of windows as in every published Swin"
_VIT_LAYER = re.compile(r"vit\.(?:encoder\.)?layers?\.(\d+)\.")
_PATCH = "embeddings.patch_embeddings.projection.weight"


def from_folder(folder: Path) -> tuple[Any, tuple[str, ...]]:
    """The classifier in a Hugging Face folder, and its class names in output order.

    Raises:
        ExportError: The folder's configuration is of no image classifier, or weights do not fit.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    try:
        config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
        module, info = transformers.AutoModelForImageClassification.from_pretrained(
            folder,
            config=config,
            attn_implementation="eager",
            output_loading_info=True,
            trust_remote_code=False,
            local_files_only=True,
        )
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = on_screen(lines[0] if lines else type(error).__name__, 300)
        msg = f"folder {str(folder)!r} cannot be loaded as an image classifier: {said}"
        raise ExportError(msg) from error
    name = f"the {config.model_type} that its config.json describes"
    _check(info, name)
    if config.problem_type not in {None, "single_label_classification"}:
        msg = (
            f"folder {str(folder)!r} is of problem_type {config.problem_type}: its outputs are no "
        )
        msg += "classes of which one applies"
        raise ExportError(msg)
    names = tuple(str(config.id2label.get(index, "")) for index in range(config.num_labels))
    return module, names


def from_config(config: Any, tensors: Tensors, name: str, why: str) -> Built:  # noqa: ANN401 - a library's
    """A classifier from a configuration and weights.

    Raises:
        ExportError: The weights do not fit, or it is no image classifier.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    try:
        kind = transformers.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING[type(config)]
    except KeyError as error:
        msg = f"transformers has no image classifier of type {config.model_type!r}"
        raise ExportError(msg) from error
    module = loaded(kind, config, tensors, name)
    return Built(name, module, int(config.num_labels), (why,))


def read_config(path: Path) -> Any:  # noqa: ANN401 - a library's
    """A configuration from a ``config.json``.

    Raises:
        ExportError: It is none.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    try:
        return transformers.AutoConfig.from_pretrained(path, trust_remote_code=False)
    except Exception as error:
        msg = f"{str(path)!r} is no configuration that transformers knows; give a config.json"
        raise ExportError(msg) from error


def inferred(read: Callable[[], Built], name: str) -> Built:
    """A network whose configuration is read off its tensors' names and shapes.

    Raises:
        ExportError: They are not what such a network has; or the weights do not fit.
    """
    try:
        return read()
    except (LookupError, ValueError, StopIteration, AttributeError, TypeError) as error:
        msg = f"the checkpoint has names of {name}, but not its shapes ({error!r}); give --arch"
        raise ExportError(msg) from error


def swin(tensors: Tensors, preset: str | None = None) -> Built:
    """Hugging Face's Swin, its configuration read off the shapes.

    Raises:
        ExportError: It is not the size named, or the weights do not fit.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    patches = tensors.get(f"swin.{_PATCH}")
    if patches is None or "classifier.weight" not in tensors:
        msg = f"the checkpoint is not {preset or 'swin'}: it has no swin.{_PATCH} or no classifier"
        raise ExportError(msg)
    tables = {
        _stage_and_block(key): tensor
        for key, tensor in tensors.items()
        if key.endswith("relative_position_bias_table")
    }
    stages = sorted({stage for stage, _ in tables})
    depths = tuple(sum(stage == other for other, _ in tables) for stage in stages)
    width = int(patches.shape[0])
    window = (math.isqrt(next(iter(tables.values())).shape[0]) + 1) // 2 if tables else 0
    found = f"width {width}, blocks {'-'.join(map(str, depths))}, window {window}"
    known = next((name for name, shape in PRESETS.items() if shape == (width, depths)), "swin")
    if preset is not None and known != preset:
        msg = f"the checkpoint is not {preset}: it is a Swin of {found}"
        raise ExportError(msg)
    config = transformers.SwinConfig(
        embed_dim=width,
        depths=list(depths),
        num_heads=[int(tables[stage, 0].shape[1]) for stage in stages],
        window_size=window,
        patch_size=int(patches.shape[2]),
        num_labels=int(tensors["classifier.weight"].shape[0]),
    )
    built = from_config(config, tensors, known, f"Hugging Face Swin by its names: {found}")
    return replace(built, assumed=(_SWIN_ASSUMED,))


def vit(tensors: Tensors) -> Built:
    """Hugging Face's ViT below ``vit.``, with a linear head or the two-layer one.

    Raises:
        ExportError: The weights do not fit.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    patches = tensors[f"vit.{_PATCH}"]
    hidden, patch = int(patches.shape[0]), int(patches.shape[-1])
    if hidden % _VIT_HEAD_WIDTH:
        msg = f"how many heads a ViT of width {hidden} has is in no tensor; give --arch config.json"
        raise ExportError(msg)
    positions = int(tensors["vit.embeddings.position_embeddings"].shape[1]) - 1
    layers = {found[1] for found in map(_VIT_LAYER.match, tensors) if found}
    mlp = next(
        tensor
        for key, tensor in tensors.items()
        if key.endswith(("intermediate.dense.weight", "mlp.fc1.weight"))
    )
    size = math.isqrt(positions) * patch
    options = {
        "hidden_size": hidden,
        "num_hidden_layers": len(layers),
        "num_attention_heads": hidden // _VIT_HEAD_WIDTH,
        "intermediate_size": int(mlp.shape[0]),
        "image_size": size,
        "patch_size": patch,
    }
    why = (
        f"Hugging Face ViT by its names: width {hidden}, {len(layers)} layers, patch {patch}, "
        f"{size} x {size} pixels"
    )
    if "classifier.4.weight" not in tensors:
        outputs = int(tensors["classifier.weight"].shape[0])
        config = transformers.ViTConfig(num_labels=outputs, **options)
        return replace(from_config(config, tensors, "vit", why), assumed=(_VIT_ASSUMED,))
    inner = {k.removeprefix("vit."): t for k, t in tensors.items() if k.startswith("vit.")}
    config = transformers.ViTConfig(**options)
    pooled = any(key.startswith("pooler.") for key in inner)
    body = loaded(transformers.ViTModel, config, inner, "vit", add_pooling_layer=pooled)
    head = {k: t for k, t in tensors.items() if not k.startswith("vit.")}
    outputs, middle = map(int, tensors["classifier.4.weight"].shape)
    module = ViTWithHead(body, middle, outputs)
    fitted = {f"vit.{key}": tensor for key, tensor in body.state_dict().items()} | head
    load_strictly(module, fitted, "cnn-vit")
    return Built("cnn-vit", module, outputs, (why, _HEAD_WHY), (_VIT_ASSUMED, _HEAD_WHY))


def loaded(kind: Any, config: Any, tensors: Tensors, name: str, **options: object) -> Any:  # noqa: ANN401 - a library's
    """A network of a class and a configuration, with weights under any names that it knows.

    Raises:
        ExportError: The weights do not fit.
    """
    try:
        module, info = kind.from_pretrained(
            None,
            config=config,
            state_dict=dict(tensors),
            output_loading_info=True,
            attn_implementation="eager",
            **options,
        )
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = on_screen(lines[0] if lines else type(error).__name__, 300)
        msg = f"the checkpoint is not {name}: {said}"
        raise ExportError(msg) from error
    _check(info, name)
    return module


def _check(info: Mapping[str, Any], name: str) -> None:
    """The library reports what did not fit, and goes on with random weights."""
    report_misfits(
        name,
        [
            listed("missing", sorted(map(str, info["missing_keys"]))),
            listed("left over", sorted(map(str, info["unexpected_keys"]))),
            listed("of another shape", sorted(str(entry[0]) for entry in info["mismatched_keys"])),
        ],
    )


def _stage_and_block(key: str) -> tuple[int, int]:
    numbers = [int(part) for part in key.split(".") if part.isdecimal()]
    return numbers[0], numbers[1]
