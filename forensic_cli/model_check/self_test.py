"""Ask a loaded model what its card already knows, before it sees any evidence."""

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import DeviceError
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.pattern import pattern_file
from forensic_cli.imaging.pixels import prepare
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.model_card.card import ModelCard
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.settings import DEFAULT_MAX_PIXELS

PICTURES = 3
"""How many test pictures an exporter should put answers for: each shape once."""


def answers(
    runner: BatchRunner, preprocessing: Preprocessing, count: int
) -> npt.NDArray[np.float64]:
    """What a model answers to test pictures, through all that evidence goes through.

    Args:
        runner: The loaded model; its batch size is used.
        preprocessing: The card's.
        count: How many pictures.

    Returns:
        Logits, float64 (exact), count x outputs.
    """
    configure(DEFAULT_MAX_PIXELS)
    files = map(pattern_file, range(count))
    pictures = (prepare(decode(data), preprocessing)[0] for data in files)
    return np.array(list(runner.logits(pictures)), dtype=np.float64)


def self_test(runner: BatchRunner, card: ModelCard) -> str:
    """Run the card's test pictures, or an empty one where it has none.

    Returns:
        What was found, in words, for the log.

    Raises:
        DeviceError: An answer is farther off than the card allows: this device or these libraries
            do not compute what the model's maker measured.
        ModelError: It cannot be run at all.
    """
    if card.self_test is None:
        list(runner.logits([np.zeros((*card.preprocessing.size, 3), np.uint8)]))
        return "none in the card"
    expected = np.array(card.self_test.logits, dtype=np.float64)
    found = answers(runner, card.preprocessing, len(expected))
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
