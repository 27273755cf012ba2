"""What evidence may be: the closed list of its kinds, by the names that the log has for them."""

from enum import StrEnum


class Compression(StrEnum):
    """What a tar archive may be compressed with."""

    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"

    @property
    def magic(self) -> bytes:
        """What such a file begins with."""
        match self:
            case Compression.GZIP:
                return b"\x1f\x8b"
            case Compression.BZIP2:
                return b"BZh"
            case Compression.XZ:
                return b"\xfd7zXZ\0"
            case Compression.ZSTD:
                return b"\x28\xb5\x2f\xfd"


class Kind(StrEnum):
    """A folder, one of the containers that are read (``recognition.RECOGNISED``), or both."""

    FOLDER = "folder"
    AD1 = "AD1 image"
    ZIP = "ZIP archive"
    TAR = "tar archive"
    TAR_GZIP = f"tar archive ({Compression.GZIP})"
    TAR_BZIP2 = f"tar archive ({Compression.BZIP2})"
    TAR_XZ = f"tar archive ({Compression.XZ})"
    TAR_ZSTD = f"tar archive ({Compression.ZSTD})"
    FILES = "files"
    SEVERAL = "several"


BY_PATH = tuple(kind for kind in Kind if kind not in {Kind.FILES, Kind.SEVERAL})
"""What a single path may lead to."""
COMPRESSED_TARS = {compression: Kind(f"tar archive ({compression})") for compression in Compression}
_IN_WORDS = {
    Kind.AD1: "AD1 image",
    Kind.ZIP: "ZIP",
    Kind.TAR: f"tar (plain, {', '.join(Compression)})",
}
CONTAINERS_IN_WORDS = ", ".join(
    _IN_WORDS.get(kind, kind)
    for kind in BY_PATH
    if kind not in {Kind.FOLDER, *COMPRESSED_TARS.values()}
)
"""The containers that are read, for help texts and sentences."""
