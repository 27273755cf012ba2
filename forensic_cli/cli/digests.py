"""Digests as an examiner types them after ``--md5``, ``--sha1`` and ``--sha256``."""

from forensic_cli.errors import UsageError
from forensic_cli.hashing import Digest


def digests_given(md5: str | None, sha1: str | None, sha256: str | None) -> tuple[Digest, ...]:
    """The expected digests; upper case, blanks and colons inside are taken as well.

    Raises:
        UsageError: Not the digits of that algorithm.
    """
    given = {"md5": md5, "sha1": sha1, "sha256": sha256}
    return tuple(_digest(algorithm, text) for algorithm, text in given.items() if text is not None)


def _digest(algorithm: str, text: str) -> Digest:
    try:
        return Digest(algorithm, "".join(text.replace(":", " ").split()).lower())
    except ValueError as error:
        msg = f"--{algorithm}: {error}; check the digits on the paper"
        raise UsageError(msg) from error


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
