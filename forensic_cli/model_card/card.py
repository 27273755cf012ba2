"""The card inside a model file: what its outputs mean and what its input must look like.

The card is one JSON object, schema 1, under the key ``dfc.card`` of the ONNX ``metadata_props``.
Class names decide the polarity: a card that calls ``fake`` real is refused.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from forensic_cli.errors import ModelError
from forensic_cli.model_card.class_words import implied
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import LABEL_AI, LABEL_REAL

CARD_KEY = "dfc.card"
SCHEMA = 1
INPUT_NAME = "images"
OUTPUT_NAME = "logits"

NOTICE_LENGTH = 300
"""The most characters of a notice, which every run shows."""
_LARGEST_TOLERANCE = 1.0

Activation = Literal["softmax", "sigmoid"]


@dataclass(frozen=True, slots=True)
class ModelClass:
    """One class of the model: its name, and 0 where it means AI, 1 where it means real."""

    name: str
    label: int


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What the model must answer to the test pattern (``inference/self_test.py``).

    Attributes:
        logits: One row of raw outputs per test picture.
        tolerance: Largest allowed absolute difference of a logit.
    """

    logits: tuple[tuple[float, ...], ...]
    tolerance: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A checked card.

    Attributes:
        name: What the model is called.
        architecture: The architecture of the network, in words.
        classes: In output order. With ``sigmoid`` there are two, and the one output is the
            logit of the second.
        activation: Turns logits into probabilities, on the host.
        outputs: How many logits the network must give per picture.
        preprocessing: Host steps and the graph's normalisation.
        self_test: Known answers, where the exporter put some.
        largest_batch: Pictures in a batch up to which its answers are the same to the last bit on a
            CPU, None where any are.
        notice: What every run must say of the model, if anything (that it is a demonstration).
        document: The whole JSON object, for the log and for people.
    """

    name: str
    architecture: str
    classes: tuple[ModelClass, ...]
    activation: Activation
    outputs: int
    preprocessing: Preprocessing
    self_test: SelfTest | None
    largest_batch: int | None
    notice: str
    document: Mapping[str, object]

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Read and check a card.

        Raises:
            ModelError: Not JSON, not this schema, or labels that do not fit, named.
        """
        try:
            document = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            msg = f"the model card is not JSON ({error}); export the model again"
            raise ModelError(msg) from error
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            msg = f"the model card is not of schema {SCHEMA}; export the model again"
            raise ModelError(msg)
        try:
            activation = _activation(document)
            classes = _classes(document.get("classes"))
            outputs = 1 if activation == "sigmoid" else len(classes)
            return cls(
                name=_text(document, "name"),
                architecture=_text(document, "architecture"),
                classes=classes,
                activation=activation,
                outputs=outputs,
                preprocessing=Preprocessing.from_json(document.get("preprocessing")),
                self_test=_self_test(document.get("self_test"), outputs),
                largest_batch=_largest_batch(document.get("largest_batch")),
                notice=_notice(document),
                document=document,
            )
        except (ValueError, OverflowError) as error:
            msg = f"the model card cannot be used: {error}"
            raise ModelError(msg) from error


def _no_constant(name: str) -> float:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def _finite(digits: str) -> float:
    """A number that JSON can say again: 1e999 is none."""
    number = float(digits)
    if not math.isfinite(number):
        msg = f"{digits} is no number that can be kept"
        raise ValueError(msg)
    return number


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        msg = f"{key} must be a text"
        raise ValueError(msg)
    return value


def _largest_batch(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or value < 1:
        msg = f"largest_batch must be a whole number from 1 on, not {value!r}"
        raise ValueError(msg)
    return value


def _notice(document: Mapping[str, object]) -> str:
    if "notice" not in document:
        return ""
    notice = _text(document, "notice")
    if len(notice) > NOTICE_LENGTH:
        msg = f"notice has more than {NOTICE_LENGTH} characters"
        raise ValueError(msg)
    return notice


def _activation(document: Mapping[str, object]) -> Activation:
    value = document.get("activation")
    classes = document.get("classes")
    if value == "softmax":
        return "softmax"
    if value == "sigmoid":
        if not isinstance(classes, list) or len(classes) != 2:  # noqa: PLR2004 - a yes and a no
            msg = "a sigmoid model has two classes, and its one output is the second's"
            raise ValueError(msg)
        return "sigmoid"
    msg = f"activation must be softmax or sigmoid, not {value!r}"
    raise ValueError(msg)


def _classes(value: object) -> tuple[ModelClass, ...]:
    if not isinstance(value, list):
        msg = "classes must be a list of objects with name and label"
        raise ValueError(msg)  # noqa: TRY004 - of the card's content, like the others
    classes = tuple(_class(entry) for entry in value)
    if {entry.label for entry in classes} != {LABEL_AI, LABEL_REAL}:
        msg = "the labels do not fit: classes must hold label 0 (AI) and label 1 (real)"
        raise ValueError(msg)
    if len({entry.name for entry in classes}) != len(classes):
        msg = "two classes have the same name"
        raise ValueError(msg)
    return classes


def _class(entry: object) -> ModelClass:
    if not isinstance(entry, dict) or set(entry) != {"name", "label"}:
        msg = "classes must be a list of objects with name and label"
        raise ValueError(msg)
    name, label = entry["name"], entry["label"]
    if not isinstance(name, str) or not name:
        msg = "a class has no name"
        raise ValueError(msg)
    if type(label) is not int or label not in {LABEL_AI, LABEL_REAL}:
        msg = f"class {name!r} has label {label!r}; 0 = AI and 1 = real are all there is"
        raise ValueError(msg)
    meant = implied(name)
    if meant is not None and meant != label:
        word = "AI" if meant == LABEL_AI else "real"
        msg = f"the labels do not fit: class {name!r} means {word} but carries label {label}"
        raise ValueError(msg)
    return ModelClass(name, label)


def _self_test(value: object, width: int) -> SelfTest | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"logits", "tolerance"}:
        msg = "self_test must be an object with logits and tolerance"
        raise ValueError(msg)
    rows, tolerance = value["logits"], value["tolerance"]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        msg = "self_test.logits must be a list of rows"
        raise ValueError(msg)
    numbers = [number for row in rows for number in row]
    if not all(isinstance(number, int | float) for number in [*numbers, tolerance]):
        msg = "self_test must hold numbers"
        raise ValueError(msg)
    if {len(row) for row in rows} != {width}:
        msg = f"each row of self_test.logits must hold {width} numbers, one per output"
        raise ValueError(msg)
    if not 0 < tolerance <= _LARGEST_TOLERANCE:
        msg = f"self_test.tolerance must lie in (0, {_LARGEST_TOLERANCE}]"
        raise ValueError(msg)
    return SelfTest(tuple(tuple(map(float, row)) for row in rows), float(tolerance))
