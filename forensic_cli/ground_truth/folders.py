"""Labelled folders: ``AI|Real`` and their like, below splits or not, sources inside them or not."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from forensic_cli.errors import LabelsError
from forensic_cli.foundation.path_text import on_screen, visible
from forensic_cli.ground_truth.classes import ClassNames
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.records import LABEL_AI, LABEL_REAL

_SHOWN = 8
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test"})
_DEEPEST = 6
"""Folders that may stand round the classes: generator/subject/split and their like."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What the folders say that stand round a class."""

    split: str = ""
    sources: tuple[str, ...] = ()

    def inside(self, name: str) -> "_Around":
        """The same, one folder further in."""
        if not self.split and re.split(r"[_-]", name.casefold())[0] in _SPLITS:
            return replace(self, split=name)
        return replace(self, sources=(*self.sources, name))


def read(root: Path, classes: ClassNames) -> tuple[Labelled, ...]:
    """Every file below a class folder, by name.

    ``ROOT/AI/x.png`` has no split; ``ROOT/train/AI/x.png`` is of the split ``train``;
    ``ROOT/AI/midjourney/x.png`` is of the group ``midjourney``, and so is
    ``ROOT/midjourney/val/ai/x.png``: a folder with a generator's name that has both classes
    somewhere in it is a source and no class. Links are followed.

    Raises:
        LabelsError: No class folders, or one of the two is missing or empty.
    """
    found = list(_below(root, root, classes, _Around()))
    labels = {entry.label for entry in found}
    if labels != {LABEL_AI, LABEL_REAL}:
        raise _incomplete(root, labels, classes)
    return tuple(sorted(found, key=lambda entry: entry.path.encode()))


def without_class(root: Path, classes: ClassNames) -> tuple[str, ...]:
    """Folders that are no class and hold none: nothing in them is labelled."""
    return tuple(
        name
        for name, inside in _folders(root)
        if classes.of_folder(name) is None and not _classes_in(inside, classes, _DEEPEST)
    )


def _below(root: Path, folder: Path, classes: ClassNames, around: _Around) -> Iterator[Labelled]:
    left = _DEEPEST - len(around.sources)
    for name, inside in _folders(folder):
        label = classes.of_folder(name)
        if label is not None and not (classes.is_source(name) and _has_both(inside, classes, left)):
            yield from _pictures(root, inside, around, name, label)
        elif left > 0:
            yield from _below(root, inside, classes, around.inside(name))


def _has_both(folder: Path, classes: ClassNames, depth: int) -> bool:
    """Whether one folder, this or one in it, has folders of both classes."""
    inside = _folders(folder)
    if {LABEL_AI, LABEL_REAL} <= {classes.of_folder(name) for name, _ in inside}:
        return True
    return depth > 0 and any(_has_both(one, classes, depth - 1) for _, one in inside)


def _classes_in(folder: Path, classes: ClassNames, depth: int) -> bool:
    inside = _folders(folder)
    if any(classes.of_folder(name) is not None for name, _ in inside):
        return True
    return depth > 0 and any(_classes_in(one, classes, depth - 1) for _, one in inside)


def _pictures(
    root: Path, folder: Path, around: _Around, name: str, label: int
) -> Iterator[Labelled]:
    seen: set[tuple[int, int]] = set()
    walk = os.walk(os.fsencode(folder), onerror=_unreadable, followlinks=True)
    for place, folders, files in walk:
        status = os.stat(place)  # noqa: PTH116 - bytes
        if (status.st_dev, status.st_ino) in seen:  # a link back up
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        inside = os.path.relpath(place, os.fsencode(folder)).split(b"/")[0]
        own = "" if inside == b"." else visible(inside)
        group = "/".join([*around.sources, *filter(None, [own])])
        if own.casefold() in _SPLITS:
            msg = (
                f"{str(folder)!r} has a folder {own!r} inside the class; splits stand outside: "
                f"{own}/{name}"
            )
            raise LabelsError(msg)
        for file in files:
            path = os.path.relpath(os.path.join(place, file), os.fsencode(root))  # noqa: PTH118 - bytes
            yield Labelled(visible(path), label, group, around.split, name)


def _folders(place: Path) -> list[tuple[str, Path]]:
    try:
        inside = sorted(entry for entry in place.iterdir() if entry.is_dir())
    except OSError as error:
        _unreadable(error)
        raise
    return [(visible(os.fsencode(entry.name)), entry) for entry in inside]


def _unreadable(error: OSError) -> None:
    msg = f"folder {str(error.filename)!r} cannot be listed: {error.strerror}"
    raise LabelsError(msg) from error


def _incomplete(root: Path, labels: set[int], classes: ClassNames) -> LabelsError:
    names = [name for name, _ in _folders(root)]
    there = ", ".join(map(on_screen, names[:_SHOWN])) or "no folders"
    if not labels:
        looked = f"{classes.ai} and {classes.real}" if classes.ai else "AI and Real, or their like"
        return LabelsError(
            f"{str(root)!r} has no folders called {looked} (it has {there}); name them with "
            "--classes AI,REAL (the AI class first), or give a CSV with path and label"
        )
    missing = "AI-generated" if LABEL_REAL in labels else "real"
    return LabelsError(
        f"{str(root)!r} holds no picture of one class, {missing} (it has {there}); both are needed"
    )
