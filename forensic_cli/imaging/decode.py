"""Decode one file's bytes with Pillow, by the project's policy (docs/decoding.md).

The first frame, as opened; no draft, no thumbnail, no rescue of truncated files: a picture is
decoded whole or refused with a word of the closed list. Reasons hold no addresses, times or
paths, so that they are the same in every run.
"""

import re
import struct
import warnings
from functools import cache
from importlib import import_module
from io import BytesIO

import PIL
from PIL import Image, PngImagePlugin, features

from forensic_cli.errors import ItemRefusedError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.imaging import gif, heif
from forensic_cli.imaging.depth import is_deep
from forensic_cli.imaging.extent import ends_early
from forensic_cli.imaging.formats import DECODED, sniff
from forensic_cli.imaging.native import library as native
from forensic_cli.records import Status

HIGH_BIT_DEPTH = "dfc-classify.high_bit_depth"
"""Key of ``Image.info``: whether the file held more than eight bits per channel."""
ANIMATED = "dfc-classify.animated"
"""Key of ``Image.info``: whether the file held more than the picture that is decoded."""

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
_DNG_VERSION, _NEW_SUBFILE_TYPE, _SUB_IFDS = 50706, 254, 330
_MAX_TEXT_CHUNK = 16 * 1024 * 1024
_TEXT_LIMITS = ("MAX_TEXT_CHUNK", "MAX_TEXT_MEMORY")
_ADDRESS = re.compile(r"<[^<>]* at 0x[0-9a-fA-F]+>")
_TRUNCATION = re.compile(
    # Not "Truncated gAMA chunk": a chunk that is too short in a file that is whole.
    r"truncat(?!ed [a-z]{4} chunk)|unexpected end|not enough (image )?data|insufficient input data"
    r"|end of file|reached EOF",
    re.IGNORECASE,
)
_LIBRARIES = ("jpg", "zlib", "libtiff", "webp", "avif", "jpg_2000", "libjpeg_turbo")


def configure(max_pixels: int) -> None:
    """Set Pillow's process-wide limits; call once before decoding.

    Args:
        max_pixels: Larger pictures are refused from their header, before memory is taken.
    """
    Image.MAX_IMAGE_PIXELS = max_pixels
    native.keep_in_one_piece(max_pixels)
    # Large generator workflows and colour profiles make sound PNG fail at the default of 1 MiB.
    PngImagePlugin.MAX_TEXT_CHUNK = _MAX_TEXT_CHUNK
    warnings.filterwarnings("ignore", module=r"PIL\.")
    # Between one and two times the limit Pillow only warns: that is a refusal too.
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def library_versions() -> dict[str, str]:
    """What turns bytes into pixels: Pillow, the libraries inside it, and what resizes."""
    versions = {"pillow": PIL.__version__}
    for name in _LIBRARIES:
        found = features.version(name)
        if found:
            versions[name] = found
    return versions | {"libheif": heif.libheif_version(), "resize": native.in_words()}


def decode(data: bytes) -> Image.Image:
    """The picture in a file, decoded, in its stored mode and orientation.

    Args:
        data: The whole file.

    Returns:
        A loaded Pillow image; ``format`` says what it was by content.

    Raises:
        ItemRefusedError: Empty, no picture, not a supported one, too large, or damaged.
    """
    if not data:
        raise ItemRefusedError(Status.EMPTY_FILE, "the file has no content")
    announced = sniff(data) or _known_to_pillow(data)
    if announced is not None and not announced[1]:
        raise _unsupported(announced[0])
    opened = False
    try:
        image = _opened(data, announced[0] if announced else None)
        opened = True
        _check_pixels(image)
        _refuse_preview(image)
        deep = is_deep(image, data)
        image.load()
        image.info[HIGH_BIT_DEPTH] = deep
        image.info[ANIMATED] = _is_animated(image, data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        msg = "it has"
        raise _too_many_pixels(msg) from error
    except ItemRefusedError:
        raise
    except MemoryError as error:
        reason = "decoding needs more memory than there is"
        raise ItemRefusedError(Status.OUT_OF_MEMORY, reason) from error
    except Exception as error:
        # Damaged files raise nearly anything: SyntaxError, struct.error, TypeError, ...
        if announced is None and not opened:
            what = "no picture format by its content" if any(data) else "nothing but zero bytes"
            raise ItemRefusedError(Status.NOT_AN_IMAGE, what) from error
        raise _damaged(data, announced, error) from error
    return image


def _opened(data: bytes, announced: str | None) -> Image.Image:
    """A picture whose header is read.

    A format that was announced is opened by its own plugin: Pillow's search among all of them
    would replace what the plugin says of a damaged header by "cannot identify".
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


@cache
def _load(form: str) -> None:
    """Make Pillow know a format. Each is loaded when it is met: workers start sooner so."""
    if form == heif.FORMAT:
        heif.register()
        return
    plugin = import_module(f"PIL.{_PLUGINS[form]}ImagePlugin")
    if form == "AVIF":
        plugin.DEFAULT_MAX_THREADS = 1  # type: ignore[attr-defined] # pictures run side by side


def _is_animated(image: Image.Image, data: bytes) -> bool:
    """Only where the header says so: the properties of some plugins seek through the file."""
    if image.format == "GIF":
        return gif.is_animated(data)
    kind = str(vars(image).get("custom_mimetype"))
    return bool(vars(image).get("is_animated")) or kind.endswith("-sequence")


def _check_pixels(image: Image.Image) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        msg = f"{image.width} x {image.height} are"
        raise _too_many_pixels(msg)


def _too_many_pixels(said: str) -> ItemRefusedError:
    reason = f"{said} more pixels than --max-pixels {Image.MAX_IMAGE_PIXELS}"
    return ItemRefusedError(Status.TOO_MANY_PIXELS, reason)


def _unsupported(name: str) -> ItemRefusedError:
    reason = f"{name} is not among the formats that are decoded"
    return ItemRefusedError(Status.UNSUPPORTED_FORMAT, reason)


def _known_to_pillow(data: bytes) -> tuple[str, bool] | None:
    """The format that one of Pillow's other plugins claims; the plugin itself is not run."""
    Image.init()
    prefix = data[:_PREFIX]
    for name, (_, accept) in Image.OPEN.items():
        asked = name not in DECODED and name not in _LOOSE
        if asked and accept is not None and accept(prefix) is True:
            return name, False
    return None


def _refuse_preview(image: Image.Image) -> None:
    """Camera raw in a TIFF: what Pillow would decode is the preview, not the picture."""
    tags = getattr(image, "tag_v2", {})
    subfile = tags.get(_NEW_SUBFILE_TYPE)
    reduced = isinstance(subfile, int) and subfile & 1  # a sound picture may carry nonsense there
    if _DNG_VERSION in tags or (reduced and _SUB_IFDS in tags):
        msg = "camera raw (a TIFF with a preview)"
        raise _unsupported(msg)


def _damaged(data: bytes, announced: tuple[str, bool] | None, error: Exception) -> ItemRefusedError:
    text = " ".join(_ADDRESS.sub("object", str(error)).split())
    if any(limit in text for limit in _TEXT_LIMITS):
        reason = f"its text or profile chunks hold more than {_MAX_TEXT_CHUNK} bytes"
        return ItemRefusedError(Status.TOO_LARGE, reason)
    if announced == (heif.FORMAT, True) and heif.UNSUPPORTED in text:
        return _unsupported(f"HEIF in another coding than HEVC ({on_screen(text)})")
    said = on_screen(f"{type(error).__name__}: {text}" if text else type(error).__name__)
    reason = f"the decoder stopped: {said}"
    if _TRUNCATION.search(text):
        return ItemRefusedError(Status.TRUNCATED, reason)
    early = ends_early(data, announced[0]) if announced is not None else None
    if early:
        reason += "; the file ends before its own structure does"
    missing = isinstance(error, EOFError | struct.error) or "unpack" in text
    if early or (early is None and missing):
        return ItemRefusedError(Status.TRUNCATED, reason)
    return ItemRefusedError(Status.CORRUPT, reason)
