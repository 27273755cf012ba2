"""torchvision's transforms: those that belong to a network's published weights, as host steps."""

import numpy as np
from PIL import Image

from exporters.libraries import require
from exporters.networks.network import Floats
from exporters.preparation.preparation import Preparation, preprocessing_of
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.model_card.steps import CenterCrop, Filter, ResizeShortestEdge

_FILTERS: dict[str, Filter] = {"nearest": "nearest", "bilinear": "bilinear", "bicubic": "bicubic"}


def of_torchvision(name: str, weights: str = "DEFAULT") -> Preparation:
    """The preparation that belongs to weights of a network.

    Args:
        name: The name of the network.
        weights: ``IMAGENET1K_V1``, ``IMAGENET1K_V2`` ... or ``DEFAULT``, torchvision's best.

    Raises:
        UsageError: torchvision has no such network or weights.
        ExportError: A card cannot say what they do.
    """
    require("torchvision")
    from torchvision import models  # noqa: PLC0415 - heavy

    try:
        known = models.get_model_weights(name)
        transforms = known[weights].transforms()
    except (ValueError, KeyError) as error:
        msg = f"torchvision has no transforms of {name!r} with weights {weights!r}"
        raise UsageError(msg) from error
    try:
        (edge,), (crop,) = transforms.resize_size, transforms.crop_size
        filter_ = _FILTERS[transforms.interpolation.value]
        steps = (ResizeShortestEdge(edge, filter_), CenterCrop(crop, crop, "half_even"))
        made = preprocessing_of(steps, 255.0, tuple(transforms.mean), tuple(transforms.std))
    except (ValueError, LookupError, AttributeError) as error:
        msg = f"a card cannot say what torchvision does for {name}: {error}"
        raise ExportError(msg) from error

    def pixels(image: Image.Image) -> Floats:
        floats: Floats = np.asarray(transforms(image))
        return floats

    return Preparation(made, pixels, f"torchvision's transforms of {known.__name__}.{weights}")
