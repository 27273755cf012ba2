"""Where outputs may go: somewhere that exists, can be written, and is no part of the evidence."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from forensic_cli.errors import OutputError, UsageError

_PARTIAL = ".partial"


def check_place(
    out: Path, names: Iterable[Path], evidence: Iterable[Path], inputs: Iterable[Path]
) -> None:
    """Refuse a place where outputs must not or cannot go.

    Args:
        out: What the examiner gave as ``--out``.
        names: Every path that will be written.
        evidence: The evidence, folders and files.
        inputs: Files that are read, and must not be written over.

    Raises:
        OutputError: The folder is missing or not writable, a name is too long or a folder's, the
            place is inside the evidence, or the evidence inside what would be replaced.
        UsageError: An output would replace an input.
    """
    names = tuple(names)
    try:
        _check_folder(out)
        for path in names:
            with suppress(FileNotFoundError):
                path.lstat()  # the system's own word on a name that is too long
            if path.is_dir() and not path.name.endswith(_PARTIAL):
                msg = f"{str(path)!r} is a folder; name a file with --out, results.csv say"
                raise OutputError(msg)
        for one in evidence:
            _check_evidence(out, names, one)
        taken = {_identity(path) for path in names if os.path.lexists(path)}
        for path in inputs:
            if os.path.lexists(path) and _identity(path) in taken:
                msg = f"--out would replace {str(path)!r}, which this command reads"
                raise UsageError(msg)
    except OSError as error:
        raise OutputError.of(out, error) from error


def _check_folder(out: Path) -> None:
    parent = out.absolute().parent
    if not parent.is_dir():
        msg = f"the folder for --out, {str(parent)!r}, does not exist; make it first"
        raise OutputError(msg)
    if not os.access(parent, os.W_OK | os.X_OK):
        msg = f"no permission to write in {str(parent)!r}; choose another place for --out"
        raise OutputError(msg)


def _check_evidence(out: Path, names: tuple[Path, ...], evidence: Path) -> None:
    if _identity(evidence) in _with_parents(out.absolute().parent):
        msg = f"--out lies inside the evidence {str(evidence)!r}; write somewhere else"
        raise OutputError(msg)
    around = _with_parents(evidence)
    for path in names:
        if os.path.lexists(path) and _identity(path) in around:
            msg = f"the evidence is or lies inside {str(path)!r}, which --out would replace"
            raise OutputError(msg)


def _identity(path: Path) -> tuple[int, int]:
    """Device and inode of what a path leads to, of the link itself where it leads nowhere."""
    found = path.stat() if path.exists() else path.lstat()
    return found.st_dev, found.st_ino


def _with_parents(path: Path) -> set[tuple[int, int]]:
    real = Path(os.path.realpath(path))  # unlike resolve() it does not raise on a loop of links
    return {_identity(folder) for folder in (real, *real.parents)}
