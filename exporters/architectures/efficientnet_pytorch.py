"""EfficientNets of the package efficientnet_pytorch: timm's ``tf_`` networks under other names.

The package pads each strided convolution for pictures of the network's usual size, whatever size
it is given; ``tf_`` networks pad for the size at hand. Both are TensorFlow's "same" padding.
Source: https://github.com/lukemelas/EfficientNet-PyTorch (names, padding and sizes).
"""

import math

import torch
from torch import nn

from exporters.architectures.fitting import Built, Tensors, load_strictly
from exporters.libraries import require
from forensic_cli.errors import ExportError

SIZES = {"b0": 224, "b1": 240, "b2": 260, "b3": 300, "b4": 380, "b5": 456, "b6": 528, "b7": 600}
"""The networks, and the side (pixels) of the pictures that each is padded for."""
_STEM = "_conv_stem.weight"
_WITHOUT_EXPANSION = {
    "_depthwise_conv": "conv_dw", "_bn1": "bn1", "_se_reduce": "se.conv_reduce",
    "_se_expand": "se.conv_expand", "_project_conv": "conv_pw", "_bn2": "bn2",
}  # fmt: skip
_WITH_EXPANSION = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
    "_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand", "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}  # fmt: skip
_AROUND = {
    "_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2",
    "_fc": "classifier",
}  # fmt: skip


def is_efficientnet_pytorch(tensors: Tensors) -> bool:
    """Whether these are the package's names."""
    return {_STEM, "_conv_head.weight", "_fc.weight"} <= set(tensors)


def build(tensors: Tensors) -> Built:
    """The network whose blocks and widths these are.

    Raises:
        ExportError: They are those of none.
    """
    require("timm")
    outputs = int(tensors["_fc.weight"].shape[0])
    for name, side in SIZES.items():
        module = _made(name, outputs, "meta")
        renamed = _renamed(tensors, module)
        wanted = module.state_dict()
        if {k: t.shape for k, t in wanted.items()} != {k: t.shape for k, t in renamed.items()}:
            continue
        module = _made(name, outputs, "cpu")
        load_strictly(module, renamed, f"efficientnet_pytorch's {name}")
        _pad_for(module, side)
        return Built(
            f"efficientnet_pytorch:{name}",
            module,
            outputs,
            (f"names of efficientnet_pytorch; every name and shape fits its {name}",),
            (f"padding for pictures of {side} x {side}, as the package makes {name} by default",),
        )
    msg = "the names are those of efficientnet_pytorch, but the widths and blocks of no b0 to b7"
    raise ExportError(msg)


def _made(name: str, outputs: int, device: str) -> nn.Module:
    import timm  # noqa: PLC0415 - heavy, and not always there

    with torch.device(device):
        module: nn.Module = timm.create_model(f"tf_efficientnet_{name}", num_classes=outputs)
    return module


def _renamed(tensors: Tensors, module: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors under timm's names: the package counts blocks through all stages."""
    stages: list[nn.Module] = list(module.get_submodule("blocks").children())
    paths = [
        f"blocks.{stage}.{block}"
        for stage, blocks in enumerate(stages)
        for block in range(len(list(blocks.children())))
    ]
    made = {}
    for key, tensor in tensors.items():
        parts = key.split(".")
        if parts[0] == "_blocks" and parts[1].isdecimal() and int(parts[1]) < len(paths):
            expands = f"_blocks.{parts[1]}._expand_conv.weight" in tensors
            names = _WITH_EXPANSION if expands else _WITHOUT_EXPANSION
            head, rest = [paths[int(parts[1])], names.get(parts[2], parts[2])], parts[3:]
        else:
            head, rest = [_AROUND.get(parts[0], parts[0])], parts[1:]
        made[".".join([*head, *rest])] = tensor
    return made


def _pad_for(module: nn.Module, side: int) -> None:
    """Give strided convolutions the padding that they have for pictures of one size."""
    strided = [
        (path, part)
        for path, part in module.named_modules()
        if isinstance(part, nn.Conv2d) and part.stride[0] > 1
    ]
    for path, part in strided:
        stride, kernel = part.stride[0], part.kernel_size[0]
        halved = math.ceil(side / stride)
        padding = max((halved - 1) * stride + kernel - side, 0)
        before, after = padding // 2, padding - padding // 2
        plain = nn.Conv2d(
            part.in_channels, part.out_channels, kernel, stride, 0, 1, part.groups, bias=False
        )
        plain.weight = part.weight
        parent, _, leaf = path.rpartition(".")
        padded = nn.Sequential(nn.ZeroPad2d((before, after, before, after)), plain)
        setattr(module.get_submodule(parent), leaf, padded)
        side = halved
