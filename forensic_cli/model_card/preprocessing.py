"""What happens to a picture before the network sees it, as values read from a model card.

The host performs the steps; the graph's own rescale, mean and standard deviation are recorded,
not performed, on the host.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from forensic_cli.model_card.steps import (
    Bgr,
    CenterCrop,
    ConvertRgb,
    FiveCrop,
    HostStep,
    NativeCrop,
    OpenCvResize,
    OpenCvResizeLongest,
    OpenCvStep,
    Pad,
    ResizeShortestEdge,
    ResizeSquash,
    TenCrop,
    step_from_json,
    step_record,
)

_CROPS: dict[type[HostStep], int] = {FiveCrop: 5, TenCrop: 10}


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
        """Height and width (pixels) of what the host steps give: all crops, one below another."""
        height, width = self.network_size
        return height * self.crops, width

    @property
    def crops(self) -> int:
        """How many parts of a picture the network answers; their logits are averaged."""
        return next((_CROPS[type(step)] for step in self.host if type(step) in _CROPS), 1)

    @property
    def network_size(self) -> tuple[int, int]:
        """Height and width (pixels) of what the network takes.

        Raises:
            ValueError: The steps do not fix it.
        """
        sized: tuple[int, int] | None = None
        for step in self.host:
            sized = _after(step, sized)
        if sized is None or 0 in sized:
            msg = (
                "the host steps must fix the size: resize (squash), native_crop, center_crop, "
                "five_crop, ten_crop, or a longest side and a pad of that size"
            )
            raise ValueError(msg)
        return sized

    @property
    def needs_opencv(self) -> bool:
        """Whether a step is OpenCV's."""
        return any(isinstance(step, OpenCvStep) for step in self.host)

    def as_record(self) -> dict[str, object]:
        """The ``preprocessing`` object of a model card; ``from_json`` reads it back."""
        return {
            "host": [step_record(step) for step in self.host],
            "graph": {"scale": self.scale, "mean": list(self.mean), "std": list(self.std)},
        }

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
            host=tuple(step_from_json(step) for step in steps),
            scale=_positive(graph["scale"], "scale"),
            mean=_triple(graph["mean"], "mean"),
            std=_triple(graph["std"], "std"),
        )
        if not all(deviation > 0 for deviation in made.std):
            msg = "preprocessing.graph.std must be positive"
            raise ValueError(msg)
        made._check_order()
        _ = made.network_size
        return made

    def _check_order(self) -> None:
        kinds = [type(step) for step in self.host]
        if kinds.count(ConvertRgb) != 1:
            msg = "preprocessing.host must hold the step rgb once"
            raise ValueError(msg)
        if any(isinstance(step, OpenCvStep) for step in self.host[: kinds.index(ConvertRgb)]):
            msg = "preprocessing.host must hold the step rgb before any of OpenCV's"
            raise ValueError(msg)
        rgb = kinds.index(ConvertRgb)
        if any(kind in {Bgr, Pad, FiveCrop, TenCrop} for kind in kinds[:rgb]):
            msg = "preprocessing.host must hold the step rgb before bgr, pad and several crops"
            raise ValueError(msg)
        several = [place for place, kind in enumerate(kinds) if kind in _CROPS]
        after = kinds[several[0] + 1 :] if several else []
        if len(several) > 1 or any(kind is not Bgr for kind in after):
            msg = "preprocessing.host may cut several crops once, as its last step"
            raise ValueError(msg)


def _after(step: HostStep, before: tuple[int, int] | None) -> tuple[int, int] | None:
    """Height and width after a step, as far as they are the same for all pictures.

    0 stands for a side that is not larger than the other number (after a longest side).
    """
    match step:
        case (
            ResizeSquash(height, width)
            | OpenCvResize(height, width)
            | NativeCrop(height, width)
            | CenterCrop(height, width)
            | FiveCrop(height, width)
            | TenCrop(height, width)
        ):
            return height, width
        case OpenCvResizeLongest(edge):
            return edge, 0
        case Pad(height, width):
            return _padded(before, height, width)
        case ResizeShortestEdge():
            return None
        case _:
            return before


def _padded(before: tuple[int, int] | None, height: int, width: int) -> tuple[int, int] | None:
    if before is None:
        return None
    if 0 not in before:
        side = max(before)
        return max(before[0], height or side), max(before[1], width or side)
    edge = max(before)
    if not height and not width:
        return edge, edge
    return (height, width) if min(height, width) >= edge else None


def _object(document: object, name: str, keys: set[str]) -> Mapping[str, object]:
    if not isinstance(document, dict) or set(document) != keys:
        msg = f"{name} must be an object with exactly {', '.join(sorted(keys))}"
        raise ValueError(msg)
    return document


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
