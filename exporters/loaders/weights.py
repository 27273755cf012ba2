"""Tensors by name, and what else a checkpoint says of itself."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch

from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

_KEYS = (
    "model", "state_dict", "model_state_dict", "net", "ema", "model_ema", "state_dict_ema",
    "ema_state_dict", "network", "weights",
)  # fmt: skip
_PREFIXES = ("module.", "model.", "_orig_mod.", "net.", "network.")
_WRAPPERS = (
    "backbone.", "encoder.", "base_model.", "feature_extractor.", "features_extractor.", "vit.",
    "classifier_model.", "detector.", *_PREFIXES,
)  # fmt: skip
"""What a wrapper calls the network in it, where its head or its loss stands beside it."""
_LOSSES = ("criterion.", "loss.", "loss_fn.", "loss_func.")
_COUNTER = "n_averaged"  # torch.optim.swa_utils.AveragedModel's own


class StateDict(dict[str, torch.Tensor]):
    """Tensors by name, with what PyTorch keeps beside them: versions of modules, by path.

    Loading reads them (``_metadata``), and gives older files' weights their newer names.
    """

    _metadata: Mapping[str, Any] | None = None

    @classmethod
    def below(
        cls, tensors: Mapping[str, torch.Tensor], origin: Mapping[str, Any], prefix: str
    ) -> "StateDict":
        """Renamed tensors of ``origin``, from whose names ``prefix`` was taken."""
        made = cls(tensors)
        versions = getattr(origin, "_metadata", None)
        if isinstance(versions, Mapping):
            path = prefix.removesuffix(".")
            made._metadata = {
                (str(key).removeprefix(prefix) if str(key) != path else ""): value
                for key, value in versions.items()
                if not prefix or key  # the wrapper's own
            }
        return made


@dataclass(frozen=True, slots=True)
class Weights:
    """A state_dict with its wrappers' names taken off.

    Attributes:
        tensors: By the network's own names.
        facts: What stood beside them: architecture, classes, settings.
        reasoning: How they were found, for people.
    """

    tensors: Mapping[str, torch.Tensor]
    facts: Mapping[str, object]
    reasoning: tuple[str, ...]


def weights_of(document: Any, wanted: str | None, where: str) -> Weights:  # noqa: ANN401 - what was saved
    """Find the state_dict in what a file held.

    Args:
        document: A state_dict, or a training script's dict with one inside.
        wanted: The key of the training dict to take, where there are several state_dicts.
        where: The file, for errors.

    Raises:
        ExportError: None there, or several and none was named.
    """
    if not isinstance(document, Mapping) or not document:
        msg = f"checkpoint {where} holds a {type(document).__name__}, not weights by name"
        raise ExportError(msg)
    if wanted is None and _is_state_dict(document):
        return _stripped(document, {}, ("a bare state_dict",))
    held = {str(key): value for key, value in document.items()}
    inside = [key for key in (*_KEYS, *held) if _is_state_dict(held.get(key))]
    inside = list(dict.fromkeys(inside))
    if wanted is not None:
        inside = [key for key in inside if key == wanted]
    if not inside:
        shown = ", ".join(on_screen(str(key)) for key in list(document)[:10])
        what = f"no weights under {wanted!r}" if wanted else "no weights"
        msg = f"checkpoint {where} holds {what}; its keys are {shown}"
        raise ExportError(msg)
    if len(inside) > 1:
        msg = (
            f"checkpoint {where} holds several sets of weights: {', '.join(inside)}; "
            "name one with --weights KEY (an ema is the average that was validated, if one was)"
        )
        raise ExportError(msg)
    facts = {key: value for key, value in held.items() if key != inside[0]}
    return _stripped(held[inside[0]], facts, (f"a training dict, weights in {inside[0]!r}",))


def _is_state_dict(value: Any) -> bool:  # noqa: ANN401 - whatever was saved
    return (
        isinstance(value, Mapping)
        and len(value) > 0
        and all(isinstance(key, str) for key in value)
        and all(isinstance(tensor, torch.Tensor) for tensor in value.values())
        and any(tensor.ndim > 1 for tensor in value.values())
    )


def _stripped(
    state: Mapping[str, torch.Tensor], facts: Mapping[str, object], reasoning: tuple[str, ...]
) -> Weights:
    kept = {key: tensor for key, tensor in state.items() if key != _COUNTER}
    tensors = StateDict.below(kept, state, "")
    taken = []
    while prefix := _common_prefix(tensors):
        renamed = {key.removeprefix(prefix): tensor for key, tensor in tensors.items()}
        tensors = StateDict.below(renamed, tensors, prefix)
        taken.append(prefix)
    if taken:
        reasoning = (*reasoning, f"every name began with {''.join(taken)}, which was taken off")
    return Weights(tensors, facts, reasoning)


def _common_prefix(tensors: Mapping[str, torch.Tensor]) -> str:
    """The wrapper's name that every tensor's begins with; empty where there is none."""
    for prefix in _PREFIXES:
        if tensors and all(key.startswith(prefix) for key in tensors):
            return prefix
    return ""


def below(weights: Weights, prefix: str) -> Weights:
    """The same with a wrapper's name taken off where it stands; losses are left out.

    Raises:
        ExportError: No name begins with it, or two names would be one.
    """
    kept = {key: one for key, one in weights.tensors.items() if not key.startswith(_LOSSES)}
    named = [key for key in kept if key.startswith(prefix)]
    tensors = {key.removeprefix(prefix): tensor for key, tensor in kept.items()}
    if not named or len(tensors) != len(kept):
        what = "is not before any name" if not named else "would leave two weights one name"
        msg = f"the prefix {on_screen(prefix)!r} {what} in this checkpoint"
        raise ExportError(msg)
    why = f"{len(named)} of {len(kept)} names began with {prefix}, which was taken off"
    tensors = StateDict.below(tensors, weights.tensors, prefix)
    return Weights(tensors, weights.facts, (*weights.reasoning, why))


def usual_wrappers(weights: Weights) -> list[Weights]:
    """The same with each of the usual wrappers' names taken off, where it stands before some."""
    found = []
    for prefix in _WRAPPERS:
        with suppress(ExportError):
            found.append(below(weights, prefix))
    return found
