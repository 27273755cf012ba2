"""``preprocessor_config.json``: what a Hugging Face image processor does, as host steps.

The library itself reads the file, old forms included; its Pillow backend is what the steps are
compared with, so that a processor which does something else is found out, not approximated.
"""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from exporters.libraries import require
from exporters.networks.network import Floats
from exporters.preparation.preparation import FILTERS, Preparation, preprocessing_of
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.model_card.steps import (
    Bgr,
    CenterCrop,
    HostStep,
    ResizeShortestEdge,
    ResizeSquash,
)

NAME = "preprocessor_config.json"
_SQUASHED_FROM = 384  # ConvNext's processor crops below this size, and squashes from it on


def read_huggingface(path: Path) -> Preparation:
    """The preparation that a folder's, or a file's, image processor performs.

    Raises:
        ExportError: No processor can be read there, or it does what a card cannot say.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    try:
        processor = transformers.AutoImageProcessor.from_pretrained(
            path, backend="pil", local_files_only=True, trust_remote_code=False
        )
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = on_screen(lines[0] if lines else type(error).__name__, 300)
        msg = f"{str(path)!r} holds no image processor that transformers knows: {said}"
        raise ExportError(msg) from error
    name = type(processor).__name__.removesuffix("Pil").removesuffix("Fast")
    try:
        preprocessing = preprocessing_of(_steps(processor, name), *_graph(processor, name))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        msg = f"a card cannot say what {name} in {str(path)!r} does: {error}; write the card's "
        msg += "form of it and give that with --preprocessing FILE"
        raise ExportError(msg) from error

    def pixels(image: Image.Image) -> Floats:
        try:
            made: Floats = np.asarray(processor(image, return_tensors="np")["pixel_values"][0])
        except Exception as error:
            msg = f"{name} in {str(path)!r} fails on a test picture: {error}"
            raise ExportError(msg) from error
        return made

    return Preparation(preprocessing, pixels, f"{NAME} ({name})")


def _steps(processor: Any, name: str) -> tuple[HostStep, ...]:  # noqa: ANN401 - a library's
    steps: list[HostStep] = []
    if getattr(processor, "do_resize", False):
        steps += _resize(processor, name)
    if getattr(processor, "do_center_crop", False):
        crop = processor.crop_size
        steps.append(CenterCrop(crop["height"], crop["width"]))
    if getattr(processor, "do_flip_channel_order", False):
        steps.append(Bgr())
    if not steps:
        msg = "it does not resize"
        raise ValueError(msg)
    return tuple(steps)


def _resize(processor: Any, name: str) -> list[HostStep]:  # noqa: ANN401 - a library's
    size = {key: value for key, value in dict(processor.size).items() if value is not None}
    filter_ = FILTERS[int(processor.resample)]
    match size:
        case {"shortest_edge": edge} if "ConvNext" in name and len(size) == 1:
            if edge >= _SQUASHED_FROM:
                return [ResizeSquash(edge, edge, filter_)]
            return [
                ResizeShortestEdge(int(edge / processor.crop_pct), filter_),
                CenterCrop(edge, edge),
            ]
        case {"shortest_edge": edge} if len(size) == 1:
            return [ResizeShortestEdge(_enlarged(edge, processor, name), filter_)]
        case {"height": height, "width": width} if len(size) == 2:  # noqa: PLR2004 - these two
            return [ResizeSquash(height, width, filter_)]
        case _:
            msg = f"its size is {size}"
            raise ValueError(msg)


def _enlarged(edge: int, processor: Any, name: str) -> int:  # noqa: ANN401 - a library's
    """The shorter side that a processor resizes to, which cuts out ``edge`` after it."""
    if "Levit" in name:
        return int(256 / 224 * edge)
    if "PoolFormer" in name and processor.crop_pct is not None:
        return int(edge / processor.crop_pct)
    return edge


def _graph(
    processor: Any,  # noqa: ANN401 - a library's
    name: str,
) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    scale = 1.0
    if getattr(processor, "do_rescale", False):
        scale = 1 / processor.rescale_factor
        scale = float(round(scale)) if abs(scale - round(scale)) < 1e-9 * scale else scale
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    if getattr(processor, "do_normalize", False):
        mean, std = tuple(processor.image_mean), tuple(processor.image_std)
        if "EfficientNet" in name and getattr(processor, "include_top", False):
            std = tuple(value * value for value in std)  # it divides by them twice
    return scale, mean, std
