"""A model loaded on a device, run through IO binding: the same code on the CPU and on CUDA.

A slot holds one batch: a host array to fill, input and output buffers on the device, and a
binding that ties them to the session once. Several slots form a ring, so that one is filled while
another runs (``batching.py``).
"""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import DeviceError, ModelError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.inference import providers
from forensic_cli.inference.bounds import (
    LOAD_SECONDS,
    address_space,
    bytes_to_load,
    bytes_to_run,
    seconds_to_run,
    within,
)
from forensic_cli.inference.model_file import (
    ModelFile,
    card_of,
    not_loadable,
    open_for_reading,
    refuse_external_data,
    too_slow,
)
from forensic_cli.inference.providers import CPU, CUDA, DeviceChoice
from forensic_cli.inference.random_operators import refuse_random
from forensic_cli.inference.runtime import installation, load_runtime
from forensic_cli.model_card.card import INPUT_NAME, OUTPUT_NAME
from forensic_cli.settings import Device

T = TypeVar("T")
Logits = npt.NDArray[np.float32]


class Session:
    """A loaded model.

    Attributes:
        model: The file it came from.
        card: Its checked card.
        choice: The provider it was asked to run on and does run on.
        nodes: Graph nodes per execution provider, after ONNX Runtime's optimisation.
    """

    def __init__(self, model: ModelFile, device: Device) -> None:
        """Load a model on a device.

        Raises:
            ModelError: Not loadable, draws random numbers, no card, or one that does not fit.
            DeviceError: The device demanded cannot be had.
        """
        choice = providers.choose(device)
        session, obstacle = _create(model, choice)
        if obstacle is not None:
            if device == "cuda":
                raise providers.cuda_refused(obstacle)
            choice = providers.cpu(device, f"CUDA cannot be used: {obstacle}")
            session, _ = _create(model, choice)
        refuse_random(model)
        self.model = model
        self.choice = choice
        self.card = card_of(session, model)
        self.nodes = _nodes_per_provider(session)
        self._session = session
        self._run_options = load_runtime().RunOptions()

    def batch_size(self, asked: int | None) -> int:
        """Pictures per call: as asked for, or what suits the device."""
        return asked or self.choice.batch_size

    def slot(self, batch_size: int) -> "Slot":
        """A new slot for batches of this size."""
        height, width = self.card.preprocessing.size
        shape = (batch_size, height, width, 3)
        return Slot(self._session, self.choice, shape, self.card.outputs, self._run_options)

    def run_first_batch(self, batch_size: int, first: Callable[[], T]) -> T:
        """The result of running a first batch of this size, in limits of time and memory.

        On CUDA only the time is limited: the driver maps more address space than any limit would
        allow, and the graph's memory is the GPU's.

        Raises:
            ModelError: It takes too long.
        """
        seconds = seconds_to_run(batch_size)
        limit = address_space(bytes_to_run(len(self.model.data), batch_size))
        try:
            with limit if self.choice.provider == CPU else nullcontext():
                return within(seconds, first)
        except TimeoutError as error:
            self.stop()
            msg = (
                f"model {str(self.model.path)!r} takes more than {seconds:,.0f} seconds for "
                f"{batch_size} pictures; use another model, or a smaller --batch-size"
            )
            raise ModelError(msg) from error

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


def _create(model: ModelFile, choice: DeviceChoice) -> tuple[Any, str | None]:
    """A session, and what kept it from the provider chosen, if anything did."""
    runtime = load_runtime()
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    refuse_external_data(options)
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    wanted = [(CPU, {})] if choice.provider == CPU else [(CUDA, dict(choice.options)), (CPU, {})]
    load = partial(
        runtime.InferenceSession, model.data, options, providers=wanted, enable_fallback=0
    )
    limit = address_space(bytes_to_load(len(model.data)))
    try:
        with limit if choice.provider == CPU else nullcontext():
            session = within(LOAD_SECONDS, load)
    except TimeoutError as error:
        raise too_slow(model) from error
    except Exception as error:
        if choice.provider == CPU:
            raise not_loadable(model, error) from error
        open_for_reading(model)  # raises where the model, not the device, is at fault
        return None, str(error).splitlines()[0]
    session.disable_fallback()
    got = session.get_providers()[0]
    return session, None if got == choice.provider else f"the session started on {got}"


def _nodes_per_provider(session: Any) -> dict[str, int]:  # noqa: ANN401 - untyped library
    counts: Counter[str] = Counter()
    for assignment in session.get_provider_graph_assignment_info():
        counts[assignment.ep_name] += len(assignment.get_nodes())
    return dict(sorted(counts.items()))
