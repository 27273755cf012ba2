"""What is said of a damaged file: one word of the closed list, and a sentence without jargon."""

from dataclasses import dataclass

from forensic_cli.records import Status


@dataclass(frozen=True, slots=True)
class Damage:
    """What proves that a file is not whole.

    Attributes:
        status: ``truncated`` where data are missing at the end, else ``corrupt``.
        reason: In words; the same for the same bytes.
    """

    status: Status
    reason: str


def cut(reason: str) -> Damage:
    """Data are missing at the end."""
    return Damage(Status.TRUNCATED, reason)


def corrupt(reason: str) -> Damage:
    """Data are others than they were."""
    return Damage(Status.CORRUPT, reason)


def ends_early(form: str, missing: int) -> Damage:
    """The file is shorter than its structure says.

    Args:
        form: The format's name.
        missing: Bytes, as far as known; 0 where that is not known.
    """
    how = f"{missing} bytes before" if missing else "before"
    return cut(f"the file ends {how} its {form} structure does")
