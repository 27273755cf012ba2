"""What a network's outputs mean: from the class names, else from the user; never from position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensic_cli.errors import ExportError, UsageError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.model_card.card import Activation, ModelClass
from forensic_cli.model_card.class_words import implied, meaning
from forensic_cli.records import LABEL_AI, LABEL_REAL

_PLACES = (
    "class_to_idx",
    "label2id",
    "classes",
    "class_names",
    "labels",
    "id2label",
    "idx_to_class",
)
_INSIDE = ("model_config", "config", "hyper_parameters", "args", "meta")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Classes in output order, and how outputs become probabilities."""

    classes: tuple[ModelClass, ...]
    activation: Activation


def meaning_of(outputs: int, names: Sequence[str] | None, labels: str | None) -> Meaning:
    """Say what each output means.

    Args:
        outputs: How many the network gives per picture. One is a sigmoid's: two classes, and it is
            the logit of the second.
        names: The classes' names where the checkpoint has them, in output order.
        labels: ``--labels``: ai or real for each class, in output order.

    Raises:
        ExportError: The names say nothing, and no labels were given; or they contradict.
        UsageError: ``--labels`` cannot be read, or is of another length.
    """
    count = 2 if outputs == 1 else outputs
    activation: Activation = "sigmoid" if outputs == 1 else "softmax"
    if names is not None and len(names) != count:
        names = None
    if labels is None:
        return Meaning(_by_names(names, count, outputs), activation)
    given = _given(labels, count, outputs)
    shown = list(names) if names is not None else _numbered(given)
    for name, label in zip(shown, given, strict=True):
        if implied(name) not in {None, label}:
            msg = (
                f"--labels calls class {on_screen(name)!r} {_word(label)}, which its name "
                "contradicts; labels stand in output order. If the name is wrong, correct it in "
                "the checkpoint's configuration"
            )
            raise ExportError(msg)
    return Meaning(tuple(map(ModelClass, shown, given)), activation)


def class_names_in(facts: Mapping[str, object]) -> tuple[str, ...] | None:
    """Class names that a training script saved beside its weights, in output order.

    Raises:
        ExportError: They stand there twice, and differently.
    """
    found: dict[str, tuple[str, ...]] = {}
    for place in (facts, *(facts.get(key) for key in _INSIDE)):
        entries: Any = vars(place) if hasattr(place, "__dict__") else place
        if not isinstance(entries, Mapping):
            continue
        for key in _PLACES:
            names = _in_order(entries.get(key))
            if names is not None:
                found[key] = names
    if len(set(found.values())) > 1:
        said = "; ".join(f"{key}: {on_screen(', '.join(names))}" for key, names in found.items())
        msg = f"the checkpoint names its classes in several ways that contradict ({said})"
        raise ExportError(msg)
    return next(iter(found.values()), None)


def _in_order(value: object) -> tuple[str, ...] | None:
    """Names from a list, ``{name: index}`` or ``{index: name}``; None where it is none of them."""
    if isinstance(value, list | tuple) and value and all(isinstance(name, str) for name in value):
        return tuple(value)
    if not isinstance(value, Mapping) or not value:
        return None
    pairs = list(value.items())
    if not all(_is_index(index) for index, _ in pairs):
        pairs = [(index, name) for name, index in pairs]
    if not all(_is_index(index) for index, _ in pairs):
        return None
    by_index = {int(str(index)): name for index, name in pairs}
    if sorted(by_index) != list(range(len(pairs))):
        return None
    names = tuple(by_index[index] for index in range(len(by_index)))
    return names if all(isinstance(name, str) for name in names) else None


def _is_index(value: object) -> bool:
    return type(value) is int or (isinstance(value, str) and value.isdecimal())


def _by_names(names: Sequence[str] | None, count: int, outputs: int) -> tuple[ModelClass, ...]:
    found = [meaning(name) for name in names] if names is not None else []
    classes = tuple(
        ModelClass(name, label)
        for name, label in zip(names or (), found, strict=False)
        if label is not None
    )
    if len(classes) == count and {entry.label for entry in classes} == {LABEL_AI, LABEL_REAL}:
        return classes
    said = (
        f"its class names ({', '.join(map(on_screen, names))}) do not say"
        if names is not None
        else "nothing in the checkpoint says"
    )
    which = "the classes 0 and 1 of its one sigmoid output" if outputs == 1 else "its outputs"
    example = ",".join(["ai", "real", *["ai"] * count][:count])
    msg = (
        f"{said} which of {which} mean AI and which real; both orders are in use. Find out, and "
        f"give --labels in output order, {example} for instance"
    )
    raise ExportError(msg)


def _given(labels: str, count: int, outputs: int) -> list[int]:
    given = []
    for word in labels.split(","):
        label = meaning(word)
        if label is None:
            msg = f"--labels takes ai and real, in output order; {on_screen(word)!r} is neither"
            raise UsageError(msg)
        given.append(label)
    if len(given) != count:
        one = " (one sigmoid output stands for two: --labels OFF,ON)" if outputs == 1 else ""
        msg = f"--labels names {len(given)} classes, the network has {count}{one}"
        raise UsageError(msg)
    if set(given) != {LABEL_AI, LABEL_REAL}:
        msg = "--labels must name ai and real, both"
        raise UsageError(msg)
    return given


def _numbered(labels: Sequence[int]) -> list[str]:
    """Names for classes that have none: ai and real, numbered where there are several."""
    names = []
    for place, label in enumerate(labels):
        number = f"-{labels[:place].count(label) + 1}" if labels.count(label) > 1 else ""
        names.append(f"{_word(label)}{number}")
    return names


def _word(label: int) -> str:
    return "ai" if label == LABEL_AI else "real"
