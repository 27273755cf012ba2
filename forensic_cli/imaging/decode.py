"""Decode one file's bytes with Pillow, by the project's policy (docs/decoding.md).

The first frame, as opened; no draft, no thumbnail, no rescue of truncated files: a picture is
decoded whole or refused with a word of the closed list.
"""

import struct
import warnings
from importlib.metadata import version

import PIL
from PIL import Image, PngImagePlugin, features

from forensic_cli.errors import ItemRefusedError
from forensic_cli.flags import Flag
from forensic_cli.imaging import heif
from forensic_cli.imaging.codings import coding_not_decoded
from forensic_cli.imaging.damage.examine import damage_of
from forensic_cli.imaging.damage.finding import Damage
from forensic_cli.imaging.damage.jpeg import jpeg_damage
from forensic_cli.imaging.descriptions import without_descriptions
from forensic_cli.imaging.formats import sniff
from forensic_cli.imaging.native import jpeg_warnings
from forensic_cli.imaging.native import library as native
from forensic_cli.imaging.notes import (
    NOTES,
    Notes,
    another_has_more,
    is_blank,
    notice_loaded,
    noticed,
)
from forensic_cli.imaging.opening import known_to_pillow, opened
from forensic_cli.imaging.refusals import (
    MAX_TEXT_CHUNK,
    decoder_stopped,
    is_over_text_limit,
    too_many_pixels,
    unsupported,
)
from forensic_cli.imaging.structure.tiff import beginning_with, main_page, pages
from forensic_cli.records import Status

_LIBRARIES = ("jpg", "zlib", "libtiff", "webp", "avif", "jpg_2000", "libjpeg_turbo")


def configure(max_pixels: int) -> None:
    """Set Pillow's process-wide limits; call once before decoding.

    Args:
        max_pixels: Larger pictures are refused from their header, before memory is taken.
    """
    Image.MAX_IMAGE_PIXELS = max_pixels
    native.keep_in_one_piece(max_pixels)
    # Large generator workflows and colour profiles make sound PNG fail at the default of 1 MiB.
    PngImagePlugin.MAX_TEXT_CHUNK = MAX_TEXT_CHUNK
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
    versions["simplejpeg"] = version("simplejpeg")
    return versions | {"libheif": heif.libheif_version(), "resize": native.in_words()}


def decode(data: bytes, *, allow_damaged: bool = False) -> Image.Image:
    """The picture in a file, decoded, in its stored mode and orientation.

    Args:
        data: The whole file.
        allow_damaged: Whether a picture is made of damaged data, as far as the decoder makes one.

    Returns:
        A loaded Pillow image; ``format`` says what it was by content, ``info[NOTES]`` what is
        remarkable about it.

    Raises:
        ItemRefusedError: Empty, no picture, not a supported one, too large, or damaged.
    """
    if not data:
        raise ItemRefusedError(Status.EMPTY_FILE, "the file has no content")
    announced = sniff(data) or known_to_pillow(data)
    if announced is not None and not announced[1]:
        raise unsupported(announced[0])
    form = announced[0] if announced else None
    if form is not None and (coding := coding_not_decoded(data, form)) is not None:
        raise unsupported(coding)
    is_picture = form is not None
    try:
        image, flags = _opened(data, form)
        is_picture = True
        _check_pixels(image)
        content = form or image.format or ""
        notes = noticed(image, data, content)
        notes.flags |= flags | _loaded(image, data, content, allow_damaged=allow_damaged)
        notice_loaded(image, data, content, notes)
        _compare_frames(image, data, form, notes)
        image.info[NOTES] = notes
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        msg = "it has"
        raise too_many_pixels(msg) from error
    except ItemRefusedError:
        raise
    except MemoryError as error:
        reason = "decoding needs more memory than there is"
        raise ItemRefusedError(Status.OUT_OF_MEMORY, reason) from error
    except Exception as error:
        # Damaged files raise nearly anything: SyntaxError, struct.error, TypeError, ...
        if not is_picture:
            what = "no picture format by its content" if any(data) else "nothing but zero bytes"
            raise ItemRefusedError(Status.NOT_AN_IMAGE, what) from error
        raise decoder_stopped(data, form, error) from error
    return image


def _opened(data: bytes, form: str | None) -> tuple[Image.Image, set[Flag]]:
    """The picture with its header read, without its descriptions where they are damaged."""
    if form == "TIFF":
        data = _with_main_page_first(data)
    try:
        return opened(data, form), set()
    except Exception as error:
        bare = without_descriptions(data, form)
        if bare is None or is_over_text_limit(error) or damage_of(data, form or "") is not None:
            raise
        try:
            image = opened(bare[0], form)
        except Exception:  # noqa: BLE001 - then it was not the descriptions
            raise error from None
        lost = {Flag.EXIF_ERROR} if bare[1] else set()
        return image, {Flag.DAMAGED_METADATA, *lost}


def _with_main_page_first(data: bytes) -> bytes:
    """A TIFF whose picture Pillow finds: the first page may be a small copy of it."""
    try:
        found = list(pages(data))
    except (struct.error, OverflowError):
        return data
    page = main_page(found) if found else None
    return data if page is None or page.index == 0 else beginning_with(data, page)


def _loaded(image: Image.Image, data: bytes, form: str, *, allow_damaged: bool) -> set[Flag]:
    """Have a picture decoded, and its file looked at for damage.

    That comes first: of a large progressive JPEG both would not fit in memory. But where libjpeg's
    warnings are heard, data are looked at only where there were any.
    """
    if form != "JPEG" or not jpeg_warnings.is_listening():
        flags = _judged(damage_of(data, form), allow_damaged=allow_damaged)
        image.load()
        return flags
    before = jpeg_warnings.heard()
    image.load()
    is_quiet = jpeg_warnings.heard() == before
    return _judged(jpeg_damage(data, was_decoded=is_quiet), allow_damaged=allow_damaged)


def _judged(damage: Damage | None, *, allow_damaged: bool) -> set[Flag]:
    if damage is not None and not allow_damaged:
        raise ItemRefusedError(damage.status, damage.reason)
    return set() if damage is None else {Flag.DAMAGED_DATA}


def _compare_frames(image: Image.Image, data: bytes, form: str | None, notes: Notes) -> None:
    """See whether the frame that is scored is blank, and another one is not."""
    if Flag.ANIMATED in notes.flags and is_blank(image) and another_has_more(opened(data, form)):
        notes.flags.add(Flag.BLANK_FIRST_FRAME)


def _check_pixels(image: Image.Image) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        msg = f"{image.width} x {image.height} are"
        raise too_many_pixels(msg)
