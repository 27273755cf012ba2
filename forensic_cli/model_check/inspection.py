"""Look at a model file: everything it says, and every reason to refuse it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forensic_cli.errors import DeviceError, ModelError
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.model_file import (
    card_of,
    card_text,
    open_for_reading,
    ports_of,
    read_model,
)
from forensic_cli.inference.session import Session
from forensic_cli.model_check.self_test import self_test


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a model file holds.

    Attributes:
        path: The file.
        size: Bytes.
        sha256: SHA-256 of the file.
        inputs: Name, type and shape of each input, in words.
        outputs: The same of each output.
        card: The card as it stands, whether usable or not; None where there is none.
        refusals: Why ``dfc-classify`` would not take it; empty where it would.
    """

    path: str
    size: int
    sha256: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    card: Any
    refusals: tuple[str, ...]

    def as_record(self) -> Mapping[str, object]:
        """As JSON values."""
        return asdict(self)


def inspect(path: Path) -> Inspection:
    """Read a model file.

    Raises:
        ModelError: Missing, unreadable, or not ONNX at all.
    """
    model = read_model(path)
    session = open_for_reading(model)
    ports = ports_of(session)
    try:
        card = card_of(session, model)
        loaded = Session(model, "cpu")
        with BatchRunner(loaded, loaded.batch_size(None)) as runner:
            self_test(runner, card)
    except (ModelError, DeviceError) as error:
        refusals: tuple[str, ...] = (str(error),)
    else:
        refusals = ()
    return Inspection(
        path=str(path),
        size=len(model.data),
        sha256=model.sha256,
        inputs=ports.inputs,
        outputs=ports.outputs,
        card=_parsed(card_text(session)),
        refusals=refusals,
    )


def _parsed(text: str | None) -> Any:  # noqa: ANN401 - whatever JSON stands there
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text
