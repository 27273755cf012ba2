"""Models that the tests make: what they answer is known by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.colour_model import colour_card, colour_model

ModelMaker = Callable[..., Path]
"""Makes a model file; keywords replace fields of its card."""


def model_maker(folder: Path) -> ModelMaker:
    """A maker whose models lie in a folder."""

    def make(name: str = "model.onnx", *, side: int = 16, **changes: Any) -> Path:
        path = folder / name
        weights = changes.pop("weights", [[4, 0], [0, 0], [0, 4]])
        card = colour_card(side) | changes
        path.write_bytes(colour_model(side, weights, card).SerializeToString())
        return path

    return make
