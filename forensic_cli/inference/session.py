"""A model loaded on a device, run through IO binding: the same code on the CPU and on CUDA.

A slot holds one batch: a host array to fill, input and output buffers on the device, and a
binding that ties them to the session once. Several slots form a ring, so that one is filled while
another runs (``batching.py``).
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import DeviceError, ModelError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.inference import providers
from forensic_cli.inference.bounds import (
    address_space,
    bytes_of_tensors,
    bytes_to_run,
)
from forensic_cli.inference.loading import nodes_per_provider, session_on
from forensic_cli.inference.model_file import (
    ModelFile,
    card_of,
)
from forensic_cli.inference.providers import CPU, CUDA, DeviceChoice
from forensic_cli.inference.random_operators import refuse_random
from forensic_cli.inference.runtime import (
    installation,
    limit_tensors,
    load_runtime,
)
from forensic_cli.model_card.card import INPUT_NAME, OUTPUT_NAME
from forensic_cli.settings import Device

Logits = npt.NDArray[np.float32]


class Session:
    """A loaded model.

    Attributes:
        model: The file it came from.
        card: Its checked card.
        choice: The provider it was asked to run on and does run on.
        nodes: Graph nodes per execution provider, after ONNX Runtime's optimisation.
    """

    def __init__(self, model: ModelFile, device: Device, *, alone_with: int | None = None) -> None:
        """Load a model on a device.

        Args:
            model: The file.
            device: The device asked for.
            alone_with: Pictures per call (0 = what suits the device) where this is the only model
                of the process: on the CPU its tensors then have a limit of memory.

        Raises:
            ModelError: Not loadable, draws random numbers, no card, or one that does not fit.
            DeviceError: The device demanded cannot be had.
        """
        choice = providers.choose(device)
        limited = False
        if alone_with is not None and choice.provider == CPU:
            size = alone_with or choice.batch_size
            limited = limit_tensors(bytes_of_tensors(len(model.data), size))
        session, obstacle = session_on(model, choice, limited=limited)
        if obstacle is not None:
            if device == "cuda":
                raise providers.cuda_refused(obstacle)
            choice = providers.cpu(device, f"CUDA cannot be used: {obstacle}")
            session, _ = session_on(model, choice)
        refuse_random(model)
        self.model = model
        self.choice = choice
        self.card = card_of(session, model)
        self.nodes = nodes_per_provider(session)
        self._session = session
        self._run_options = load_runtime().RunOptions()

    def batch_size(self, asked: int | None) -> int:
        """Pictures per call: as asked for, or what suits the device and the model."""
        most = self.card.largest_batch
        suits = self.choice.batch_size if most is None else min(self.choice.batch_size, most)
        return asked or suits

    def slot(self, batch_size: int) -> "Slot":
        """A new slot for batches of this size."""
        height, width = self.card.preprocessing.size
        shape = (batch_size, height, width, 3)
        return Slot(self._session, self.choice, shape, self.card.outputs, self._run_options)

    def limited(self, batch_size: int, besides: int = 0) -> AbstractContextManager[None]:
        """Limit the memory that this process maps while it runs batches.

        On CUDA there is no limit: the driver maps more address space than any would allow, and the
        graph's memory is the GPU's.

        Args:
            batch_size: Pictures in a batch.
            besides: Bytes that the process may map for other work.
        """
        if self.choice.provider != CPU:
            return nullcontext()
        return address_space(bytes_to_run(len(self.model.data), batch_size) + besides)

    def stop(self) -> None:
        """Have every run end in an error before its next node; for good."""
        self._run_options.terminate = True

    @property
    def device(self) -> str:
        """The device in words."""
        if self.choice.provider == CUDA:
            return f"CUDA ({providers.cuda_facts()['gpu']})"
        return f"CPU, {self.choice.streams} streams of one thread"

    def device_record(self) -> dict[str, object]:
        """The same for the log, and more."""
        return {
            "asked": self.choice.asked,
            "provider": self.choice.provider,
            "options": dict(self.choice.options),
            "streams": self.choice.streams,
            "reason": self.choice.reason,
            "nodes_per_provider": self.nodes,
            **self.score_facts(),
        }

    def score_facts(self) -> dict[str, object]:
        """What of the runtime and the device can change a score."""
        facts: dict[str, object] = {
            "runtime": installation(),
            "provider": self.choice.provider,
            "options": dict(self.choice.options),
            "graph_optimization": "ORT_ENABLE_ALL",
        }
        if self.choice.provider == CUDA:
            facts |= providers.cuda_facts()
        return facts


class Slot:
    """One batch in flight.

    Attributes:
        images: uint8, batch x height x width x 3 (RGB), on the host; fill it, then ``run``.
    """

    def __init__(
        self,
        session: Any,  # noqa: ANN401 - untyped library
        choice: DeviceChoice,
        shape: tuple[int, ...],
        outputs: int,
        run_options: Any,  # noqa: ANN401
    ) -> None:
        """Take buffers on the device and bind them.

        Raises:
            DeviceError: There is no memory for them.
        """
        runtime = load_runtime()
        device = "cuda" if choice.provider == CUDA else "cpu"
        make = runtime.OrtValue.ortvalue_from_shape_and_type
        self._session = session
        self._run_options = run_options
        self._failure = DeviceError if choice.provider == CUDA else ModelError
        self._on_host = device == "cpu"
        try:
            self.images = np.zeros(shape, np.uint8)
            self._input = (
                runtime.OrtValue.ortvalue_from_numpy(self.images)  # the same memory
                if self._on_host
                else make(shape, np.uint8, device, 0)
            )
            self._output = make((shape[0], outputs), np.float32, device, 0)
            self._binding = session.io_binding()
            self._binding.bind_ortvalue_input(INPUT_NAME, self._input)
            self._binding.bind_ortvalue_output(OUTPUT_NAME, self._output)
        except Exception as error:
            msg = f"no memory for batches of {shape[0]} on the device ({error}); a smaller "
            msg += "--batch-size needs less"
            raise DeviceError(msg) from error

    def run(self, count: int) -> Logits:
        """Score the first ``count`` pictures; the rest of the batch is zeros.

        Returns:
            Raw logits, float32, count x outputs, a copy.

        Raises:
            DeviceError: The device failed (out of memory, for example).
            ModelError: The same on the CPU, where it is the model's doing.
        """
        self.images[count:] = 0
        try:
            if not self._on_host:
                self._input.update_inplace(self.images)
            self._binding.synchronize_inputs()
            self._session.run_with_iobinding(self._binding, self._run_options)
            self._binding.synchronize_outputs()
            logits: Logits = self._output.numpy()[:count].copy()
        except Exception as error:
            said = on_screen(str(error), 300)
            msg = f"the model failed on the device ({said}); a smaller --batch-size may help"
            raise self._failure(msg) from error
        return logits
