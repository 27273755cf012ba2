"""Statistics of every picture, as they are and as JPEG or another size would leave them; cached.

python -m benchmarks.demonstration_statistics DATA WORK [VARIANT ...]
"""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from joblib import Parallel, delayed
from PIL import Image

from benchmarks.demonstration_data import read_data
from benchmarks.hand_made_numbers import hand_made_numbers
from exporters.architectures.picture_statistics.network import PictureStatistics
from forensic_cli.imaging.decode import decode
from forensic_cli.imaging.preprocess import perform, upright_rgb
from forensic_cli.model_card.steps import NativeCrop

SIDE = 256
QUALITIES = (95, 85, 75, 50)
FACTORS = (0.5, 0.75, 1.5)
VARIANTS = (*(f"jpeg{quality}" for quality in QUALITIES), *(f"size{f}" for f in FACTORS))
_EVERY = 6  # a sixth of the pictures is enough for the variants
_CHUNK = 40


def statistics(data: Path, work: Path, variant: str, side: int = SIDE) -> np.ndarray:
    """N x figures of all pictures (of every sixth for a variant: the others are not numbers)."""
    file = work / f"{variant}.npy"
    if file.is_file():
        made: np.ndarray = np.load(file)
        return made
    paths = read_data(data).path.tolist()
    wanted = [k for k in range(len(paths)) if variant in {"plain", "hand-made"} or k % _EVERY == 0]
    chunks = [wanted[k : k + _CHUNK] for k in range(0, len(wanted), _CHUNK)]
    rows = Parallel(n_jobs=-1, verbose=1)(
        delayed(_of)([data / paths[k] for k in chunk], variant, side) for chunk in chunks
    )
    found = np.concatenate(rows)
    made = np.full((len(paths), found.shape[1]), np.nan, np.float32)
    made[wanted] = found
    work.mkdir(parents=True, exist_ok=True)
    np.save(file, made)
    return made


def _of(files: list[Path], variant: str, side: int) -> np.ndarray:
    torch.set_num_threads(1)
    network = PictureStatistics(2).eval()
    rows = []
    for file in files:
        picture = changed(upright_rgb(decode(file.read_bytes())), variant)
        pixels = np.asarray(perform(NativeCrop(side, side), picture))
        if variant == "hand-made":
            rows.append(hand_made_numbers(pixels))
            continue
        with torch.inference_mode():
            tensor = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
            rows.append(network.statistics(tensor)[0].numpy())
    return np.stack(rows).astype(np.float32)


def changed(picture: Image.Image, variant: str) -> Image.Image:
    """The picture after what happens to pictures on their way."""
    if variant.startswith("jpeg"):
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=int(variant.removeprefix("jpeg")))
        return Image.open(BytesIO(buffer.getvalue())).convert("RGB")
    if variant.startswith("size"):
        factor = float(variant.removeprefix("size"))
        width, height = (max(1, round(side * factor)) for side in picture.size)
        return picture.resize((width, height), Image.Resampling.BICUBIC)
    return picture


if __name__ == "__main__":
    for name in sys.argv[3:] or ("plain", "hand-made", *VARIANTS):
        print(name, statistics(Path(sys.argv[1]), Path(sys.argv[2]), name).shape, flush=True)
