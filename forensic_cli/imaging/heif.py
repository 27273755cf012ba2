"""HEIF, the format of many telephones, through libheif: pi-heif is pillow-heif without its encoder.

The encoder of pillow-heif is under the GPL; decoding is the same code in both.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pi_heif

FORMAT = "HEIF"
"""The name under which Pillow has the plugin."""

UNSUPPORTED = "Unsupported"
"""Part of what libheif says of codings that this build of it cannot decode."""

_DEEP = 8


@cache
def register() -> None:
    """Make Pillow open HEIF, on one thread: pictures run side by side already."""
    pi_heif.register_heif_opener(thumbnails=False, aux_images=False, decode_threads=1)


def libheif_version() -> str:
    """The version of the library that decodes."""
    return str(pi_heif.libheif_version())


def is_deep(info: Mapping[Any, Any]) -> bool:
    """Whether a picture's ``info`` says that it was stored with more than eight bits a channel."""
    depth = info.get("bit_depth")
    return isinstance(depth, int) and depth > _DEEP
