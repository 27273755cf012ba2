"""The pictures that are measured: made here, all different, equal on every machine."""

import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

KINDS = {
    "PNG 0.4 MP": ("PNG", (512, 768)),
    "JPEG 3 MP": ("JPEG", (2000, 1500)),
    "JPEG 12 MP": ("JPEG", (4000, 3000)),
}
_BASES = 24


def made(kind: str, count: int, cache: Path) -> Path:
    """A folder of pictures, made where the cache does not have it.

    Two dozen pictures are drawn; the files differ in a comment, so that none is a copy of another
    for a program that knows equal content.
    """
    form, size = KINDS[kind]
    folder = cache / f"{kind.replace(' ', '-')}-{count}"
    if not folder.exists():
        draft = folder.with_suffix(".draft")
        draft.mkdir(parents=True, exist_ok=True)
        bases = [_encoded(drawn(size, index), form) for index in range(min(_BASES, count))]
        for index in range(count):
            data = _commented(bases[index % len(bases)], form, f"picture {index}".encode())
            (draft / f"{index:05d}.{form.lower()}").write_bytes(data)
        draft.rename(folder)
    return folder


def drawn(size: tuple[int, int], index: int) -> Image.Image:
    """A picture with soft shapes, edges and grain, of its own colour and contrast."""
    generator = np.random.default_rng((305, index))
    width, height = size
    cell = int(generator.choice([16, 32, 64, 128]))
    coarse = generator.integers(0, 256, (height // cell + 2, width // cell + 2, 3), np.uint8)
    filter_ = Image.Resampling.NEAREST if index % 3 == 0 else Image.Resampling.BICUBIC
    picture = np.asarray(Image.fromarray(coarse).resize(size, filter_), np.float32)
    grain = generator.normal(0, generator.uniform(1, 8), picture.shape[:2])[..., None]
    tint = generator.uniform(0.4, 1.0, 3)
    return Image.fromarray(np.clip((picture + grain) * tint, 0, 255).astype(np.uint8))


def _encoded(picture: Image.Image, form: str) -> bytes:
    stream = BytesIO()
    picture.save(stream, form, quality=90)
    return stream.getvalue()


def _commented(data: bytes, form: str, text: bytes) -> bytes:
    if form == "JPEG":  # COM behind SOI; ISO/IEC 10918-1, B.2.4.5
        return data[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + data[2:]
    chunk = b"tEXtComment\0" + text  # before IEND, the last twelve bytes; PNG, 11.3.3
    framed = (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return data[:-12] + framed + data[-12:]
