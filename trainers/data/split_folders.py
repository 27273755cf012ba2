"""``dfc-train prepare``: train and test folders out of a label table."""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import LabelsError, OutputError, UsageError
from forensic_cli.foundation.path_text import from_visible, on_screen
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.records import LABEL_AI
from trainers.data.collection import check_both, parts_of
from trainers.data.splitting import split_off

_FOLDERS = {LABEL_AI: "AI"}
_REAL = "Real"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made.

    Attributes:
        counts: Pictures by folder.
        ways: How they were put there: ``hard link`` or ``copy``, by number.
        absent: Named by the table, and not there.
    """

    counts: dict[str, int]
    ways: dict[str, int]
    absent: tuple[str, ...]


def prepare_folders(  # noqa: PLR0913 - the parts of the job
    labels: tuple[Labelled, ...],
    images: Path,
    out: Path,
    share: float,
    seed: int,
    progress: Callable[[int, int], None],
) -> Prepared:
    """Make ``OUT/train/{AI,Real}`` and ``OUT/test/{AI,Real}``.

    A split that the table names is kept; else a share goes to the test, stratified, seeded, and by
    group where the table has one: the group becomes a folder inside the class.

    Raises:
        LabelsError: The pictures are not there, or too few.
        UsageError: ``out`` is there already.
        OutputError: A file cannot be made.
    """
    if out.exists():
        msg = f"{str(out)!r} is there already; --out names a new folder"
        raise UsageError(msg)
    there = tuple(one for one in labels if os.path.isfile(_source(images, one)))  # noqa: PTH113 - bytes
    present = set(there)
    absent = tuple(one.path for one in labels if one not in present)
    if not there:
        msg = f"none of {len(labels)} pictures is in {str(images)!r} ({on_screen(absent[0])} ...)"
        raise LabelsError(msg)
    check_both("labelled", there)
    if not any(one.split for one in there):
        train, test = split_off(there, share, seed)
        parts = [("train", one) for one in train] + [("test", one) for one in test]
    else:
        parts_of(there)  # the splits have names that mean something
        parts = [(one.split or "train", one) for one in there]
    counts: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    for done, (part, one) in enumerate(parts, start=1):
        folder = f"{part}/{_FOLDERS.get(one.label, _REAL)}"
        try:
            ways[_put(_source(images, one), _target(out, folder, one))] += 1
        except OSError as error:
            raise OutputError.of(out, error) from error
        counts[folder] += 1
        progress(done, len(parts))
    return Prepared(dict(sorted(counts.items())), dict(sorted(ways.items())), absent)


def _source(images: Path, one: Labelled) -> bytes:
    return os.path.join(bytes(images), from_visible(one.path))  # noqa: PTH118 - bytes


def _target(out: Path, folder: str, one: Labelled) -> bytes:
    """A flat name, so that two pictures of one name from different folders do not collide."""
    flat = from_visible(one.path).strip(b"/").replace(b"/", b"__")
    group = one.group.replace("/", "_").strip(".")
    place = f"{folder}/{group}" if group else folder
    return os.path.join(bytes(out), place.encode(), flat)  # noqa: PTH118 - bytes


def _put(source: bytes, target: bytes) -> str:
    os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120 - bytes
    try:
        os.link(os.path.realpath(source), target)
    except FileExistsError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
        return "copy"
    return "hard link"
