"""A page of pictures with what they are and what they were called above each."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evaluation.pairing import Pair
from forensic_cli.evaluation.plots import blank
from forensic_cli.foundation.path_text import from_visible
from forensic_cli.imaging.decode import decode
from forensic_cli.records import LABEL_AI

_COLUMNS = 5
_ROWS = 4
_SIDE = 256  # pixels of a picture on the page
_INCHES = 2.2


def draw_grid(pairs: Sequence[Pair], evidence: Path) -> Figure:
    """Twenty of the pairs, spread evenly over them; wrong answers in red.

    Args:
        pairs: Answers with their truth, whose names begin with the evidence root's.
        evidence: The folder that the result is of.
    """
    wanted = _COLUMNS * _ROWS
    picked = [pairs[k * len(pairs) // wanted] for k in range(min(wanted, len(pairs)))]
    if len(pairs) <= wanted:
        picked = list(pairs)
    rows = -(-len(picked) // _COLUMNS)
    figure = blank(_COLUMNS * _INCHES, rows * _INCHES * 1.15)
    for place, one in enumerate(picked):
        axes = figure.add_subplot(rows, _COLUMNS, place + 1)
        axes.axis("off")
        color = "black" if one.right else "#b00020"
        axes.set_title(
            f"{_word(one.truth.label)}, called {_word(one.answer.label)}", size=8, color=color
        )
        picture = _picture(evidence, one.answer.name)
        if picture is None:
            axes.text(0.5, 0.5, "cannot be shown", ha="center", va="center", size=8)
        else:
            axes.imshow(picture)
    return figure


def _picture(evidence: Path, name: str) -> npt.NDArray[np.uint8] | None:
    inside = from_visible(name).partition(b"/")[2]
    try:
        data = Path(os.fsdecode(os.path.join(os.fsencode(evidence), inside))).read_bytes()  # noqa: PTH118 - bytes
        image = decode(data).convert("RGB")
    except (OSError, ItemRefusedError):
        return None
    image.thumbnail((_SIDE, _SIDE))
    return np.asarray(image)


def _word(label: int) -> str:
    return "AI" if label == LABEL_AI else "real"
