"""Open evidence without moving its access times, where the system allows that."""

import os
from pathlib import Path

_NOATIME = getattr(os, "O_NOATIME", 0)


def open_quietly(path: bytes | Path, flags: int, folder: int | None = None) -> int:
    """Open for reading; only the owner and root may ask that the access time stays.

    Args:
        path: Below ``folder``, where there is one.
        flags: Of ``os.open``.
        folder: Descriptor of an open folder.

    Returns:
        A descriptor.

    Raises:
        OSError: The system refuses.
    """
    try:
        return os.open(path, flags | _NOATIME, dir_fd=folder)
    except PermissionError:
        return os.open(path, flags, dir_fd=folder)
