"""The formats of lists of known files: a closed list."""

from enum import StrEnum


class KnownFormat(StrEnum):
    """A format of lists, by the name that the log has for it (``reading.READERS``)."""

    NSRL_DATABASE = "NSRL RDS (SQLite)"
    MEDIA = "Project VIC or CAID (JSON)"
    NSRL_TEXT = "NSRL RDS (text)"
    HASHES = "hashes, one a line"


FORMATS_IN_WORDS = ", ".join(KnownFormat)
