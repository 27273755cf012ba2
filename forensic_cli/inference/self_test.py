"""Ask a loaded model what its card already knows, before it sees any evidence."""

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import DeviceError
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.model_card import ModelCard


def pattern(index: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """A test picture made by integer arithmetic, the same everywhere.

    Args:
        index: Which picture, from 0.
        height: Pixels.
        width: Pixels.

    Returns:
        uint8, height x width x 3: ``(7x + 13y + 29c + 53i + xy // 16) mod 256``.
    """
    y, x, channel = np.ogrid[:height, :width, :3]
    values: npt.NDArray[np.int64] = 7 * x + 13 * y + 29 * channel + 53 * index + x * y // 16
    return (values % 256).astype(np.uint8)


def self_test(runner: BatchRunner, card: ModelCard) -> str:
    """Run the card's test pictures.

    Returns:
        What was found, in words, for the log.

    Raises:
        DeviceError: An answer is farther off than the card allows: this device or this runtime
            does not compute what the model's maker measured.
    """
    if card.self_test is None:
        return "none in the card"
    height, width = card.preprocessing.size
    rows = card.self_test.logits
    pictures = (pattern(index, height, width) for index in range(len(rows)))
    answers = np.array(list(runner.logits(pictures)), dtype=np.float64)
    expected = np.array(rows, dtype=np.float64)
    if answers.shape != expected.shape:
        msg = (
            f"self-test: the card expects {expected.shape} logits, the model gives {answers.shape}"
        )
        raise DeviceError(msg)
    worst = float(np.abs(answers - expected).max())
    if not worst <= card.self_test.tolerance:
        msg = (
            f"self-test failed: a logit is off by {worst:.3g}, the card allows "
            f"{card.self_test.tolerance:.3g}; this device or runtime computes something else, or "
            "the card is not this model's. Try --device cpu and the versions named in the card"
        )
        raise DeviceError(msg)
    return f"passed: {len(rows)} pictures, largest difference {worst:.3g}"
