"""What to train, and how."""

from dataclasses import dataclass
from pathlib import Path

from trainers.data.collection import Collection
from trainers.fitting.machine import Machine
from trainers.recipes.recipe import Recipe


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What to train, and how.

    Attributes:
        collection: The labelled pictures.
        out: Folder of the result.
        recipe: Every setting.
        seed: The seed of splits, order, dropout, augmentation and fresh weights.
        scratch: Begin with random weights.
        weights: File of weights to begin with.
        machine: Device, arithmetic, workers.
        resume: Go on with an unfinished training.
        force: Throw away what is in ``out``.
    """

    collection: Collection
    out: Path
    recipe: Recipe
    seed: int
    scratch: bool
    weights: Path | None
    machine: Machine
    resume: bool
    force: bool
