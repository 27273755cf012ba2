"""Networks that no library has, by the names that ``--arch`` and ``dfc-train --backbone`` take."""

from torch import nn

from exporters.architectures.aiornot_cnn import AiornotCnn
from exporters.architectures.fake_or_real import BackboneAndHead
from exporters.architectures.picture_statistics.network import PictureStatistics

NAMES = ("aiornot-cnn", "fake-or-real", "picture-statistics")
PRETRAINED = frozenset({"fake-or-real"})
"""Those that are meant to begin with somebody's weights."""

_IMAGENET = 1000


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
