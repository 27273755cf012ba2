"""The host step that never resamples."""

import numpy as np
import pytest
from PIL import Image

from forensic_cli.imaging.preprocess import perform
from forensic_cli.model_card.steps import NativeCrop, step_from_json, step_record


def numbered(width: int, height: int) -> Image.Image:
    rows, columns = np.mgrid[:height, :width]
    return Image.fromarray(np.stack((rows, columns, rows ^ columns), axis=2).astype(np.uint8))


@pytest.mark.parametrize(
    ("size", "corner"),
    [((64, 64), (0, 0)), ((80, 64), (8, 0)), ((79, 95), (0, 8)), ((96, 100), (16, 16))],
)
def test_the_middle_on_the_grid_of_eight(size: tuple[int, int], corner: tuple[int, int]) -> None:
    made = np.asarray(perform(NativeCrop(64, 64), numbered(*size)))
    left, top = corner
    whole = np.asarray(numbered(*size))
    assert np.array_equal(made, whole[top : top + 64, left : left + 64])


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (63, 65), (20, 30)])
def test_smaller_pictures_go_on_as_in_mirrors(size: tuple[int, int]) -> None:
    width, height = size
    made = np.asarray(perform(NativeCrop(64, 64), numbered(width, height)))
    assert made.shape == (64, 64, 3)
    shown_width, shown_height = min(width, 64), min(height, 64)
    whole = np.asarray(numbered(width, height))
    top = max(0, (height - 64) // 2) // 8 * 8
    assert np.array_equal(made[:shown_height, :shown_width], whole[top : top + shown_height])
    if width < 64:  # the first mirrored column is the last real one
        assert np.array_equal(made[:, width], made[:, width - 1])


def test_a_card_can_say_it() -> None:
    step = NativeCrop(256, 320)
    assert step_record(step) == {"step": "native_crop", "height": 256, "width": 320}
    assert step_from_json(step_record(step)) == step
    with pytest.raises(ValueError, match="whole number of pixels"):
        step_from_json({"step": "native_crop", "height": 0, "width": 9})
