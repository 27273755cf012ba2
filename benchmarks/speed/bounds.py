"""What a picture costs at least: every stage alone, on one core, without anything around it.

``python -m benchmarks.speed.bounds MODEL.onnx EVIDENCE`` prints CPU seconds per picture.
"""

import json
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from PIL import Image

from forensic_cli.hashing import RECORDED, REPORTED, digest_bytes
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.native import library as native
from forensic_cli.imaging.pixels import Pixels, prepare
from forensic_cli.inference.model_file import read_model
from forensic_cli.inference.session import Session
from forensic_cli.settings import DEFAULT_MAX_PIXELS

T = TypeVar("T")
S = TypeVar("S")
_PICTURES = 32


def each(work: Callable[[S], T], inputs: list[S]) -> tuple[float, list[T]]:
    """CPU seconds per input, the median of three rounds, and the last round's results."""
    rounds = []
    results: list[T] = []
    for _ in range(3):
        results.clear()
        began = time.process_time()
        results += map(work, inputs)
        rounds.append((time.process_time() - began) / len(inputs))
    return sorted(rounds)[1], results


def hugging_face_pixels(data: bytes) -> Image.Image:
    """What transformers does to a file with Pillow: load, transpose, convert, resize."""
    from PIL import ImageOps  # noqa: PLC0415

    image = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    return image.convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)


def pillow_only(data: bytes) -> Image.Image:
    """Decode and resize with Pillow, without its copies."""
    return decode(data).resize((224, 224), Image.Resampling.BICUBIC)


def native_only(data: bytes) -> Image.Image:
    """Decode and resize as this tool does, without facts and digest."""
    image = decode(data)
    found = native.resized(image, (224, 224), Image.Resampling.BICUBIC)
    return found or image.resize((224, 224), Image.Resampling.BICUBIC)


def decoded(data: bytes) -> None:
    """The picture is let go at once, as a worker does."""
    decode(data)


def main() -> None:
    """Measure and print."""
    model, evidence = Path(sys.argv[1]), Path(sys.argv[2])
    configure(DEFAULT_MAX_PIXELS)
    session = Session(read_model(model), "cpu")
    card = session.card.preprocessing
    files = sorted(evidence.iterdir())[:_PICTURES]
    figures: dict[str, float] = {}
    figures["read"], contents = each(Path.read_bytes, files)
    figures["verify_read"] = figures["read"]
    figures["hash"], _ = each(lambda data: digest_bytes(data, RECORDED), contents)
    figures["verify_hash"], _ = each(lambda data: digest_bytes(data, REPORTED), contents)
    figures["decode"], _ = each(decoded, contents)
    both, prepared = each(lambda data: prepare(decode(data), card)[0], contents)
    figures["prepare"] = both - figures["decode"]
    slot = session.slot(2)

    def infer(two: tuple[Pixels, Pixels]) -> None:
        slot.images[:] = two
        slot.run(2)

    per_two, _ = each(infer, list(zip(prepared[0:16:2], prepared[1:16:2], strict=True)))
    figures["infer"] = per_two / 2
    theirs, pixels = each(hugging_face_pixels, contents[:16])
    plain, _ = each(pillow_only, contents[:16])
    own, found = each(native_only, contents[:16])
    figures |= {
        "pixels_hugging_face": theirs,
        "pixels_pillow": plain,
        "pixels_ours": own,
        "pixels_equal": all(
            one.tobytes() == other.tobytes() for one, other in zip(pixels, found, strict=True)
        ),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
