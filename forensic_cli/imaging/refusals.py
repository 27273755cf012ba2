"""Why a file is not scored: a word of the closed list, and a sentence fit for a court.

Reasons hold no addresses, times or paths, so that they are the same in every run.
"""

import re
import struct

from PIL import Image

from forensic_cli.errors import ItemRefusedError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.imaging import heif
from forensic_cli.imaging.codings import coding_that_failed
from forensic_cli.imaging.damage.examine import EXAMINED, damage_of
from forensic_cli.records import Status

MAX_TEXT_CHUNK = 16 * 1024 * 1024
"""Bytes of one description of a PNG, unpacked, at most."""
_TEXT_LIMITS = ("MAX_TEXT_CHUNK", "MAX_TEXT_MEMORY")
_ADDRESS = re.compile(r"<[^<>]* at 0x[0-9a-fA-F]+>")
_TRUNCATION = re.compile(
    # Not "Truncated gAMA chunk": a chunk that is too short in a file that is whole.
    r"truncat(?!ed [a-z]{4} chunk)|unexpected end|not enough (image )?data|insufficient input data"
    r"|end of file|reached EOF",
    re.IGNORECASE,
)
_NAMES = {"WEBP": "WebP", "JPEG2000": "JPEG 2000", "PPM": "Netpbm"}


def unsupported(name: str) -> ItemRefusedError:
    """A picture format, or a coding, that is named and not decoded."""
    reason = f"{name} is not among the formats that are decoded"
    return ItemRefusedError(Status.UNSUPPORTED_FORMAT, reason)


def too_many_pixels(said: str) -> ItemRefusedError:
    """A picture beyond the limit; ``said`` begins the sentence."""
    reason = f"{said} more pixels than --max-pixels {Image.MAX_IMAGE_PIXELS}"
    return ItemRefusedError(Status.TOO_MANY_PIXELS, reason)


def is_over_text_limit(error: Exception) -> bool:
    """Whether Pillow stopped at one of its limits for descriptions."""
    return any(limit in str(error) for limit in _TEXT_LIMITS)


def decoder_stopped(data: bytes, form: str | None, error: Exception) -> ItemRefusedError:
    """What a decoder's exception means.

    Args:
        data: The whole file.
        form: Its format by content, None where only the decoder knew it.
        error: What it raised.
    """
    text = " ".join(_ADDRESS.sub("object", str(error)).split())
    if is_over_text_limit(error):
        reason = f"its text or profile chunks hold more than {MAX_TEXT_CHUNK} bytes"
        return ItemRefusedError(Status.TOO_LARGE, reason)
    if form == heif.FORMAT and heif.UNSUPPORTED in text:
        return unsupported(f"HEIF in another coding than HEVC ({on_screen(text)})")
    if form is not None:
        if (coding := coding_that_failed(data, form, text)) is not None:
            return unsupported(coding)
        if (damage := damage_of(data, form)) is not None:
            return ItemRefusedError(damage.status, damage.reason)
    name = "picture" if form is None else _NAMES.get(form, form)
    said = f"the decoder says: {on_screen(text)}" if text else "the decoder gives no reason"
    missing = form not in EXAMINED and (
        isinstance(error, EOFError | struct.error) or "unpack" in text
    )
    if missing or _TRUNCATION.search(text):
        return ItemRefusedError(Status.TRUNCATED, f"the {name} data are incomplete; {said}")
    return ItemRefusedError(Status.CORRUPT, f"the {name} data are damaged; {said}")
