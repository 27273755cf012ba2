"""What a decode worker and its keeper tell each other: small JSON objects, checked on arrival.

Nothing that a worker sends is unpickled: it has had its hands on hostile bytes.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from forensic_cli.decode_workers.confinement.measures import InForce, Measure
from forensic_cli.errors import InternalError, ItemRefusedError
from forensic_cli.flags import Flag, OrientationSource
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.imaging.formats import EXTENSIONS
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import ImageFacts, Status

_LONGEST_REASON = 1000
_MODE = re.compile("[A-Za-z0-9;]{1,20}")
_LARGEST_NUMBER = (1 << 31) - 1
_ORIENTATIONS = range(9)
_SHA256 = re.compile("[0-9a-f]{64}")
_WORD = re.compile("[A-Za-z0-9_ -]{1,40}")


@dataclass(frozen=True, slots=True)
class DecodeTask:
    """What a worker is told once.

    Attributes:
        preprocessing: The card's steps.
        max_pixels: Larger pictures are refused.
        seconds: Wall-clock time that one file may take.
        address_space: Bytes that the process may map, libraries included.
        allow_damaged: Whether a picture is made of damaged data, as far as that goes.
        must_be_confined: Whether to end instead of decoding without a measure that is required.
    """

    preprocessing: Preprocessing
    max_pixels: int
    seconds: float
    address_space: int
    allow_damaged: bool = False
    must_be_confined: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the pixels that come of a file: height, width, 3."""
        return (*self.preprocessing.size, 3)

    def encoded(self) -> bytes:
        """As a message."""
        record = self.preprocessing.as_record()
        return json.dumps(
            {
                "preprocessing": record,
                "max_pixels": self.max_pixels,
                "seconds": self.seconds,
                "address_space": self.address_space,
                "allow_damaged": self.allow_damaged,
                "must_be_confined": self.must_be_confined,
            }
        ).encode()

    @classmethod
    def decoded(cls, message: bytes) -> "DecodeTask":
        """From the message."""
        fields = json.loads(message)
        return cls(**{**fields, "preprocessing": Preprocessing.from_json(fields["preprocessing"])})


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a worker says of a decoder that it has just forked, which has seen no file yet.

    Attributes:
        pid: Its process number.
        cpu_seconds: CPU time of the worker so far.
        measures: What confines it.
    """

    pid: int
    cpu_seconds: float
    measures: InForce

    def encoded(self) -> bytes:
        """As a message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decoded(cls, message: bytes) -> "Fresh":
        """From the message.

        Raises:
            ValueError: It is none.
        """
        try:
            fields = json.loads(message)
            measures = {Measure(name): str(said) for name, said in fields["measures"].items()}
            return cls(int(fields["pid"]), float(fields["cpu_seconds"]), measures)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Usage:
    """What a worker has taken.

    Attributes:
        cpu_seconds: CPU time of the decoder, all in all.
        decoding: CPU seconds of the last file, until its picture was decoded.
        preparing: CPU seconds of the last file, from there on.
        warnings: Warnings of Python's over the last file.
    """

    cpu_seconds: float
    decoding: float = 0.0
    preparing: float = 0.0
    warnings: int = 0


def answer(outcome: ImageFacts | ItemRefusedError, usage: Usage) -> bytes:
    """A worker's message about one file.

    A word of its own that its keeper would not take is a bug of this tool, not the file's doing:
    the message then says so, and the run ends, instead of a row that accuses a sound picture.

    Args:
        outcome: What the picture is like, or why there is none.
        usage: The usage of the process.
    """
    if (unknown := _unknown_word(outcome)) is not None:
        return json.dumps({"bug": unknown}).encode()
    told: dict[str, object]
    if isinstance(outcome, ItemRefusedError):
        reason = on_screen(outcome.reason, _LONGEST_REASON)
        told = {"status": outcome.status.value, "reason": reason}
    else:
        told = asdict(outcome)
    return json.dumps({"usage": asdict(usage), "told": told}).encode()


def _unknown_word(outcome: ImageFacts | ItemRefusedError) -> tuple[str, str] | None:
    """What kind of word it is, and the word, where a keeper would not take it."""
    if isinstance(outcome, ItemRefusedError):
        return None if outcome.status.from_decoder else ("status", outcome.status)
    if outcome.format not in EXTENSIONS:
        return "format", outcome.format
    return next((("flag", flag) for flag in outcome.flags if not _is_flag(flag)), None)


def _is_flag(word: str) -> bool:
    return word in set(Flag) and Flag(word).from_decoder


def parse_answer(message: bytes) -> tuple[ImageFacts | ItemRefusedError, Usage]:
    """A worker's message about one file, checked against what a decoder can have to say.

    Raises:
        ValueError: Not such a message.
        InternalError: The worker says that it would have said what no worker may.
    """
    try:
        fields = json.loads(message)
        if "bug" in fields:
            kind, word = fields["bug"]
            _check(kind in {"status", "format", "flag"} and _WORD.fullmatch(word) is not None)
            what = f"a decode worker may not say {kind} {word}"
            raise InternalError(what)
        told, usage = fields["told"], Usage(**fields["usage"])
        seconds = (usage.cpu_seconds, usage.decoding, usage.preparing)
        _check(all(type(value) is float and 0 <= value < math.inf for value in seconds))
        _check(type(usage.warnings) is int and usage.warnings >= 0)
        if "status" not in told:
            return _facts(told), usage
        status, reason = Status(told["status"]), told["reason"]
        _check(status.from_decoder and isinstance(reason, str))
        _check(len(reason) <= _LONGEST_REASON and reason.isprintable())
        return ItemRefusedError(status, reason), usage
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _is_number(smallest: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and smallest <= value <= _LARGEST_NUMBER


_HOLDS: dict[str, Callable[[Any], bool]] = {
    "format": lambda value: value in EXTENSIONS,
    "width": _is_number(1),
    "height": _is_number(1),
    "mode": lambda value: _MODE.fullmatch(value) is not None,
    "exif_orientation": lambda value: type(value) is int and value in _ORIENTATIONS,
    "orientation_source": lambda value: value in set(OrientationSource),
    "rgb_sha256": lambda value: _SHA256.fullmatch(value) is not None,
    "appended": lambda value: len(value) <= _LONGEST_REASON and value.isprintable(),
    "flags": lambda value: all(flag.from_decoder for flag in value),
}
"""What must hold of each fact. Nothing that a worker says is taken unchecked: a fact without a
check fails here, when the program starts."""
_CHECKED = tuple((fact.name, _HOLDS[fact.name]) for fact in fields(ImageFacts))


def _facts(told: dict[str, Any]) -> ImageFacts:
    words = {
        "flags": tuple(map(Flag, told["flags"])),
        "orientation_source": OrientationSource(told["orientation_source"]),
    }
    facts = ImageFacts(**{**told, **words})
    _check(all(holds(getattr(facts, name)) for name, holds in _CHECKED))
    return facts


def _check(holds: bool) -> None:  # noqa: FBT001 - an assertion that is always on
    if not holds:
        msg = "a value of the wrong kind"
        raise ValueError(msg)
