"""What every kind of checkpoint comes down to: a float network that answers, and gives a graph."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class Network(Protocol):
    """A network over normalised pictures, whatever holds it."""

    @property
    def parameters(self) -> int:
        """How many numbers were learnt; 0 where the form does not tell them from constants."""

    def logits(self, pixels: Floats) -> Floats:
        """The network's own answer, in its own framework.

        Args:
            pixels: N x 3 x height x width (RGB), normalised.

        Returns:
            N x outputs, raw.
        """

    def graph(self, height: int, width: int) -> Any:  # noqa: ANN401 - onnx carries no types
        """The network as an ONNX model: ``pixels`` in as for ``logits``, ``logits`` out, N free.

        Raises:
            ExportError: It cannot be expressed, or does not take pictures of that size.
        """
