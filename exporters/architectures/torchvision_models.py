"""Networks of torchvision, by name or by the shapes of a checkpoint."""

import re
from collections.abc import Iterator

import torch
from torch import nn

from exporters.architectures.fitting import Built, Tensors, load_strictly
from exporters.libraries import require
from forensic_cli.errors import ExportError

TRANSFORMED = "+transform_input"
"""Ending of the names of networks that were fine-tuned from torchvision's own weights and, like
those, renormalise their input inside; no tensor shows it."""

NO_DOWN = "-nodown"
"""Ending of the names of ResNets whose first convolution and pooling go on by one pixel instead of
two, as several published detectors have them; no tensor shows it."""

_HEADS = ("fc", "classifier", "head", "heads")
_RESIDUAL = ("resnet", "resnext", "wide_resnet")
_RENORMALISING = ("inception_v3", "googlenet")
_CLASSES = 1000
# A key that occurs in each network of a family, and what the family's names contain.
_FAMILIES = (
    ("layer1.0.conv1.weight", r"resnet|resnext"),
    ("features.denseblock1.denselayer1.conv1.weight", r"densenet"),
    ("Mixed_5b.branch1x1.conv.weight", r"inception_v3"),
    ("inception3a.branch1.conv.weight", r"googlenet"),
    ("conv_proj.weight", r"^vit_"),
    ("stage2.0.branch1.0.weight", r"shufflenet"),
    ("layers.0.weight", r"mnasnet"),
    ("features.0.0.weight", r"efficientnet|mobilenet|convnext|swin"),
    ("features.0.weight", r"vgg|alexnet|squeezenet"),
)


def is_known(name: str) -> bool:
    """Whether torchvision has a classifier of this name."""
    from torchvision import models  # noqa: PLC0415 - heavy, and not always there

    if name.endswith(NO_DOWN) and not name.startswith(_RESIDUAL):
        return False
    return _plain(name) in models.list_models(module=models)


def _plain(name: str) -> str:
    return name.removesuffix(TRANSFORMED).removesuffix(NO_DOWN)


def build(name: str, tensors: Tensors) -> Built:
    """A network by name, with weights.

    Raises:
        ExportError: The weights do not fit.
    """
    require("torchvision")
    module = _made(name, tensors, "cpu")
    load_strictly(module, tensors, f"torchvision:{name}")
    outputs = _outputs(tensors)
    reasoning = (f"torchvision:{name}: every name and shape fits",)
    assumed = (f"strides, padding, pooling and activations: those of torchvision:{name}",)
    return Built(f"torchvision:{name}", module, outputs, reasoning, assumed)


def fitting(tensors: Tensors) -> list[str]:
    """The names of torchvision's networks that these weights fit."""
    require("torchvision")
    return [name for name in _family(tensors) if _fits(name, tensors)]


def _family(tensors: Tensors) -> Iterator[str]:
    from torchvision import models  # noqa: PLC0415 - as above

    for key, pattern in _FAMILIES:
        if key in tensors:
            for name in models.list_models(module=models):
                if re.search(pattern, name):
                    yield name
                    if name in _RENORMALISING:
                        yield name + TRANSFORMED
                    if name.startswith(_RESIDUAL):
                        yield name + NO_DOWN
            return


def _fits(name: str, tensors: Tensors) -> bool:
    try:
        wanted = _made(name, tensors, "meta").state_dict()
    except ExportError:
        return False
    mine = {key: value.shape for key, value in wanted.items() if "num_batches" not in key}
    return mine == {key: value.shape for key, value in tensors.items() if "num_batches" not in key}


def _made(name: str, tensors: Tensors, device: str) -> nn.Module:
    from torchvision import models  # noqa: PLC0415 - as above

    plain = _plain(name)
    options: dict[str, object] = {}
    if plain in _RENORMALISING:
        auxiliary = any(key.startswith(("AuxLogits.", "aux1.")) for key in tensors)
        options = {
            "init_weights": False,
            "aux_logits": auxiliary,
            "transform_input": name.endswith(TRANSFORMED),
        }
    with torch.device(device):
        module: nn.Module = models.get_model(plain, weights=None, **options)
        _fit_head(module, tensors, name)
        _fit_auxiliary(module, tensors)
    if name.endswith(NO_DOWN):
        module.conv1.stride, module.maxpool.stride = (1, 1), 1
    return module


def _fit_head(module: nn.Module, tensors: Tensors, name: str) -> None:
    """Give the network the head that the checkpoint has, where that is certain.

    Certain is: the head as it was, with other classes; or one linear layer in its place, whatever
    dropout stood before it.
    """
    attribute = next(head for head in _HEADS if hasattr(module, head))
    head = getattr(module, attribute)
    here = {k: t for k, t in tensors.items() if k.startswith(f"{attribute}.")}
    weights = [key for key, tensor in here.items() if key.endswith(".weight") and tensor.ndim > 1]
    if not weights:
        msg = f"the checkpoint is not torchvision:{name}: it has no head {attribute!r}"
        raise ExportError(msg)
    if {f"{attribute}.{key}" for key in head.state_dict()} == here.keys():
        _with_classes(module, attribute, here[weights[-1]].shape[0])
        return
    first = next(layer for layer in head.modules() if isinstance(layer, nn.Linear | nn.Conv2d))
    width = getattr(first, "in_features", None)
    if len(weights) != 1 or len(here) > 2 or here[weights[0]].ndim != 2 or here[weights[0]].shape[1] != width:  # fmt: skip  # noqa: E501, PLR2004 - one weight, one bias
        msg = (
            f"the checkpoint is not torchvision:{name}: its head holds {', '.join(sorted(here))}, "
            "and what lies between those layers is in no file"
        )
        raise ExportError(msg)
    place = weights[0].removeprefix(f"{attribute}.").removesuffix("weight").rstrip(".")
    linear = nn.Linear(width, here[weights[0]].shape[0], bias=len(here) == 2)  # noqa: PLR2004 - as above
    if not place:
        setattr(module, attribute, linear)
    elif place.isdecimal():
        before = [nn.Identity() for _ in range(int(place))]
        setattr(module, attribute, nn.Sequential(*before, linear))


def _with_classes(module: nn.Module, attribute: str, classes: int) -> None:
    """Change how many classes the last layer of the head has."""
    path, last = [
        (path, layer)
        for path, layer in module.named_modules()
        if path.split(".")[0] == attribute and isinstance(layer, nn.Linear | nn.Conv2d)
    ][-1]
    if isinstance(last, nn.Linear):
        made: nn.Module = nn.Linear(last.in_features, classes, bias=last.bias is not None)
    else:
        made = nn.Conv2d(last.in_channels, classes, kernel_size=1)
    parent, _, leaf = path.rpartition(".")
    setattr(module.get_submodule(parent), leaf, made)


def _fit_auxiliary(module: nn.Module, tensors: Tensors) -> None:
    """Inception's side heads are trained with the same classes, and unused in evaluation."""
    for path, layer in list(module.named_modules()):
        weight = tensors.get(f"{path}.weight")
        if path.lower().startswith("aux") and isinstance(layer, nn.Linear) and weight is not None:
            parent, _, leaf = path.rpartition(".")
            if weight.ndim == 2 and layer.out_features == _CLASSES:  # noqa: PLR2004 - a matrix
                made = nn.Linear(layer.in_features, weight.shape[0])
                setattr(module.get_submodule(parent), leaf, made)


def _outputs(tensors: Tensors) -> int:
    heads = [
        tensor
        for key, tensor in tensors.items()
        if key.split(".")[0] in _HEADS and key.endswith(".weight") and tensor.ndim > 1
    ]
    return int(heads[-1].shape[0])
