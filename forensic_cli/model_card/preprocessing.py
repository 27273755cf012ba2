"""What happens to a picture before the network sees it, as values read from a model card.

The host performs the steps; the graph's own rescale, mean and standard deviation are recorded,
not performed, on the host.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from forensic_cli.model_card.steps import (
    CenterCrop,
    ConvertRgb,
    HostStep,
    NativeCrop,
    OpenCvResize,
    OpenCvStep,
    ResizeShortestEdge,
    ResizeSquash,
    step_from_json,
    step_record,
)


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
            case (
                *_,
                ResizeSquash(height, width)
                | OpenCvResize(height, width)
                | NativeCrop(height, width),
            ):
                return height, width
            case (ResizeSquash(h, w) | OpenCvResize(h, w), CenterCrop(height, width)) if (
                height <= h and width <= w
            ):
                return height, width
            case (ResizeShortestEdge(edge), CenterCrop(height, width)) if (
                max(height, width) <= edge
            ):
                return height, width
            case _:
                msg = (
                    "the last host steps must fix the size: resize (squash), native_crop, "
                    "or resize and a center_crop that is no larger"
                )
                raise ValueError(msg)

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
        _ = made.size
        return made

    def _check_order(self) -> None:
        kinds = [type(step) for step in self.host]
        if kinds.count(ConvertRgb) != 1:
            msg = "preprocessing.host must hold the step rgb once"
            raise ValueError(msg)
        if any(isinstance(step, OpenCvStep) for step in self.host[: kinds.index(ConvertRgb)]):
            msg = "preprocessing.host must hold the step rgb before any of OpenCV's"
            raise ValueError(msg)


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
