"""Open a file with the one plugin of Pillow that its content asks for."""

from functools import cache
from importlib import import_module
from io import BytesIO

from PIL import Image

from forensic_cli.imaging import heif
from forensic_cli.imaging.formats import DECODED

_PREFIX = 16
_PLUGINS = {
    "JPEG": "Jpeg",
    "PNG": "Png",
    "GIF": "Gif",
    "WEBP": "WebP",
    "BMP": "Bmp",
    "DIB": "Bmp",
    "TIFF": "Tiff",
    "AVIF": "Avif",
    "JPEG2000": "Jpeg2K",
    "ICO": "Ico",
    "PPM": "Ppm",
}
_LOOSE = {"XBM", "PCX", "GBR"}
"""Formats for which Pillow takes nearly any text; ``formats.py`` tells them."""


def opened(data: bytes, announced: str | None) -> Image.Image:
    """A picture whose header is read.

    A format that was announced is opened by its own plugin: Pillow's search among all of them
    would replace what the plugin says of a damaged header by "cannot identify".

    Args:
        data: A file.
        announced: Its format by content, None where nothing tells it.

    Raises:
        Exception: Damaged files raise nearly anything.
    """
    stream = BytesIO(data)
    if announced is None:
        for form in DECODED:
            _load(form)
        return Image.open(stream, formats=[*DECODED])
    _load(announced)
    plugin, accept = Image.OPEN[announced]
    if accept is not None and accept(data[:_PREFIX]) is not True:
        msg = "its signature is damaged"
        raise SyntaxError(msg)
    image: Image.Image = plugin(stream, "")
    return image


def known_to_pillow(data: bytes) -> tuple[str, bool] | None:
    """The format that one of Pillow's other plugins claims; the plugin itself is not run."""
    Image.init()
    prefix = data[:_PREFIX]
    for name, (_, accept) in Image.OPEN.items():
        asked = name not in DECODED and name not in _LOOSE
        if asked and accept is not None and accept(prefix) is True:
            return name, False
    return None


@cache
def _load(form: str) -> None:
    """Make Pillow know a format. Each is loaded when it is met: workers start sooner so."""
    if form == heif.FORMAT:
        heif.register()
        return
    plugin = import_module(f"PIL.{_PLUGINS[form]}ImagePlugin")
    if form == "AVIF":
        plugin.DEFAULT_MAX_THREADS = 1  # type: ignore[attr-defined] # pictures run side by side
