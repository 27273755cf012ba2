"""What a decode worker and its keeper tell each other: small JSON objects, checked on arrival.

Nothing that a worker sends is unpickled: it has had its hands on hostile bytes.
"""

import json
import os
import select
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

from forensic_cli.errors import ItemRefusedError
from forensic_cli.preprocessing import Preprocessing
from forensic_cli.records import ImageFacts, Status

_LARGEST = 1 << 16
"""Bytes that a message may have."""
_LONGEST_REASON = 1000
_LONGEST_WORD = 40
_LARGEST_NUMBER = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Channel:
    """Two ends of two pipes; a message is a line.

    Attributes:
        receiving: Descriptor that is read.
        sending: Descriptor that is written.
    """

    receiving: int
    sending: int

    def send(self, message: bytes) -> None:
        """Send a message without a line end in it.

        Raises:
            OSError: Nobody is there.
        """
        line = message + b"\n"
        while line:
            line = line[os.write(self.sending, line) :]

    def receive(self, seconds: float | None = None) -> bytes:
        """The next message; empty at the end.

        Args:
            seconds: Wait no longer; None: wait.

        Raises:
            TimeoutError: None came.
            ValueError: It is too long.
        """
        line = b""
        until = None if seconds is None else monotonic() + seconds
        poll = select.poll()
        poll.register(self.receiving, select.POLLIN)
        while not line.endswith(b"\n"):
            left = None if until is None else max(0.0, until - monotonic()) * 1000
            if not poll.poll(left):
                raise TimeoutError
            part = os.read(self.receiving, _LARGEST)
            if not part:
                return b""
            line += part
            if len(line) > _LARGEST:
                msg = "a message without an end"
                raise ValueError(msg)
        return line[:-1]

    def close(self) -> None:
        """Close both ends."""
        os.close(self.receiving)
        os.close(self.sending)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a worker is told once.

    Attributes:
        preprocessing: The card's steps.
        max_pixels: Larger pictures are refused.
        seconds: Wall-clock time that one file may take.
        address_space: Bytes that the process may map, libraries included.
    """

    preprocessing: Preprocessing
    max_pixels: int
    seconds: float
    address_space: int

    def encoded(self) -> bytes:
        """As a message."""
        record = self.preprocessing.as_record()
        return json.dumps(
            {
                "preprocessing": record,
                "max_pixels": self.max_pixels,
                "seconds": self.seconds,
                "address_space": self.address_space,
            }
        ).encode()

    @classmethod
    def decoded(cls, message: bytes) -> "Recipe":
        """From the message."""
        fields = json.loads(message)
        return cls(**{**fields, "preprocessing": Preprocessing.from_json(fields["preprocessing"])})


def answer(outcome: ImageFacts | ItemRefusedError, cpu_seconds: float) -> bytes:
    """A worker's message about one file.

    Args:
        outcome: What the picture is like, or why there is none.
        cpu_seconds: What the process has used so far.
    """
    told: dict[str, object]
    if isinstance(outcome, ItemRefusedError):
        reason = outcome.reason[:_LONGEST_REASON]
        told = {"status": outcome.status.value, "reason": reason}
    else:
        told = asdict(outcome)
    return json.dumps({"cpu_seconds": cpu_seconds, "told": told}).encode()


def understood(message: bytes) -> tuple[ImageFacts | ItemRefusedError, float]:
    """A worker's message about one file, checked.

    Raises:
        ValueError: Not such a message.
    """
    try:
        fields = json.loads(message)
        told, cpu_seconds = fields["told"], float(fields["cpu_seconds"])
        if "status" in told:
            status, reason = Status(told["status"]), told["reason"]
            _check(isinstance(reason, str) and len(reason) <= _LONGEST_REASON)
            return ItemRefusedError(status, reason), cpu_seconds
        return _facts(told), cpu_seconds
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _facts(told: dict[str, Any]) -> ImageFacts:
    facts = ImageFacts(**{**told, "flags": tuple(told["flags"])})
    words = (facts.format, facts.mode, *facts.flags)
    _check(all(isinstance(word, str) for word in words))
    _check(all(len(word) <= _LONGEST_WORD for word in words))
    numbers = (facts.width, facts.height, facts.exif_orientation)
    _check(all(type(number) is int for number in numbers))
    _check(all(0 <= number <= _LARGEST_NUMBER for number in numbers))
    _check(facts.rgb_sha256 == "" or len(bytes.fromhex(facts.rgb_sha256)) == 32)  # noqa: PLR2004 - bytes of a SHA-256
    return facts


def _check(holds: bool) -> None:  # noqa: FBT001 - an assertion that is always on
    if not holds:
        msg = "a value of the wrong kind"
        raise ValueError(msg)
