"""A model's bytes onto a device: a session of ONNX Runtime, within limits of time and memory."""

from collections import Counter
from contextlib import nullcontext
from functools import partial
from typing import Any

from forensic_cli.inference.bounds import LOAD_SECONDS, address_space, bytes_to_load, within
from forensic_cli.inference.model_file import (
    ModelFile,
    not_loadable,
    open_for_reading,
    refuse_external_data,
    too_slow,
)
from forensic_cli.inference.providers import CPU, CUDA, DeviceChoice
from forensic_cli.inference.runtime import load_runtime


def session_on(
    model: ModelFile, choice: DeviceChoice, *, limited: bool = False
) -> tuple[Any, str | None]:
    """A session of ONNX Runtime, and what kept it from the provider chosen, if anything did.

    Args:
        model: The file.
        choice: The provider.
        limited: Whether its tensors are under the limit of this process.

    Raises:
        ModelError: The file cannot be loaded, or takes too long.
    """
    runtime = load_runtime()
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    refuse_external_data(options)
    if limited:
        options.add_session_config_entry("session.use_env_allocators", "1")
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


def nodes_per_provider(session: Any) -> dict[str, int]:  # noqa: ANN401 - untyped library
    """Graph nodes per execution provider, after ONNX Runtime's optimisation."""
    counts: Counter[str] = Counter()
    for assignment in session.get_provider_graph_assignment_info():
        counts[assignment.ep_name] += len(assignment.get_nodes())
    return dict(sorted(counts.items()))
