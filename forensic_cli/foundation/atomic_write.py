"""Write one small file whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from forensic_cli.errors import OutputError


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a draft in the same folder, sync it, and give it its name.

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
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise OutputError.of(path, error) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
