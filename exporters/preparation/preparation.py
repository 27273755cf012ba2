"""How pictures become a network's input: as the card says it, and as its source does it."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from exporters.networks.network import Floats
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import ConvertRgb, ExifTranspose, Filter, HostStep

FILTERS: dict[int, Filter] = {
    0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming",
}  # fmt: skip
"""Pillow's numbers of its filters, which Hugging Face writes down."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """A preprocessing, and where there is one, an independent way to perform it.

    Attributes:
        preprocessing: What goes into the card.
        pixels: From an upright RGB picture to float32, 3 x height x width, as the source's own
            library does it; what the export is compared with. None where the card is all there is.
        origin: Where it was read, for the card.
    """

    preprocessing: Preprocessing
    pixels: Callable[[Image.Image], Floats] | None
    origin: str


def preprocessing_of(
    steps: tuple[HostStep, ...],
    scale: float,
    mean: tuple[float, ...],
    std: tuple[float, ...],
) -> Preprocessing:
    """A preprocessing of these steps, after the two that every picture needs.

    Raises:
        ValueError: Something is out of range.
    """
    made = Preprocessing(
        (ExifTranspose(), ConvertRgb(), *steps), scale, _triple(mean), _triple(std)
    )
    return Preprocessing.from_json(made.as_record())


def _triple(values: tuple[float, ...]) -> tuple[float, float, float]:
    if len(values) == 1:
        values *= 3
    if len(values) != 3:  # noqa: PLR2004 - R, G, B
        msg = f"three channels are needed, not {len(values)}"
        raise ValueError(msg)
    red, green, blue = map(float, values)
    return red, green, blue
