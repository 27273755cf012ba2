"""Networks that no library has, by the names that ``--arch`` and ``dfc-train --backbone`` take."""

from torch import nn

from exporters.architectures.aiornot_cnn import AiornotCnn
from exporters.architectures.fake_or_real import BackboneAndHead
from exporters.architectures.fitting import Built, Tensors, load_strictly
from exporters.architectures.picture_statistics.network import PictureStatistics
from exporters.libraries import require
from forensic_cli.errors import ExportError

NAMES = ("aiornot-cnn", "fake-or-real", "picture-statistics")
PRETRAINED = frozenset({"fake-or-real"})
"""Those that are meant to begin with somebody's weights."""

_IMAGENET = 1000
_AS_PUBLISHED = "strides, pooling and activations: those of the published system"


def fresh(name: str, outputs: int) -> nn.Module:
    """One of them, untrained.

    Args:
        name: The name of ``NAMES``.
        outputs: Classes; aiornot-cnn has one output for its two.
    """
    if name == "aiornot-cnn":
        return AiornotCnn()
    if name == "picture-statistics":
        return PictureStatistics(outputs)
    from torchvision import models  # noqa: PLC0415 - heavy

    return BackboneAndHead(models.efficientnet_b6(weights=None), _IMAGENET, outputs)


def aiornot_cnn(tensors: Tensors) -> Built:
    """The CNN of the AI or Not entry, with weights."""
    module = AiornotCnn()
    load_strictly(module, tensors, "aiornot-cnn")
    reasoning = ("aiornot-cnn: every name and shape fits",)
    return Built("aiornot-cnn", module, 1, reasoning, (_AS_PUBLISHED,))


def picture_statistics(tensors: Tensors) -> Built:
    """The built-in model's network, with weights."""
    head = tensors.get("head.weight")
    if head is None or head.ndim != 2:  # noqa: PLR2004 - a matrix
        msg = "the checkpoint is not picture-statistics: it has no head.weight"
        raise ExportError(msg)
    module = PictureStatistics(int(head.shape[0]))
    load_strictly(module, tensors, "picture-statistics")
    reasoning = ("picture-statistics: every name and shape fits",)
    return Built("picture-statistics", module, int(head.shape[0]), reasoning)


def fake_or_real(tensors: Tensors) -> Built:
    """The EfficientNet-B6 of the Fake or Real entry, with weights."""
    require("torchvision")
    from torchvision import models  # noqa: PLC0415 - heavy

    head = tensors.get("classifier.weight")
    if head is None or head.ndim != 2:  # noqa: PLR2004 - a matrix
        msg = "the checkpoint is not fake-or-real: it has no classifier.weight"
        raise ExportError(msg)
    outputs, classes = map(int, head.shape)
    module = BackboneAndHead(models.efficientnet_b6(weights=None), classes, outputs)
    load_strictly(module, tensors, "fake-or-real (efficientnet_b6)")
    reasoning = ("torchvision's efficientnet_b6 below backbone., a layer on its classes",)
    return Built("fake-or-real", module, outputs, reasoning, (_AS_PUBLISHED,))
