"""Small pictures as bytes."""

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image


def png(colour: Sequence[int] = (200, 10, 30), size: tuple[int, int] = (9, 7)) -> bytes:
    return encoded(Image.new("RGB", size, tuple(colour)), "PNG")


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()
