"""Networks of timm, by name; which names a checkpoint's shapes fit is only ever offered.

Many of timm's networks share every name and shape and still compute different things (padding,
activations, epsilons), so that none is taken without being named, by the user or the checkpoint.
"""

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


def is_known(name: str) -> bool:
    """Whether timm has a network of this name."""
    import timm  # noqa: PLC0415 - heavy, and not always there

    return bool(timm.is_model(name))


def build(name: str, tensors: Tensors) -> Built:
    """A network by name, with weights.

    Raises:
        ExportError: The weights do not fit.
    """
    require("timm")
    module, outputs = _made(name, tensors)
    load_strictly(module, tensors, f"timm:{name}")
    return Built(f"timm:{name}", module, outputs, (f"timm:{name}: every name and shape fits",))


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


def _made(name: str, tensors: Tensors) -> tuple[nn.Module, int]:
    import timm  # noqa: PLC0415 - as above

    head = _classifier(name)
    weight = tensors.get(f"{head}.weight")
    if weight is None or weight.ndim < 2:  # noqa: PLR2004 - a matrix, or a convolution's
        msg = f"the checkpoint is not timm:{name}: it has no {head}.weight"
        raise ExportError(msg)
    outputs = int(weight.shape[0])
    return timm.create_model(name, pretrained=False, num_classes=outputs), outputs


def _classifier(name: str) -> str:
    """Where a network has its last layer."""
    import timm  # noqa: PLC0415 - as above

    with torch.device("meta"):
        module = timm.create_model(name, pretrained=False)
    last = module.get_classifier()
    last = last[0] if isinstance(last, tuple | list) else last
    paths = {id(part): str(path) for path, part in module.named_modules()}
    if id(last) not in paths:
        msg = f"timm:{name} has no classifier"
        raise ExportError(msg)
    return paths[id(last)]
