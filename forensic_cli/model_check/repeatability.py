"""Does a model answer the same picture the same, wherever it stands and whatever stands beside it?

A model file is as untrusted as evidence. One that draws random numbers, or looks at the place of a
picture in its batch, at its neighbours or at earlier calls, gives two examiners two results.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import ModelError
from forensic_cli.imaging.pixels import Pixels
from forensic_cli.inference.batching import BatchRunner

_TOLERANCE = 1e-3
"""How far a logit may be off the second time on a GPU, whose libraries promise no more; as a part
of the logits' range, of 1 where that is less."""


class NotRepeatableError(ModelError):
    """A model answers one picture in two ways.

    Attributes:
        off: How far apart two answers are (a logit).
    """

    def __init__(self, message: str, off: float) -> None:
        """Keep how far apart they are."""
        super().__init__(message)
        self.off = off


def check_repeatable(
    runner: BatchRunner,
    pictures: Sequence[Pixels],
    first: npt.NDArray[np.float64],
) -> None:
    """Ask a model again, in other places and beside others, what it has answered.

    Args:
        runner: The loaded model; its batch size is used, which a run does not change.
        pictures: Three test pictures.
        first: The answers to them, asked in order, from the first place of a batch on.

    Raises:
        NotRepeatableError: An answer is another one.
    """
    # A whole batch of the third and the first, then the second alone: places and neighbours are
    # others than before, and whichever picture outshines the rest of a batch is missing in one.
    order = [*np.resize((2, 0), max(2, runner.batch_size)), 1]
    again = np.array(list(runner.logits(pictures[index] for index in order)), dtype=np.float64)
    if np.array_equal(again, first[order], equal_nan=True):
        return
    off = float(np.nan_to_num(np.abs(again - first[order]), nan=np.inf).max())
    if not runner.is_exact and off <= _TOLERANCE * max(1.0, float(np.ptp(first))):
        return
    smaller = "--batch-size 1 may help, else " if runner.batch_size > 1 else ""
    msg = (
        f"the model answers the same picture otherwise in another place of a batch, beside other "
        f"pictures or the second time (a logit is off by {off:.3g}): its answers depend on more "
        f"than the picture, and cannot be repeated; {smaller}use another model"
    )
    raise NotRepeatableError(msg, off)
