"""HEIF, the format of many telephones, through libheif: pi-heif is pillow-heif without its encoder.

The encoder of pillow-heif is under the GPL; decoding is the same code in both.
"""

from functools import cache

FORMAT = "HEIF"
"""The name under which Pillow has the plugin."""

UNSUPPORTED = "Unsupported"
"""Part of what libheif says of codings that this build of it cannot decode."""


@cache
def register() -> None:
    """Make Pillow open HEIF, on one thread: pictures run side by side already."""
    import pi_heif  # noqa: PLC0415 - most evidence holds none of it

    pi_heif.register_heif_opener(thumbnails=False, aux_images=False, decode_threads=1)


def libheif_version() -> str:
    """The version of the library that decodes."""
    import pi_heif  # noqa: PLC0415

    return str(pi_heif.libheif_version())
