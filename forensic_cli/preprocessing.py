"""What happens to a picture before the network sees it, as values read from a model card.

Host steps carry the names of the Pillow operations that perform them (``imaging/preprocess.py``);
the graph's own rescale, mean and standard deviation are recorded, not performed, on the host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Filter = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
FILTERS: tuple[Filter, ...] = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
_MAX_SIDE = 4096


@dataclass(frozen=True, slots=True)
class ExifTranspose:
    """Turn the picture upright as its EXIF orientation says."""


@dataclass(frozen=True, slots=True)
class ConvertRgb:
    """Convert to 8-bit RGB by Pillow's rules; alpha is dropped, profiles are ignored."""


@dataclass(frozen=True, slots=True)
class ResizeSquash:
    """Resize to exactly this size (pixels), whatever the shape was."""

    height: int
    width: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class ResizeShortestEdge:
    """Resize so that the shorter side has ``edge`` pixels; the longer is ``int(edge*long/short)``.

    The rounding is that of torchvision's Resize and of the Hugging Face image processors.
    """

    edge: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class CenterCrop:
    """Cut the middle (pixels); the offset is ``(side - crop) // 2``."""

    height: int
    width: int


HostStep = ExifTranspose | ConvertRgb | ResizeSquash | ResizeShortestEdge | CenterCrop


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Host steps in order, and what the graph does with their uint8 result.

    Attributes:
        host: The steps.
        scale: Pixels are divided by this in the graph (255 nearly always).
        mean: Subtracted per channel, RGB, after the scale.
        std: Divided by per channel, RGB, last.
    """

    host: tuple[HostStep, ...]
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width (pixels) of what the host steps give."""
        match self.host[-2:]:
            case (*_, ResizeSquash(height, width)):
                return height, width
            case (ResizeSquash(h, w), CenterCrop(height, width)) if height <= h and width <= w:
                return height, width
            case (ResizeShortestEdge(edge), CenterCrop(height, width)) if (
                max(height, width) <= edge
            ):
                return height, width
            case _:
                msg = (
                    "the last host steps must fix the size: resize (squash), "
                    "or resize and a center_crop that is no larger"
                )
                raise ValueError(msg)

    @classmethod
    def from_json(cls, document: object) -> "Preprocessing":
        """Read the ``preprocessing`` object of a model card.

        Raises:
            ValueError: Anything missing, unknown or out of range, named.
        """
        fields = _object(document, "preprocessing", {"host", "graph"})
        steps = fields["host"]
        if not isinstance(steps, list) or not steps:
            msg = "preprocessing.host must be a list of steps"
            raise ValueError(msg)
        graph = _object(fields["graph"], "preprocessing.graph", {"scale", "mean", "std"})
        made = cls(
            host=tuple(_step(step) for step in steps),
            scale=_positive(graph["scale"], "scale"),
            mean=_triple(graph["mean"], "mean"),
            std=_triple(graph["std"], "std"),
        )
        if not all(deviation > 0 for deviation in made.std):
            msg = "preprocessing.graph.std must be positive"
            raise ValueError(msg)
        if sum(isinstance(step, ConvertRgb) for step in made.host) != 1:
            msg = "preprocessing.host must hold the step rgb once"
            raise ValueError(msg)
        _ = made.size
        return made


def _step(document: object) -> HostStep:
    name = document.get("step") if isinstance(document, dict) else None
    match name:
        case "exif_transpose":
            _object(document, "exif_transpose", {"step"})
            return ExifTranspose()
        case "rgb":
            _object(document, "rgb", {"step"})
            return ConvertRgb()
        case "resize":
            return _resize(document)
        case "center_crop":
            fields = _object(document, "center_crop", {"step", "height", "width"})
            return CenterCrop(_side(fields["height"]), _side(fields["width"]))
        case _:
            msg = f"unknown host step {name!r}; known are exif_transpose, rgb, resize, center_crop"
            raise ValueError(msg)


def _resize(document: object) -> HostStep:
    mode = document.get("mode") if isinstance(document, dict) else None
    if mode == "squash":
        fields = _object(document, "resize", {"step", "mode", "filter", "height", "width"})
        return ResizeSquash(
            _side(fields["height"]), _side(fields["width"]), _filter(fields["filter"])
        )
    if mode == "shortest_edge":
        fields = _object(document, "resize", {"step", "mode", "filter", "edge"})
        return ResizeShortestEdge(_side(fields["edge"]), _filter(fields["filter"]))
    msg = f"resize.mode must be squash or shortest_edge, not {mode!r}"
    raise ValueError(msg)


def _object(document: object, name: str, keys: set[str]) -> Mapping[str, object]:
    if not isinstance(document, dict) or set(document) != keys:
        msg = f"{name} must be an object with exactly {', '.join(sorted(keys))}"
        raise ValueError(msg)
    return document


def _side(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MAX_SIDE:
        msg = f"a side must be a whole number of pixels from 1 to {_MAX_SIDE}, not {value!r}"
        raise ValueError(msg)
    return value


def _filter(value: object) -> Filter:
    for known in FILTERS:
        if value == known:
            return known
    msg = f"filter must be one of {', '.join(FILTERS)}, not {value!r}"
    raise ValueError(msg)


def _number(value: object, name: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e9:  # noqa: PLR2004 - no NaN, no infinity
        return float(value)
    msg = f"preprocessing.graph.{name} must hold numbers, not {value!r}"
    raise ValueError(msg)


def _positive(value: object, name: str) -> float:
    number = _number(value, name)
    if number <= 0:
        msg = f"preprocessing.graph.{name} must be positive, not {value!r}"
        raise ValueError(msg)
    return number


def _triple(value: object, name: str) -> tuple[float, float, float]:
    if not isinstance(value, list) or len(value) != 3:  # noqa: PLR2004 - R, G, B
        msg = f"preprocessing.graph.{name} must hold three numbers, R, G, B"
        raise ValueError(msg)
    red, green, blue = (_number(number, name) for number in value)
    return red, green, blue
