"""A file of the listing, opened for reading; anything else in its place is refused."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from forensic_cli.evidence.opening import open_quietly, times_of
from forensic_cli.evidence.source import changed, refusal

# O_NONBLOCK: opening a FIFO must not wait for a writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def reading_listed(path: bytes, size: int, folder: int | None = None) -> Iterator[BinaryIO]:
    """The content of a regular file that was listed with a size.

    Args:
        path: Below ``folder``, where there is one.
        size: Bytes, as it was listed.
        folder: Descriptor of an open folder.

    Raises:
        ItemRefusedError: It is another file now, cannot be read, or was written to meanwhile.
    """
    try:
        descriptor, before = _open(path, size, folder)
    except OSError as error:
        raise refusal(error) from error
    with open(descriptor, "rb", buffering=0) as stream:  # noqa: PTH123 - a descriptor
        try:
            yield stream
            after = os.fstat(descriptor)
        except OSError as error:
            raise refusal(error) from error
    if times_of(before) != times_of(after):
        msg = "it was written to while it was read"
        raise changed(msg)


def _open(path: bytes, size: int, folder: int | None) -> tuple[int, os.stat_result]:
    listed = os.stat(path, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(listed.st_mode):
        msg = "it is not a regular file now"
        raise changed(msg)
    descriptor = open_quietly(path, _FILE, folder)
    opened = os.fstat(descriptor)
    same_file = (listed.st_dev, listed.st_ino) == (opened.st_dev, opened.st_ino)
    if not same_file or opened.st_size != size:
        os.close(descriptor)
        raise changed("another file is there now" if not same_file else "its size is another")
    return descriptor, opened
