"""Split a share off: stratified by class, seeded, and never through a group."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

from forensic_cli.errors import LabelsError
from forensic_cli.ground_truth.labelled import Labelled
from trainers.data.collection import check_both

Pictures = tuple[Labelled, ...]


def split_off(pictures: Pictures, share: float, seed: int) -> tuple[Pictures, Pictures]:
    """Those to keep, and about this share of them apart.

    Where pictures have groups (sources), a group is on one side only: pictures of one source are
    alike, and a model that has seen some of them knows the others. Pictures without a group are
    each their own then.

    Args:
        pictures: The pictures of both classes.
        share: Which part of them, about.
        seed: The seed of the choice.

    Raises:
        LabelsError: Too few pictures, or too few groups, for both sides to have both classes.
    """
    labels = np.array([picture.label for picture in pictures])
    if any(picture.group for picture in pictures):
        apart = _by_group(pictures, labels, share, seed)
    else:
        counts = np.bincount(labels, minlength=2)
        if counts.min() < 2:  # noqa: PLR2004 - one for each side
            msg = f"{counts.min()} pictures of one class are too few to split; two are the least"
            raise LabelsError(msg)
        size = min(max(2, round(share * len(pictures))), len(pictures) - 2)
        _, places = train_test_split(
            np.arange(len(pictures)), test_size=size, random_state=seed, stratify=labels
        )
        apart = np.zeros(len(pictures), bool)
        apart[places] = True
    sides = (
        tuple(picture for picture, out in zip(pictures, apart, strict=True) if not out),
        tuple(picture for picture, out in zip(pictures, apart, strict=True) if out),
    )
    for side in sides:
        check_both("split-off", side)
    return sides


def _by_group(pictures: Pictures, labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Of the folds of this share, the one that has both classes and whose size is nearest."""
    groups = np.array([picture.group or f"\0{picture.path}" for picture in pictures])
    fewest = min(len(set(groups[labels == label].tolist())) for label in set(labels.tolist()))
    count = max(2, min(round(1 / share), fewest))
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    wanted = share * np.bincount(labels, minlength=2)
    best, off = None, np.inf
    try:
        for _, places in folds.split(labels, labels, groups):
            counts = np.bincount(labels[places], minlength=2)
            left = np.bincount(labels, minlength=2) - counts
            distance = float(np.abs(counts - wanted).sum())
            if counts.min() and left.min() and distance < off:
                best, off = places, distance
    except ValueError as error:  # fewer groups than folds
        raise _too_few(groups) from error
    if best is None:
        raise _too_few(groups)
    apart = np.zeros(len(pictures), bool)
    apart[best] = True
    return apart


def _too_few(groups: np.ndarray) -> LabelsError:
    return LabelsError(
        f"{len(set(groups.tolist()))} groups are too few to keep one of each class apart; give a "
        "validation part of other sources, a larger --set validation=, or --ignore-groups"
    )
