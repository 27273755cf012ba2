"""The steps a picture goes through on the host, as values and as the card writes them.

Steps carry the names of the operations that perform them: Pillow's (``imaging/preprocess.py``),
and OpenCV's where the name says so (``imaging/opencv.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass
from typing import Literal

Filter = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
FILTERS: tuple[Filter, ...] = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
Offset = Literal["floor", "half_even"]
OFFSETS: tuple[Offset, ...] = ("floor", "half_even")
MAX_SIDE = 4096


@dataclass(frozen=True, slots=True)
class ExifTranspose:
    """Turn the picture upright as its EXIF orientation says."""


@dataclass(frozen=True, slots=True)
class ConvertRgb:
    """Convert to 8-bit RGB by Pillow's rules; alpha is dropped, profiles are ignored."""


@dataclass(frozen=True, slots=True)
class ResizeSquash:
    """Resize to exactly this size (pixels), whatever the shape was."""

    height: int
    width: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class ResizeShortestEdge:
    """Resize so that the shorter side has ``edge`` pixels; the longer is ``int(edge*long/short)``.

    The rounding is that of torchvision's Resize and of the Hugging Face image processors.
    """

    edge: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class CenterCrop:
    """Cut the middle (pixels).

    The offset is half of what is left over: rounded down (Hugging Face), or to the even neighbour
    (``round`` in torchvision, and in timm, which uses it).
    """

    height: int
    width: int
    offset: Offset = "floor"


@dataclass(frozen=True, slots=True)
class NativeCrop:
    """Cut the middle (pixels) at native resolution, on the grid of eight pixels that JPEG codes in.

    The offset is half of what is left over, rounded down to a multiple of eight. A picture that is
    smaller goes on as in mirrors at its right and lower edge. Nothing is ever resampled.
    """

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Pad:
    """Put one grey round a picture that is smaller, so that it is in the middle.

    Attributes:
        height: Pixels that the picture has at least then; 0: as many as its longer side.
        width: The same.
        fill: The grey, 0 is black. Of an odd rest, the smaller half is before the picture.
    """

    height: int = 0
    width: int = 0
    fill: int = 0


@dataclass(frozen=True, slots=True)
class FiveCrop:
    """The four corners and the middle (pixels), as torchvision's ``FiveCrop``.

    The model answers each; its logits are their mean. A smaller picture is refused.
    """

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class TenCrop:
    """The same of the picture and of its mirror image, as torchvision's ``TenCrop``."""

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Bgr:
    """Give the network blue first; mean and deviation are in its order, too."""


@dataclass(frozen=True, slots=True)
class OpenCvDenoise:
    """``fastNlMeansDenoisingColored`` on the picture in OpenCV's channel order."""

    h: float
    h_color: float
    template: int
    search: int


@dataclass(frozen=True, slots=True)
class OpenCvEqualizeLuma:
    """``equalizeHist`` of Y in OpenCV's YUV."""


@dataclass(frozen=True, slots=True)
class OpenCvResize:
    """``resize`` to exactly this size (pixels), INTER_LINEAR: no antialiasing, unlike Pillow's."""

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class OpenCvResizeLongest:
    """``resize`` so that the longer side has ``edge`` pixels, INTER_LINEAR, halves to even.

    As albumentations' ``LongestMaxSize``.
    """

    edge: int


OpenCvStep = OpenCvDenoise | OpenCvEqualizeLuma | OpenCvResize | OpenCvResizeLongest
CropStep = CenterCrop | NativeCrop | Pad | FiveCrop | TenCrop
HostStep = (
    ExifTranspose | ConvertRgb | ResizeSquash | ResizeShortestEdge | Bgr | CropStep | OpenCvStep
)

_NAMES: dict[type[HostStep], Mapping[str, str]] = {
    ExifTranspose: {"step": "exif_transpose"},
    ConvertRgb: {"step": "rgb"},
    ResizeSquash: {"step": "resize", "mode": "squash"},
    ResizeShortestEdge: {"step": "resize", "mode": "shortest_edge"},
    CenterCrop: {"step": "center_crop"},
    NativeCrop: {"step": "native_crop"},
    Pad: {"step": "pad"},
    FiveCrop: {"step": "five_crop"},
    TenCrop: {"step": "ten_crop"},
    Bgr: {"step": "bgr"},
    OpenCvDenoise: {"step": "opencv_denoise"},
    OpenCvEqualizeLuma: {"step": "opencv_equalize_luma"},
    OpenCvResize: {"step": "opencv_resize"},
    OpenCvResizeLongest: {"step": "opencv_resize_longest"},
}


def step_record(step: HostStep) -> dict[str, object]:
    """A step as the card writes it."""
    return {**_NAMES[type(step)], **asdict(step)}


def step_from_json(document: object) -> HostStep:
    """A step as the card has it.

    Raises:
        ValueError: Unknown, incomplete or out of range, named.
    """
    if not isinstance(document, dict):
        msg = f"a host step must be an object, not {document!r}"
        raise ValueError(msg)  # noqa: TRY004 - of the card's content, like the others
    for kind, name in _NAMES.items():
        if all(document.get(key) == value for key, value in name.items()):
            return _made(kind, name, document)
    known = ", ".join(dict.fromkeys(name["step"] for name in _NAMES.values()))
    asked = document.get("step")
    if asked == "resize":
        msg = f"resize.mode must be squash or shortest_edge, not {document.get('mode')!r}"
    else:
        msg = f"unknown host step {asked!r}; known are {known}"
    raise ValueError(msg)


def _made(kind: type[HostStep], name: Mapping[str, str], document: dict[str, object]) -> HostStep:
    fields = kind.__dataclass_fields__
    known = {key: field for key, field in fields.items() if key in document}
    optional = {key for key, field in fields.items() if field.default is not MISSING}
    missing = fields.keys() - known.keys() - optional
    if missing or document.keys() != name.keys() | known.keys():
        wanted = ", ".join([*name, *fields])
        msg = f"the step {name['step']} must be an object with exactly {wanted}"
        raise ValueError(msg)
    make: Callable[..., HostStep] = kind
    least = 0 if kind is Pad else 1
    return make(**{key: _checked(key, document[key], least) for key in known})


def _checked(key: str, value: object, least: int) -> object:
    if key in {"height", "width", "edge"}:
        return _whole(value, least, MAX_SIDE, "a side must be a whole number of pixels")
    if key == "fill":
        return _whole(value, 0, 255, "fill must be a whole number")
    if key in {"template", "search"}:
        return _whole(value, 1, 99, f"{key} must be a whole number of pixels")
    if key == "filter":
        return _one_of(value, FILTERS, key)
    if key == "offset":
        return _one_of(value, OFFSETS, key)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:  # noqa: PLR2004 - a filter strength
        return float(value)
    msg = f"{key} must be a number from 0 to 100, not {value!r}"
    raise ValueError(msg)


def _whole(value: object, least: int, most: int, rule: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        msg = f"{rule} from {least} to {most}, not {value!r}"
        raise ValueError(msg)
    return value


def _one_of(value: object, known: tuple[str, ...], key: str) -> str:
    if value not in known:
        msg = f"{key} must be one of {', '.join(known)}, not {value!r}"
        raise ValueError(msg)
    return str(value)
