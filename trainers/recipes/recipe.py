"""A recipe: every setting of a training, as one value."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from forensic_cli.errors import UsageError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.model_card.steps import Filter
from forensic_cli.records import LABEL_AI, LABEL_REAL

Preparing = Literal["squash", "opencv", "opencv-clean", "crop"]
Loss = Literal["cross_entropy", "focal"]
Weighting = Literal["none", "class", "group"]
Optimiser = Literal["adamw", "sgd", "lbfgs"]
Schedule = Literal["linear", "cosine", "constant", "plateau"]
Metric = Literal["accuracy", "f1_ai", "macro_f1", "roc_auc", "loss"]
Order = Literal["ai,real", "real,ai"]
Augmentation = Literal[
    "random_resized_crop", "random_crop", "flip", "quarter_turn", "rotation", "affine", "blur",
    "colour_jitter", "noise", "optical_distortion", "elastic", "rescale", "jpeg",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a classifier is trained.

    Attributes:
        name: The name of the recipe.
        summary: What it is, in a line.
        backbone: Network: a hub name or folder of transformers, ``timm:NAME``,
            ``torchvision:NAME``, or one of this project's own.
        order: Which output is which class.
        size: Side of the network's input (pixels), where its own processor does not say.
        preparing: ``squash`` (Pillow), ``opencv``, ``opencv-clean`` (denoised and equalised
            first), or ``crop`` (the middle, of native resolution).
        filter: Resampling filter of the squash.
        scale: Pixels are divided by it.
        mean: Per channel, R, G, B.
        std: Per channel, R, G, B.
        augmentation: Steps on training pictures, in order. One that crops stands in for the
            preparation's resize.
        optimiser: ``adamw``, ``sgd`` (momentum 0.9), or ``lbfgs``, which solves the one layer of
            ``picture-statistics``.
        learning_rate: At its peak.
        weight_decay: The weight decay of the optimiser; with ``lbfgs``, half of it times the
            squared weights is added to the mean loss.
        batch_size: Pictures per step.
        accumulation: Steps whose gradients are added up before one update.
        epochs: Passes over the training pictures, each augmented anew.
        max_steps: Updates after which to end in any case; 0 = no limit.
        warmup: Share of all updates in which the learning rate climbs.
        schedule: The schedule of the learning rate, after the warm-up.
        loss: Cross-entropy, or focal (Lin et al., 2017).
        weighting: ``class``: both classes weigh the same; ``group``: a picture weighs one over
            the root of its group's size, besides.
        label_smoothing: Share of the target that goes to the other class.
        focal_gamma: Gamma of the focal loss.
        early_stopping: Epochs without progress after which to end; 0 = never.
        best_by: Figure on the validation pictures that picks the checkpoint.
        validation: Share of the training pictures kept for that, where the data have no such part.
    """

    name: str
    summary: str
    backbone: str
    order: Order
    size: int
    preparing: Preparing
    filter: Filter
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augmentation: tuple[Augmentation, ...]
    optimiser: Optimiser
    learning_rate: float
    weight_decay: float
    batch_size: int
    accumulation: int
    epochs: int
    max_steps: int
    warmup: float
    schedule: Schedule
    loss: Loss
    weighting: Weighting
    label_smoothing: float
    focal_gamma: float
    early_stopping: int
    best_by: Metric
    validation: float

    @property
    def labels(self) -> tuple[int, ...]:
        """What each output means, 0 = AI, 1 = real."""
        return tuple(LABEL_AI if word == "ai" else LABEL_REAL for word in self.order.split(","))

    def as_record(self) -> dict[str, object]:
        """Every setting as JSON values."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }

    def changed(self, assignments: Sequence[str]) -> "Recipe":
        """The recipe with some settings replaced.

        Args:
            assignments: ``NAME=VALUE``; several values of one setting are separated by commas.

        Raises:
            UsageError: No such setting, or no such value.
        """
        kinds = get_type_hints(type(self))
        given: dict[str, Any] = {}
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            if name not in kinds or name in {"name", "summary"} or not equals:
                known = ", ".join(one.name for one in fields(self)[2:])
                msg = f"--set takes NAME=VALUE, not {on_screen(assignment)!r}; names are {known}"
                raise UsageError(msg)
            given[name] = _read(name, kinds[name], text)
        made = replace(self, **given)
        made.check()
        return made

    def check(self) -> None:
        """See that the numbers can be meant.

        Raises:
            UsageError: One cannot.
        """
        ranges: dict[str, tuple[float, float]] = {
            "size": (16, 4096),
            "scale": (1e-6, 1e6),
            "learning_rate": (0, 100),
            "weight_decay": (0, 10),
            "batch_size": (1, 4096),
            "accumulation": (1, 4096),
            "epochs": (1, 100_000),
            "max_steps": (0, 10**9),
            "warmup": (0, 0.99),
            "label_smoothing": (0, 0.9),
            "focal_gamma": (0, 10),
            "early_stopping": (0, 100_000),
            "validation": (0.01, 0.5),
        }
        for name, (least, most) in ranges.items():
            value = getattr(self, name)
            if not least <= value <= most:
                msg = f"{name} must lie from {least:g} to {most:g}, not {value:g}"
                raise UsageError(msg)
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:  # noqa: PLR2004 - R, G, B
            msg = "mean and std take three numbers, R, G, B; std above 0"
            raise UsageError(msg)


def _read(name: str, kind: Any, text: str) -> object:  # noqa: ANN401 - a type hint
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(_read(name, inner[0], part) for part in text.split(",") if part)
    if origin is Literal:
        if text in inner:
            return text
        msg = f"{name} takes {', '.join(map(str, inner))}; not {on_screen(text)!r}"
        raise UsageError(msg)
    if kind is str:
        return text
    try:
        value = kind(text)
    except ValueError as error:
        msg = f"{name} takes a {'whole ' if kind is int else ''}number, not {on_screen(text)!r}"
        raise UsageError(msg) from error
    if value != value:  # noqa: PLR0124 - not a number
        msg = f"{name} takes a number, not {on_screen(text)!r}"
        raise UsageError(msg)
    return value
