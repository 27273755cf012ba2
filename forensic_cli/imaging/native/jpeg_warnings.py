"""Whether Pillow's libjpeg had anything to say of a picture, which Pillow itself does not tell.

``listen`` has to come before Pillow is imported (``__init__.py`` of ``imaging`` and
``decode_workers``): the library that it loads (``heard.c``) stands between Pillow and libjpeg.
Where it was not compiled, or Pillow was there first, nothing is heard; then whoever asks has to
look for damage by other means.
"""

import ctypes
import hashlib
import sys
from functools import cache
from pathlib import Path

_PATH = Path(__file__).with_name("heard.so")
_PILLOW = "PIL._imaging"


@cache
def listen() -> ctypes.CDLL | None:
    """Load the library; None where there is none of this version, or it is too late."""
    if _PILLOW in sys.modules:
        return None
    try:
        current = hashlib.sha256(_PATH.with_suffix(".c").read_bytes()).hexdigest()
        library = ctypes.CDLL(str(_PATH))
        library.revision.restype = ctypes.c_char_p
        if library.revision() != current.encode():
            return None  # left from an earlier version
        library = ctypes.CDLL(str(_PATH), ctypes.RTLD_GLOBAL)
    except (OSError, AttributeError):
        return None
    library.warnings.restype = ctypes.c_long
    return library


def heard() -> int:
    """Warnings of libjpeg so far in this process; 0 where nothing is heard."""
    library = listen()
    return 0 if library is None else int(library.warnings())


@cache
def is_listening() -> bool:
    """Whether warnings arrive: tried with a picture whose data stop."""
    if listen() is None:
        return False
    from io import BytesIO  # noqa: PLC0415 - Pillow must not be there before

    from PIL import Image  # noqa: PLC0415

    stream = BytesIO()
    Image.linear_gradient("L").rotate(30).save(stream, "JPEG")
    cut = stream.getvalue()[: stream.tell() // 2] + b"\xff\xd9"
    before = heard()
    Image.open(BytesIO(cut)).load()
    return heard() > before
