"""What is to be trained on: pictures with their answers, and the parts they come in."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from forensic_cli.errors import LabelsError
from forensic_cli.foundation.path_text import from_visible, on_screen
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.records import LABEL_AI, LABEL_REAL

_TRAIN = {"train", "training"}
_VALIDATION = {"val", "valid", "validation", "dev"}


@dataclass(frozen=True, slots=True)
class Collection:
    """Labelled pictures on disk.

    Attributes:
        root: Folder that their paths begin from.
        pictures: In the order of their names.
    """

    root: Path
    pictures: tuple[Labelled, ...]

    def file(self, picture: Labelled) -> bytes:
        """The raw path of a picture's file."""
        return os.path.join(bytes(self.root), from_visible(picture.path))  # noqa: PTH118 - bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """Who is trained on, who chooses, who judges.

    Attributes:
        train: Fitted.
        validation: Picks the best epoch; empty until it is split off.
        tests: Only measured, at the end, by name.
    """

    train: tuple[Labelled, ...]
    validation: tuple[Labelled, ...]
    tests: dict[str, tuple[Labelled, ...]] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, tuple[Labelled, ...]]:
        """All of them, by name."""
        return {"train": self.train, "validation": self.validation, **self.tests}


def parts_of(pictures: tuple[Labelled, ...]) -> Parts:
    """The parts by the names of the splits; without any, all is for training.

    Raises:
        LabelsError: A split whose name says nothing, or no pictures to train on.
    """
    train, validation = [], []
    tests: dict[str, list[Labelled]] = {}
    for picture in pictures:
        word = picture.split.casefold()
        if not word or word in _TRAIN:
            train.append(picture)
        elif word in _VALIDATION:
            validation.append(picture)
        elif word.startswith("test") and "/" not in word:
            tests.setdefault(picture.split, []).append(picture)
        else:
            msg = (
                f"a split is called {on_screen(picture.split)!r}; splits are train, val (or valid, "
                "validation), and test or test_NAME"
            )
            raise LabelsError(msg)
    check_both("train", train)
    if validation:
        check_both("validation", validation)
    return Parts(
        tuple(train), tuple(validation), {name: tuple(rows) for name, rows in tests.items()}
    )


def check_both(part: str, pictures: list[Labelled] | tuple[Labelled, ...]) -> None:
    """See that a part has pictures of both classes.

    Raises:
        LabelsError: It has not.
    """
    for label, word in ((LABEL_AI, "AI-generated"), (LABEL_REAL, "real")):
        if not any(picture.label == label for picture in pictures):
            msg = (
                f"the {part} part has {len(pictures)} pictures and none of them is {word}; both "
                "classes are needed"
            )
            raise LabelsError(msg)
