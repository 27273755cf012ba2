"""Pixels as a network takes them; apart, because decode workers start sooner without numpy."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensic_cli.imaging.preprocess import apply_steps
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import ImageFacts

Pixels = npt.NDArray[np.uint8]


def prepare(image: Image.Image, preprocessing: Preprocessing) -> tuple[Pixels, ImageFacts]:
    """What the network takes of a decoded picture, in this process.

    Args:
        image: Decoded; may be changed in place.
        preprocessing: The card's steps.

    Returns:
        Pixels, uint8, height x width x 3 (RGB), of the card's size; and the facts.

    Raises:
        ItemRefusedError: A step fails on this picture (memory, an impossible shape).
    """
    picture, facts = apply_steps(image, preprocessing)
    return np.asarray(picture), facts
