"""What the user says of a checkpoint, and for which forms that has a meaning."""

from dataclasses import dataclass
from pathlib import Path

from exporters.architectures.clip_tower import ACTIVATIONS
from exporters.forms import CheckpointForm
from forensic_cli.errors import UsageError

_WEIGHTS = frozenset({CheckpointForm.TORCH, CheckpointForm.SAFETENSORS})
_FORMS = {
    "arch": _WEIGHTS | {CheckpointForm.TORCHSCRIPT},
    "weights_key": frozenset({CheckpointForm.TORCH}),
    "prefix": _WEIGHTS,
    "image_size": _WEIGHTS,
    "head": frozenset({CheckpointForm.FOLDER, CheckpointForm.TORCHSCRIPT}) | _WEIGHTS,
    "features": frozenset({CheckpointForm.FOLDER, CheckpointForm.TORCHSCRIPT}) | _WEIGHTS,
}
"""The forms of checkpoints of which a hint says something."""
_OPTIONS = {"weights_key": "--weights", "image_size": "--image-size"}


@dataclass(frozen=True, slots=True)
class Hints:
    """What the user says of a checkpoint.

    Attributes:
        arch: ``--arch``.
        weights_key: ``--weights``: which set of a training dict.
        trust_pickle: Whether a pickle may run code, in a process of its own.
        size: Height and width (pixels) of the input, where the preprocessing is given.
        prefix: ``--prefix``: a wrapper's name before the network's own names.
        image_size: ``--image-size``: what a network of timm was made for.
        system: The published system that ``--preprocessing`` names, if it is one.
        head: ``--head``: a file with the head of a tower whose folder is the checkpoint.
        features: ``--features``: what of the tower's answer the head takes.
        detector: The known detector whose entry said some of this.
    """

    arch: str | None = None
    weights_key: str | None = None
    trust_pickle: bool = False
    size: tuple[int, int] | None = None
    prefix: str | None = None
    image_size: tuple[int, int] | None = None
    system: str | None = None
    head: Path | None = None
    features: str | None = None
    detector: str | None = None


def refuse_meaningless(hints: Hints, form: CheckpointForm) -> None:
    """Refuse a hint that says nothing of a form.

    Raises:
        UsageError: It has no meaning; the option is named.
    """
    for name, forms in _FORMS.items():
        given = getattr(hints, name)
        is_scripted = form is CheckpointForm.TORCHSCRIPT  # of which only CLIP's weights are read
        of_clip = not is_scripted or hints.arch in ACTIVATIONS
        if given is not None and not (form in forms and of_clip):
            option = _OPTIONS.get(name, f"--{name}")
            msg = f"{option} has no meaning for a {form}, which says itself what it is"
            raise UsageError(msg)
