"""From ``--arch`` to a network."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from exporters.architectures import (
    clip_tower,
    on_classes,
    own,
    timm_models,
    torchvision_models,
    transformers_models,
)
from exporters.architectures.fitting import Built, Tensors
from exporters.architectures.transformers_models import inferred
from exporters.libraries import require
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.foundation.path_text import on_screen

FORMS = (
    "swin-tiny, swin-small, swin-base, vit, cnn-vit, aiornot-cnn, fake-or-real, clip, clip-gelu, "
    "torchvision:NAME, timm:NAME (with +linear at its end: one more layer on its outputs), or a "
    "Hugging Face config.json"
)


def build(name: str, tensors: Tensors, size: tuple[int, int] | None = None) -> Built:
    """The network that ``--arch`` names, with a checkpoint's weights.

    Args:
        name: As ``--arch`` takes it.
        tensors: The weights.
        size: Height and width (pixels) that a network of timm was made for, where the user says.

    Raises:
        ExportError: The weights do not fit it.
        UsageError: No such network, or a size for one that has none.
    """
    if size is not None and not (name.startswith("timm:") or is_known("timm", name)):
        msg = "--image-size is of networks of timm (--arch timm:NAME)"
        raise UsageError(msg)
    return _built(name, tensors, size)


def _swin(name: str, tensors: Tensors) -> Built:
    return inferred(lambda: transformers_models.swin(tensors, name), name)


def _clip(name: str, tensors: Tensors) -> Built:
    return clip_tower.build(name, tensors, None, None)


_OWN: dict[str, Callable[[Tensors], Built]] = {
    **{name: partial(_swin, name) for name in transformers_models.PRESETS},
    **{name: partial(_clip, name) for name in clip_tower.ACTIVATIONS},
    "aiornot-cnn": own.aiornot_cnn,
    "fake-or-real": own.fake_or_real,
    "picture-statistics": own.picture_statistics,
}
_VIT = ("vit", "cnn-vit")
_LIBRARIES = ("torchvision", "timm")


def _built(name: str, tensors: Tensors, size: tuple[int, int] | None) -> Built:
    if name.endswith(on_classes.SUFFIX):
        body, layer = on_classes.parts(tensors)
        return on_classes.joined(_built(name.removesuffix(on_classes.SUFFIX), body, size), layer)
    if name in _OWN:
        return _OWN[name](tensors)
    if name in _VIT and any(key.startswith("vit.") for key in tensors):
        return inferred(lambda: transformers_models.vit(tensors), name)
    if name.endswith(".json"):
        config = transformers_models.read_config(Path(name))
        return transformers_models.from_config(
            config, tensors, config.model_type, f"as {name} says"
        )
    library, _, inner = name.partition(":")
    if inner and library in _LIBRARIES:
        return _of_library(library, inner, tensors, size)
    for known in _LIBRARIES:
        if is_known(known, name):
            return _of_library(known, name, tensors, size)
    msg = f"no architecture {on_screen(name)!r}; --arch takes {FORMS}"
    raise UsageError(msg)


def _of_library(library: str, name: str, tensors: Tensors, size: tuple[int, int] | None) -> Built:
    require(library)
    if not is_known(library, name):
        msg = f"{library} has no classifier {on_screen(name)!r}; --arch takes {FORMS}"
        raise UsageError(msg)
    if library == "timm":
        return timm_models.build(name, tensors, size)
    return torchvision_models.build(name, tensors)


def is_known(library: str, name: str) -> bool:
    """Whether a library is installed and has a classifier of a name."""
    try:
        require(library)
    except ExportError:
        return False
    module = timm_models if library == "timm" else torchvision_models
    known: bool = module.is_known(name)
    return known
