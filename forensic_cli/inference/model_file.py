"""A model file: its bytes, read once; what is hashed is what is loaded."""

import hashlib
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from forensic_cli.errors import ModelError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.inference.bounds import LOAD_SECONDS, address_space, bytes_to_load, within
from forensic_cli.inference.runtime import load_runtime
from forensic_cli.model_card.card import CARD_KEY, INPUT_NAME, OUTPUT_NAME, ModelCard

MAX_BYTES = 2 * 1024**3
"""The most that one ONNX file can hold: protobuf's limit."""
_MOST_METADATA = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ModelFile:
    """An ONNX file in memory."""

    path: Path
    data: bytes
    sha256: str


def check_present(path: Path) -> Path:
    """The model's path, if a file is there: asked before hours of hashing.

    Raises:
        ModelError: No file.
    """
    try:
        there = path.is_file()
    except OSError as error:
        raise _unreachable(path, error) from error
    if not there:
        msg = f"model {str(path)!r} is not there; check the path after --model"
        raise ModelError(msg)
    return path


def _unreachable(path: Path, error: OSError) -> ModelError:
    return ModelError(f"model {str(path)!r} cannot be read: {error.strerror}; check the path")


def read_model(path: Path) -> ModelFile:
    """Read a model file.

    Raises:
        ModelError: Missing, unreadable, or too large to be one ONNX file.
    """
    check_present(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            msg = f"model {str(path)!r} has {size} bytes; an ONNX file has at most {MAX_BYTES}"
            raise ModelError(msg)
        data = path.read_bytes()
    except OSError as error:
        raise _unreachable(path, error) from error
    return ModelFile(path, data, hashlib.sha256(data).hexdigest())


def not_loadable(model: ModelFile, error: Exception) -> ModelError:
    """The error for a file that ONNX Runtime does not take."""
    said = on_screen(str(error).splitlines()[0] if str(error) else type(error).__name__, 300)
    if "declares a size" in said:
        return ModelError(
            f"model {str(model.path)!r} declares weights that it does not hold ({said}); it is "
            "damaged, or made to do harm: use another"
        )
    if "external" in said.lower():
        return ModelError(
            f"model {str(model.path)!r} keeps weights in another file, which no digest of it "
            f"covers ({said}); export it as one file"
        )
    return ModelError(
        f"model {str(model.path)!r} cannot be loaded as ONNX ({said}); "
        "give the .onnx file that was exported, not a checkpoint"
    )


def too_slow(model: ModelFile) -> ModelError:
    """The error for a file that takes longer to load than any real network."""
    return ModelError(
        f"model {str(model.path)!r} is not loaded after {LOAD_SECONDS:g} seconds; no real network "
        "takes as long: use another model"
    )


def card_of(session: Any, model: ModelFile) -> ModelCard:  # noqa: ANN401 - untyped library
    """The checked card of a loaded model.

    Raises:
        ModelError: None there, unusable, or it does not fit the graph.
    """
    about = session.get_modelmeta()
    described = (about.description, about.graph_description, *about.custom_metadata_map.values())
    if sum(map(len, described)) > _MOST_METADATA:
        msg = (
            f"model {str(model.path)!r} has more than {_MOST_METADATA:,} characters of metadata; "
            "no card needs them"
        )
        raise ModelError(msg)
    text = about.custom_metadata_map.get(CARD_KEY)
    if text is None:
        msg = (
            f"model {str(model.path)!r} has no card ({CARD_KEY} in its metadata): nothing says "
            "what its outputs mean. Give it one with: dfc-export adopt MODEL.onnx "
            "--labels ai,real --preprocessing FILE"
        )
        raise ModelError(msg)
    card = ModelCard.from_json(text)
    wrong = misfits(session, card)
    if wrong:
        msg = f"model {str(model.path)!r} does not fit its card: {'; '.join(wrong)}"
        raise ModelError(msg)
    return card


def card_text(session: Any) -> str | None:  # noqa: ANN401 - untyped library
    """The card of a loaded model as it stands there, usable or not; None where there is none."""
    text: str | None = session.get_modelmeta().custom_metadata_map.get(CARD_KEY)
    return text


@dataclass(frozen=True, slots=True)
class Ports:
    """Name, type and shape of each input and output of a graph, in words."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def ports_of(session: Any) -> Ports:  # noqa: ANN401 - untyped library
    """What a loaded model takes and gives."""

    def in_words(ports: Any) -> tuple[str, ...]:  # noqa: ANN401
        return tuple(f"{port.name} {port.type} {port.shape}" for port in ports)

    return Ports(in_words(session.get_inputs()), in_words(session.get_outputs()))


def misfits(session: Any, card: ModelCard) -> list[str]:  # noqa: ANN401 - untyped library
    """Where a graph's inputs and outputs contradict its card; empty where they do not."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    wrong = []
    if [port.name for port in inputs] != [INPUT_NAME]:
        wrong.append(f"its inputs must be just {INPUT_NAME!r}")
    elif inputs[0].type != "tensor(uint8)" or not _fits(
        inputs[0].shape, (*card.preprocessing.size, 3)
    ):
        height, width = card.preprocessing.size
        wrong.append(f"its input must be uint8, N x {height} x {width} x 3, N free")
    if OUTPUT_NAME not in [port.name for port in outputs]:
        wrong.append(f"it must have an output {OUTPUT_NAME!r}")
        return wrong
    logits = next(port for port in outputs if port.name == OUTPUT_NAME)
    if logits.type != "tensor(float)" or not _fits(logits.shape, (card.outputs,)):
        wrong.append(
            f"the labels do not fit: {len(card.classes)} classes ({card.activation}) need "
            f"{OUTPUT_NAME!r} float32, N x {card.outputs}, N free; it is {logits.type} "
            f"{logits.shape}"
        )
    return wrong


def _fits(shape: list[object], after_batch: tuple[int, ...]) -> bool:
    return (
        len(shape) == 1 + len(after_batch)
        and not isinstance(shape[0], int)
        and (tuple(shape[1:]) == after_batch)
    )


def refuse_external_data(options: Any) -> None:  # noqa: ANN401 - untyped library
    """Have ONNX Runtime look for weights outside the file where there can be none."""
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", os.devnull
    )


def open_for_reading(model: ModelFile) -> Any:  # noqa: ANN401 - untyped library
    """A plain CPU session, to look at a model without running it.

    Raises:
        ModelError: Not a model that ONNX Runtime loads.
    """
    runtime = load_runtime()
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    refuse_external_data(options)
    load = partial(
        runtime.InferenceSession, model.data, options, providers=["CPUExecutionProvider"]
    )
    try:
        with address_space(bytes_to_load(len(model.data))):
            return within(LOAD_SECONDS, load)
    except TimeoutError as error:
        raise too_slow(model) from error
    except Exception as error:
        raise not_loadable(model, error) from error
