"""Labelled folders: ``AI|Real`` and their like, below splits or not, sources inside them or not."""

import os
from collections.abc import Iterator
from pathlib import Path

from forensic_cli.errors import LabelsError
from forensic_cli.foundation.path_text import on_screen, visible
from forensic_cli.ground_truth.classes import ClassNames
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.records import LABEL_AI, LABEL_REAL

_SHOWN = 8
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test"})


def read(root: Path, classes: ClassNames) -> tuple[Labelled, ...]:
    """Every file below a class folder, by name.

    ``ROOT/AI/x.png`` has no split; ``ROOT/train/AI/x.png`` is of the split ``train``;
    ``ROOT/AI/midjourney/x.png`` is of the group ``midjourney``. Links are followed.

    Raises:
        LabelsError: No class folders, or one of the two is missing or empty.
    """
    found: list[Labelled] = []
    for name, inside in _folders(root):
        label = classes.of_folder(name)
        if label is not None:
            found += _pictures(root, inside, "", name, label)
            continue
        for inner, below in _folders(inside):
            label = classes.of_folder(inner)
            if label is not None:
                found += _pictures(root, below, name, inner, label)
    labels = {entry.label for entry in found}
    if labels != {LABEL_AI, LABEL_REAL}:
        raise _incomplete(root, labels, classes)
    return tuple(sorted(found, key=lambda entry: entry.path.encode()))


def without_class(root: Path, classes: ClassNames) -> tuple[str, ...]:
    """Folders that are no class and hold none: nothing in them is labelled."""
    return tuple(
        name
        for name, inside in _folders(root)
        if classes.of_folder(name) is None
        and not any(classes.of_folder(inner) is not None for inner, _ in _folders(inside))
    )


def _pictures(root: Path, folder: Path, split: str, name: str, label: int) -> Iterator[Labelled]:
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
        group = "" if inside == b"." else visible(inside)
        if group.casefold() in _SPLITS:
            msg = (
                f"{str(folder)!r} has a folder {group!r} inside the class; splits stand outside: "
                f"{group}/{name}"
            )
            raise LabelsError(msg)
        for file in files:
            path = os.path.relpath(os.path.join(place, file), os.fsencode(root))  # noqa: PTH118 - bytes
            yield Labelled(visible(path), label, group, split, name)


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
