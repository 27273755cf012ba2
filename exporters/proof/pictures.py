"""Varied pictures made in code, to compare an export with its source: the same everywhere."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensic_cli.imaging.decode import configure, decode
from forensic_cli.settings import DEFAULT_MAX_PIXELS

COUNT = 64
_SEED = 305
_SHORTEST, _LONGEST = 60, 400


def pictures(count: int = COUNT) -> Iterator[Image.Image]:
    """Upright RGB pictures of many shapes: smooth, coarse, noisy, striped, plain, black and white.

    Args:
        count: How many; the first ones do not depend on it.

    Yields:
        Pillow images, through the project's own decoder, as evidence is.
    """
    configure(DEFAULT_MAX_PIXELS)
    random = np.random.default_rng(_SEED)
    for index in range(count):
        height, width = (int(side) for side in random.integers(_SHORTEST, _LONGEST, 2))
        made = Image.fromarray(_drawn(index, height, width, random))
        stream = BytesIO()
        made.save(stream, "PNG", compress_level=1)
        yield decode(stream.getvalue())


def _drawn(
    index: int, height: int, width: int, random: np.random.Generator
) -> npt.NDArray[np.uint8]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    match index % 8:
        case 0 | 1 | 2:  # colour fields of several coarsenesses
            cells = random.integers(0, 256, (2 + index % 5, 3 + index % 4, 3), dtype=np.uint8)
            return np.asarray(Image.fromarray(cells).resize((width, height)))
        case 3:  # noise upon a colour
            colour = random.integers(40, 216, 3)
            noisy: npt.NDArray[np.float64] = np.clip(
                colour + random.normal(0, 4 + index, (height, width, 3)), 0, 255
            )
            return noisy.astype(np.uint8)
        case 4:  # stripes that resizing has to deal with
            phase = x * (0.1 + 0.05 * index) + y * 0.07 * (index % 3)
            bands: npt.NDArray[np.float32] = 127.5 + 127.5 * np.sin(
                phase[:, :, None] + np.array([0, 1, 2], np.float32)
            )
            return bands.astype(np.uint8)
        case 5:  # a gradient
            ramp: npt.NDArray[np.float32] = (x / width + y / height)[:, :, None] * np.array(
                [127, 90, 60], np.float32
            )
            return ramp.astype(np.uint8)
        case 6:  # hard edges
            cells = random.integers(0, 256, (9, 11, 3), dtype=np.uint8)
            size = (width, height)
            return np.asarray(Image.fromarray(cells).resize(size, Image.Resampling.NEAREST))
        case _:  # plain, black and white among them
            level = (0, 255, 128, 40, 200, 90, 10, 245)[index // 8 % 8]
            plain = np.full((height, width, 3), level, np.uint8)
            plain[height // 3 : height // 2, width // 4 : width // 2] = random.integers(0, 256, 3)
            return plain
