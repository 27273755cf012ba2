"""Write a file whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from forensic_cli.errors import OutputError


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a draft in the same folder, sync it, and give it its name.

    Raises:
        OutputError: The operating system refuses; no draft is left behind.
    """
    with atomically(path) as stream:
        stream.write(data)


@contextmanager
def atomically(path: Path) -> Iterator[BinaryIO]:
    """A draft in the same folder, which gets its name where nothing goes wrong.

    Yields:
        The draft, to be written to.

    Raises:
        OutputError: The operating system refuses; no draft is left behind.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OutputError.of(path, error) from error
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except BaseException as error:
        with suppress(OSError):
            draft.unlink()
        if isinstance(error, OSError):
            raise OutputError.of(path, error) from error
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
