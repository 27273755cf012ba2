"""Everything that decides what comes out of a training, as a record."""

import numpy as np
import torch

from exporters.forms import TRAINING_SCHEMA
from forensic_cli import __version__
from forensic_cli.foundation.environment import package_version
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import LABEL_AI, LABEL_REAL
from trainers.data.collection import Parts
from trainers.data.reading import ReadPicture, digest_of
from trainers.run.request import TrainingRequest

_LIBRARIES = ("torch", "transformers", "timm", "torchvision", "accelerate", "numpy", "pillow",
              "opencv-python-headless", "scikit-learn")  # fmt: skip


def plan_of(
    request: TrainingRequest,
    parts: Parts,
    read: tuple[ReadPicture, ...],
    preprocessing: Preprocessing,
) -> dict[str, object]:
    """Everything that decides what comes out."""

    def count(pictures: tuple[Labelled, ...]) -> dict[str, int]:
        labels = np.bincount([picture.label for picture in pictures], minlength=2)
        groups = {picture.group for picture in pictures} - {""}
        return {"ai": int(labels[LABEL_AI]), "real": int(labels[LABEL_REAL]), "groups": len(groups)}

    libraries = {name: package_version(name) for name in _LIBRARIES}
    return {
        "schema": TRAINING_SCHEMA,
        "trainer": {
            "name": "dfc-train",
            "version": __version__,
            "libraries": {name: version for name, version in libraries.items() if version},
        },
        "recipe": request.recipe.as_record(),
        "seed": request.seed,
        "from_scratch": request.scratch,
        "weights": request.weights.name if request.weights else "",
        "preprocessing": preprocessing.as_record(),
        "device": request.machine.device,
        "precision": request.machine.precision,
        "threads": torch.get_num_threads(),
        "data": {
            "digest": digest_of(read),
            "train": count(parts.train),
            "validation": count(parts.validation),
            "tests": {name: count(pictures) for name, pictures in parts.tests.items()},
            "left_out": sum(bool(one.refused) for one in read),
        },
    }
