"""Digests as an examiner types them after ``--md5``, ``--sha1`` and ``--sha256``."""

import re

from forensic_cli.errors import UsageError
from forensic_cli.hashing import ALGORITHM_BY_LENGTH, HEX_LENGTHS, Digest

_PREFIX = re.compile(r"\s*(md5|sha-?1|sha-?256)\s*[:=(]", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s:.-]")
_ALIKE = {"o": "the digit 0", "l": "the digit 1", "i": "the digit 1", "s": "the digit 5",
          "z": "the digit 2", "g": "the digit 9"}  # fmt: skip
_OPTIONS = {"md5", "sha1", "sha256"}


def digests_given(md5: str | None, sha1: str | None, sha256: str | None) -> tuple[Digest, ...]:
    """The expected digests; upper case, blanks, colons, dots and dashes inside are taken as well.

    Raises:
        UsageError: Not the digits of that algorithm.
    """
    given = {"md5": md5, "sha1": sha1, "sha256": sha256}
    return tuple(_digest(algorithm, text) for algorithm, text in given.items() if text is not None)


def _digest(algorithm: str, text: str) -> Digest:
    option = f"--{algorithm}"
    if (prefix := _PREFIX.match(text)) is not None:
        named = prefix[1].lower().replace("-", "")
        if named != algorithm:
            msg = f"{option}: what is given calls itself {prefix[1]}; give it with --{named}"
            raise UsageError(msg)
        text = text[prefix.end() :]
    words = text.split()
    if len(words) > 1 and len(_SEPARATORS.sub("", words[0])) in HEX_LENGTHS.values():
        named = " ".join(words[1:])
        msg = f"{option}: a name follows the digest ({named!r}); give the digits alone"
        raise UsageError(msg)
    digits = _SEPARATORS.sub("", text).lower()
    try:
        return Digest(algorithm, digits)
    except ValueError as error:
        msg = f"{option}: {_why(algorithm, digits)}; check the digits on the paper"
        raise UsageError(msg) from error


def _why(algorithm: str, digits: str) -> str:
    wanted = HEX_LENGTHS[algorithm]
    for place, one in enumerate(digits, start=1):
        if one not in "0123456789abcdef":
            meant = f", perhaps {_ALIKE[one]} is meant" if one in _ALIKE else ""
            return f"character {place} is {one.upper()!r}, no hexadecimal digit{meant}"
    other = ALGORITHM_BY_LENGTH.get(len(digits))
    if other is not None:
        how = f"give it with --{other}" if other in _OPTIONS else "which is not taken here"
        return f"{len(digits)} digits are {other}, not {algorithm} ({wanted}); {how}"
    less = wanted - len(digits)
    count = abs(less)
    some = "one is" if count == 1 else f"{count} are"
    wrong = "missing" if less > 0 else "too many"
    return f"{len(digits)} digits, and {algorithm} has {wanted}: {some} {wrong}"


def head_given(text: str | None) -> str | None:
    """A head digest as it was written down, letters small.

    Raises:
        UsageError: Not 64 digits.
    """
    if text is None:
        return None
    try:
        return Digest("sha256", text.strip().lower()).hexdigest
    except ValueError as error:
        msg = f"--head: {error}; give all 64 digits that were written down"
        raise UsageError(msg) from error
