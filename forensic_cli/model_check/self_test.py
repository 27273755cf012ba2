"""Ask a loaded model what its card already knows, before it sees any evidence."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import DeviceError
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.pattern import pattern_file
from forensic_cli.imaging.pixels import Pixels, prepare
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.model_card.card import ModelCard
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_check.repeatability import check_repeatable
from forensic_cli.settings import DEFAULT_MAX_PIXELS

PICTURES = 3
"""How many test pictures an exporter should put answers for: each shape once."""


def pattern_pictures(preprocessing: Preprocessing, count: int) -> list[Pixels]:
    """Test pictures, through all that evidence goes through.

    Args:
        preprocessing: The card's.
        count: How many.

    Returns:
        uint8, height x width x 3 (RGB), of the card's size.
    """
    configure(DEFAULT_MAX_PIXELS)
    files = map(pattern_file, range(count))
    return [prepare(decode(data), preprocessing)[0] for data in files]


def answers(runner: BatchRunner, pictures: Iterable[Pixels]) -> npt.NDArray[np.float64]:
    """What a model answers to pictures.

    Args:
        runner: The loaded model; its batch size is used.
        pictures: Prepared.

    Returns:
        Logits, float64 (exact), count x outputs.
    """
    return np.array(list(runner.logits(pictures)), dtype=np.float64)


def self_test(runner: BatchRunner, card: ModelCard) -> str:
    """Run the test pictures, twice, and compare the answers with the card's where it has any.

    Returns:
        What was found, in words, for the log.

    Raises:
        DeviceError: An answer is farther off than the card allows: this device or these libraries
            do not compute what the model's maker measured.
        ModelError: It cannot be run at all, or its answers cannot be repeated.
    """
    expected = np.array(card.self_test.logits if card.self_test else (), dtype=np.float64)
    pictures = pattern_pictures(card.preprocessing, max(PICTURES, len(expected)))
    found = answers(runner, pictures)
    check_repeatable(runner, pictures[:PICTURES], found[:PICTURES])
    if card.self_test is None:
        return "none in the card"
    found = found[: len(expected)]
    if found.shape != expected.shape:
        msg = f"self-test: the card expects {expected.shape} logits, the model gives {found.shape}"
        raise DeviceError(msg)
    worst = float(np.abs(found - expected).max())
    if not worst <= card.self_test.tolerance:
        msg = (
            f"self-test failed: a logit is off by {worst:.3g}, the card allows "
            f"{card.self_test.tolerance:.3g}; this device or library computes something else, or "
            "the card is not this model's. Try --device cpu and the versions named in the card"
        )
        raise DeviceError(msg)
    return f"passed: {len(expected)} pictures, largest difference {worst:.3g}"
