"""The card of an exported model, as a JSON object."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from onnx import helper

from exporters.checkpoints.subject import Files, Subject
from exporters.labels import Meaning
from exporters.preparation.preparation import Preparation
from exporters.proof.parity import ParityReport
from forensic_cli import __version__
from forensic_cli.foundation.environment import package_version
from forensic_cli.model_card.card import CARD_KEY, SCHEMA

_LIBRARIES = (
    "torch", "onnx", "onnxscript", "transformers", "timm", "torchvision", "onnxruntime-gpu",
    "onnxruntime", "numpy", "pillow",
)  # fmt: skip
_INTENDED = (
    "to sort pictures of a set into AI-made and real for an examiner, who judges the result; "
    "within what the checkpoint was trained and validated for, which its maker has to say"
)
_LIMITS = (
    "converted, not validated: what its scores are worth on other pictures than those it was "
    "validated with is unknown; a score is not a probability of guilt nor a likelihood ratio"
)


@dataclass(frozen=True, slots=True)
class Described:
    """What a card says besides what the export found out.

    Attributes:
        name: The name of the model.
        precision: ``fp32`` or ``fp16``.
        files: The checkpoint's, with digests.
        opset: Operator set of the graph.
        facts: What its maker says of it (``--facts``); stands in for what is said here.
    """

    name: str
    precision: str
    files: Files
    opset: int
    facts: Mapping[str, object]


def draft_card(
    described: Described, subject: Subject, preparation: Preparation, meant: Meaning
) -> dict[str, object]:
    """A card that a model can be run with; parity and self-test are still to come."""
    libraries = {name: package_version(name) for name in _LIBRARIES}
    training = {} if subject.training is None else {"training": dict(subject.training)}
    return {
        "schema": SCHEMA,
        "name": described.name,
        "architecture": subject.architecture,
        "parameters": subject.network.parameters,
        "precision": described.precision,
        "opset": described.opset,
        "classes": [asdict(entry) for entry in meant.classes],
        "activation": meant.activation,
        "preprocessing": preparation.preprocessing.as_record(),
        "source": {
            "form": str(subject.form),
            "files": described.files,
            "reasoning": list(subject.reasoning),
            "preprocessing_from": preparation.origin,
        },
        "assumed": list(subject.assumed),
        "exporter": {
            "name": "dfc-export",
            "version": __version__,
            "libraries": {name: version for name, version in libraries.items() if version},
        },
        "intended_use": _INTENDED,
        "limits": _LIMITS,
        **training,
        **described.facts,
    }


def finished_card(
    draft: Mapping[str, object],
    report: ParityReport,
    answers: list[list[float]],
    tolerance: float,
    largest_batch: int | None,
) -> dict[str, object]:
    """The draft with its proofs."""
    batch = {} if largest_batch is None else {"largest_batch": largest_batch}
    return {
        **draft,
        **batch,
        "parity": report.as_record(),
        "self_test": {"logits": answers, "tolerance": tolerance},
    }


def with_card(model: Any, card: Mapping[str, object]) -> bytes:  # noqa: ANN401 - onnx carries no types
    """The model's bytes with a card in its metadata."""
    text = json.dumps(card, sort_keys=True, allow_nan=False)
    helper.set_model_props(model, {CARD_KEY: text})
    data: bytes = model.SerializeToString(deterministic=True)
    return data
