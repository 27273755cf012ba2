"""How much each training picture counts in the loss; the mean is one."""

from collections import Counter
from collections.abc import Sequence

from forensic_cli.ground_truth.labelled import Labelled
from trainers.recipes.recipe import Weighting


def weights_of(pictures: Sequence[Labelled], weighting: Weighting) -> list[float]:
    """A weight per picture.

    Args:
        pictures: The pictures of both classes.
        weighting: ``class``: both classes weigh the same in all; ``group``: besides, a picture
            weighs one over the square root of its group's size, so that a large source does not
            drown the small ones.
    """
    raw = [1.0] * len(pictures)
    if weighting == "none":
        return raw
    if weighting == "group":
        sizes = Counter((picture.label, picture.group) for picture in pictures)
        raw = [
            sizes[picture.label, picture.group] ** -0.5 if picture.group else 1.0
            for picture in pictures
        ]
    totals: Counter[int] = Counter()
    for picture, weight in zip(pictures, raw, strict=True):
        totals[picture.label] += weight  # type: ignore[assignment] # a Counter of floats
    share = len(pictures) / len(totals)
    return [
        share * weight / totals[picture.label]
        for picture, weight in zip(pictures, raw, strict=True)
    ]
