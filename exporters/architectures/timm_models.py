"""Networks of timm, by name; which names a checkpoint's shapes fit is only ever offered.

Many of timm's networks share every name and shape and still compute different things (padding,
activations, epsilons), so that none is taken without being named, by the user or the checkpoint.
"""

import re
import sys

import torch
from torch import nn

from exporters.architectures.fitting import Built, Tensors, load_strictly
from exporters.libraries import require
from forensic_cli.errors import ExportError

# The families in use for telling AI-made pictures; offered in an error, never assumed.
_OFFERED = (
    "swin_tiny_patch4_window7_224", "swin_small_patch4_window7_224",
    "swin_base_patch4_window7_224", "vit_tiny_patch16_224", "vit_small_patch16_224",
    "vit_base_patch16_224", "vit_base_patch16_clip_224", "vit_base_patch16_clip_quickgelu_224",
    "deit_small_patch16_224", "efficientnet_b0", "efficientnet_b2", "efficientnet_b4",
    "tf_efficientnet_b0", "tf_efficientnet_b2", "tf_efficientnet_b4", "tf_efficientnetv2_b0",
    "efficientnetv2_rw_t", "mobilenetv2_100", "mobilenetv3_large_100", "mobilenetv3_small_100",
    "tf_mobilenetv3_large_100", "densenet121", "densenet201", "resnetv2_50", "resnetv2_152",
    "inception_v3", "resnet18", "resnet50", "convnext_tiny", "convnext_base",
)  # fmt: skip


_HEAD = re.compile(r"(?:head|fc|classifier|last_linear)\.")


def is_known(name: str) -> bool:
    """Whether timm has a network of this name."""
    import timm  # noqa: PLC0415 - heavy, and not always there

    return bool(timm.is_model(name))


def build(name: str, tensors: Tensors, size: tuple[int, int] | None = None) -> Built:
    """A network by name, with weights.

    Args:
        name: The name of timm's network.
        tensors: The weights, under timm's names or those of the network's authors.
        size: Height and width (pixels) that it was made for, where that is not the usual one.

    Raises:
        ExportError: The weights do not fit.
    """
    require("timm")
    own, reasoning = _own_names(name, _usual_head(name, tensors), size)
    module, outputs = _made(name, own, size)
    load_strictly(module, own, f"timm:{name}")
    reasoning = (*reasoning, f"timm:{name}: every name and shape fits")
    assumed = (f"strides, padding, epsilons and activations: those of timm:{name}",)
    return Built(f"timm:{name}", module, outputs, reasoning, assumed)


def _own_names(
    name: str, tensors: Tensors, size: tuple[int, int] | None
) -> tuple[Tensors, tuple[str, ...]]:
    """The tensors under timm's names: many networks' older and official ones it knows itself."""
    import timm  # noqa: PLC0415 - heavy, and not always there

    module = timm.create_model(name, pretrained=False, **_sized(size))
    if module.state_dict().keys() == tensors.keys():
        return tensors, ()
    known = sys.modules[type(module).__module__]
    translate = getattr(known, "checkpoint_filter_fn", None)
    if translate is None:
        return tensors, ()
    try:
        found = translate(dict(tensors), module)
    except Exception:  # noqa: BLE001 - it was written for other checkpoints than this
        return tensors, ()
    if found.keys() == tensors.keys():
        return tensors, ()
    return found, ("names as the network's authors have them, translated by timm",)


def _usual_head(name: str, tensors: Tensors) -> Tensors:
    """The tensors with a replaced head's one layer where timm has it.

    Fine-tuning scripts put ``Sequential(Dropout, Linear)`` in the place of a layer, and an older
    library calls it ``last_linear``: neither changes what is computed.
    """
    head = _classifiers(name)[0]
    weights = [key for key, one in tensors.items() if one.ndim > 1 and _HEAD.match(key)]
    inside = [key for key in weights if re.fullmatch(rf"{re.escape(head)}\.\d+\.weight", key)]
    older = [key for key in weights if key.startswith("last_linear.")]
    found = older or inside
    if len(found) != 1 or f"{head}.weight" in tensors:
        return tensors
    path = found[0].removesuffix(".weight")
    return {
        f"{head}.{key.removeprefix(path)[1:]}" if key.startswith(f"{path}.") else key: tensor
        for key, tensor in tensors.items()
    }


def _sized(size: tuple[int, int] | None) -> dict[str, object]:
    return {} if size is None else {"img_size": size}


def offered(tensors: Tensors) -> list[str]:
    """Names of usual networks that these weights fit."""
    require("timm")
    import timm  # noqa: PLC0415 - as above

    found = []
    for name in _OFFERED:
        first = timm.get_pretrained_cfg_value(name, "first_conv")
        if f"{first}.weight" not in tensors:  # spares building most of them
            continue
        try:
            with torch.device("meta"):
                wanted = _made(name, tensors)[0].state_dict()
        except ExportError:
            continue
        if {k: v.shape for k, v in wanted.items()} == {k: t.shape for k, t in tensors.items()}:
            found.append(name)
    return found


def _made(
    name: str, tensors: Tensors, size: tuple[int, int] | None = None
) -> tuple[nn.Module, int]:
    import timm  # noqa: PLC0415 - as above

    heads = _classifiers(name)
    weight = next(
        (tensors[f"{head}.weight"] for head in heads if f"{head}.weight" in tensors), None
    )
    if weight is None or weight.ndim < 2:  # noqa: PLR2004 - a matrix, or a convolution's
        msg = f"the checkpoint is not timm:{name}: it has no {heads[0]}.weight"
        raise ExportError(msg)
    outputs = int(weight.shape[0])
    try:
        module = timm.create_model(name, pretrained=False, num_classes=outputs, **_sized(size))
    except (TypeError, AssertionError, ValueError, RuntimeError) as error:
        msg = f"timm:{name} cannot be made for pictures of {size}: {error}"
        raise ExportError(msg) from error
    return module, outputs


def _classifiers(name: str) -> list[str]:
    """Where a network has its last layer; in some it lies in a block with a norm."""
    import timm  # noqa: PLC0415 - as above

    with torch.device("meta"):
        module = timm.create_model(name, pretrained=False)
    last = module.get_classifier()
    last = last[0] if isinstance(last, tuple | list) else last
    paths = {id(part): str(path) for path, part in module.named_modules()}
    if not isinstance(last, nn.Module) or id(last) not in paths:
        msg = f"timm:{name} has no classifier"
        raise ExportError(msg)
    layers = [part for part in last.modules() if isinstance(part, nn.Linear | nn.Conv2d)]
    return [paths[id(part)] for part in layers[::-1]] or [paths[id(last)]]
