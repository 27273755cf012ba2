"""The values that travel through a run: items, outcomes, artifacts, the summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from forensic_cli.flags import Flag, OrientationSource
from forensic_cli.hashing import Digest

LABEL_AI = 0
LABEL_REAL = 1


class Status(StrEnum):
    """How an entry of the evidence ended. The list is closed: no other word reaches an output."""

    SCORED = "scored"
    EMPTY_FILE = "empty_file"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LARGE = "too_large"
    OUT_OF_MEMORY = "out_of_memory"
    TIMEOUT = "timeout"
    DECODER_CRASH = "decoder_crash"
    PERMISSION_DENIED = "permission_denied"
    PATH_TOO_LONG = "path_too_long"
    READ_ERROR = "read_error"
    SYMLINK = "symlink"
    SPECIAL_FILE = "special_file"
    CHANGED_DURING_RUN = "changed_during_run"
    HASH_MISMATCH = "hash_mismatch"
    CONTAINER_INSIDE = "container_inside"
    DOCUMENT = "document"
    VIDEO = "video"
    KNOWN_FILE = "known_file"

    @property
    def leaves_run_complete(self) -> bool:
        """True where an entry of this status is no gap in the examination (it is no picture)."""
        return self in {
            Status.SCORED,
            Status.NOT_AN_IMAGE,
            Status.SYMLINK,
            Status.SPECIAL_FILE,
            Status.KNOWN_FILE,
        }

    @property
    def may_hold_pictures(self) -> bool:
        """True of a file that is no picture, was not opened, and may have pictures in it."""
        return self in {Status.CONTAINER_INSIDE, Status.DOCUMENT, Status.VIDEO}

    @property
    def from_decoder(self) -> bool:
        """True where a decode worker may say so of a file; no other word of its is taken."""
        return self in {
            Status.EMPTY_FILE,
            Status.NOT_AN_IMAGE,
            Status.UNSUPPORTED_FORMAT,
            Status.TRUNCATED,
            Status.CORRUPT,
            Status.TOO_MANY_PIXELS,
            Status.TOO_LARGE,
            Status.OUT_OF_MEMORY,
        }


class Verdict(StrEnum):
    """What verification says of the evidence. The list is closed."""

    INTACT = "intact"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"
    NO_REFERENCE = "no reference"


class ItemKind(IntEnum):
    """What the walk saw under a name, before anything was opened.

    The numbers are part of a listing's digest, by which a resumed run knows its evidence: they
    never change.
    """

    FILE = 0
    SYMLINK = 1
    SPECIAL = 2
    UNREADABLE_FOLDER = 3


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One entry of the evidence.

    Attributes:
        index: Position in the listing, from 0.
        path: Raw bytes of the path below the evidence root, ``/`` between the parts. An
            unreadable folder ends in ``/``.
        size: Bytes, as the listing saw it.
        kind: What the entry is.
    """

    index: int
    path: bytes
    size: int
    kind: ItemKind = ItemKind.FILE


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What decoding found out about a picture.

    Attributes:
        format: Pillow's name of the format, by content.
        width: Pixels as decoded, before the EXIF rotation (decoding turns a TIFF or a HEIF upright
            already).
        height: Pixels, as for ``width``.
        mode: Pillow's name of the stored colour mode.
        exif_orientation: How it was turned, by the numbers of EXIF (1 to 8); 0 where nothing says.
        orientation_source: Where that is written.
        rgb_sha256: SHA-256 of the width (4 bytes, big-endian), the height (the same) and the
            8-bit RGB pixels, row by row, after the card's rotation and colour steps.
        appended: What follows the end of the picture: place, size and kind; empty: nothing.
        flags: What is remarkable about it, sorted.
    """

    format: str
    width: int
    height: int
    mode: str
    exif_orientation: int
    orientation_source: OrientationSource
    rgb_sha256: str
    appended: str
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A model's answer for one picture.

    Attributes:
        logits: The raw outputs of the model, in the order of the card's classes.
        p_ai: Probability of label 0, in [0, 1].
        score: Probability of the predicted label, in [0, 1].
        label: 0 = AI, 1 = real.
    """

    logits: tuple[float, ...]
    p_ai: float
    score: float
    label: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """An entry that was scored."""

    item: EvidenceItem
    digests: Mapping[str, Digest]
    facts: ImageFacts
    score: Score


@dataclass(frozen=True, slots=True)
class ItemFailure:
    """An entry that was not scored, in its place, with the reason.

    Attributes:
        item: The entry.
        status: Why, in one word; never ``scored``.
        reason: Why, in a sentence; the same for the same bytes in every run.
        digests: What was hashed, empty where nothing could be read.
    """

    item: EvidenceItem
    status: Status
    reason: str
    digests: Mapping[str, Digest]


ItemOutcome = Prediction | ItemFailure


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file this run wrote: its name, size in bytes, SHA-256, and rows where it has rows."""

    name: str
    size: int
    sha256: str
    rows: int
