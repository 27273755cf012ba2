"""timm's ``pretrained_cfg``: the evaluation transform that it stands for, as host steps."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from exporters.libraries import require
from exporters.networks.network import Floats
from exporters.preparation.preparation import Preparation, preprocessing_of
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.model_card.steps import (
    CenterCrop,
    Filter,
    HostStep,
    ResizeShortestEdge,
    ResizeSquash,
)

_UNUSABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError)
_FILTERS: dict[str, Filter] = {
    "nearest": "nearest", "bilinear": "bilinear", "bicubic": "bicubic", "lanczos": "lanczos",
    "box": "box", "hamming": "hamming",
}  # fmt: skip


def of_timm(name: str) -> Preparation:
    """The preparation that timm's configuration of a network names.

    Raises:
        UsageError: timm has no such network.
        ExportError: The card cannot say what it asks for.
    """
    require("timm")
    import timm  # noqa: PLC0415 - heavy

    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    if config is None:
        msg = f"timm has no configuration of {name!r}"
        raise UsageError(msg)
    return of_config(config.to_dict(), f"timm's pretrained_cfg of {name}")


def of_config(config: Mapping[str, Any], origin: str) -> Preparation:
    """The preparation that a ``pretrained_cfg`` names (a checkpoint folder may hold its own).

    Raises:
        ExportError: The card cannot say what it asks for.
    """
    require("timm")
    import timm.data  # noqa: PLC0415 - heavy

    try:
        data = timm.data.resolve_data_config(pretrained_cfg=dict(config), args={})
        steps = _steps(data)
        preprocessing = preprocessing_of(steps, 255.0, tuple(data["mean"]), tuple(data["std"]))
        transform = timm.data.create_transform(**data, is_training=False)
    except _UNUSABLE as error:
        msg = f"a card cannot say what {origin} asks for: {error}"
        raise ExportError(msg) from error

    def pixels(image: Image.Image) -> Floats:
        made: Floats = np.asarray(transform(image))
        return made

    return Preparation(preprocessing, pixels, origin)


def _steps(data: Mapping[str, Any]) -> tuple[HostStep, ...]:
    _, height, width = data["input_size"]
    filter_ = _FILTERS[data["interpolation"]]
    scaled = math.floor(height / data["crop_pct"]), math.floor(width / data["crop_pct"])
    crop = CenterCrop(height, width, "half_even")
    mode = data.get("crop_mode") or "center"
    if mode == "squash":
        return ResizeSquash(*scaled, filter_), crop
    if mode != "center" or height != width:
        msg = f"crop_mode {mode!r} with a size of {height} x {width}"
        raise ValueError(msg)
    return ResizeShortestEdge(scaled[0], filter_), crop
