"""``training.json`` of dfc-train: what its weights are, and how they came about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exporters.forms import TRAINING_RECORD, TRAINING_SCHEMA
from forensic_cli.errors import ExportError
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import LABEL_AI, LABEL_REAL

WEIGHTS = "model.safetensors"
_WORDS = {LABEL_AI: "ai", LABEL_REAL: "real"}


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A finished training.

    Attributes:
        architecture: As ``--arch`` takes it; empty where a ``config.json`` says.
        class_names: In output order.
        labels: As ``--labels`` takes them.
        preprocessing: The preprocessing of its pictures.
        recipe: Name.
        seed: The seed of everything drawn.
        record: The whole, for the card.
    """

    architecture: str
    class_names: tuple[str, ...]
    labels: str
    preprocessing: Preprocessing
    recipe: str
    seed: int
    record: Mapping[str, object]


def read_training_run(folder: Path) -> TrainingRun:
    """The record in a folder of dfc-train.

    Raises:
        ExportError: It cannot be read, or is not one.
    """
    path = folder / TRAINING_RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != TRAINING_SCHEMA:
            msg = f"schema {record['schema']!r}"
            raise ValueError(msg)  # noqa: TRY301 - one sentence for all that is wrong with it
        classes = record["classes"]
        return TrainingRun(
            architecture=str(record["architecture"]),
            class_names=tuple(str(entry["name"]) for entry in classes),
            labels=",".join(_WORDS[entry["label"]] for entry in classes),
            preprocessing=Preprocessing.from_json(record["preprocessing"]),
            recipe=str(record["recipe"]["name"]),
            seed=int(record["seed"]),
            record=record,
        )
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        msg = f"{str(path)!r} is no record of dfc-train's that can be used ({error!r})"
        raise ExportError(msg) from error
