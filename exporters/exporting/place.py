"""Where the exported file goes."""

from pathlib import Path

from forensic_cli.errors import UsageError


def check_out(out: Path, checkpoint: Path, *, force: bool) -> None:
    """See that the result has a place, before minutes are spent on it.

    Args:
        out: The file to write.
        checkpoint: What is exported; never replaced.
        force: Whether a file that is there may go.

    Raises:
        UsageError: There is a file already, or no folder.
    """
    if not out.absolute().parent.is_dir():
        msg = f"there is no folder {str(out.absolute().parent)!r} to write to"
        raise UsageError(msg)
    if out.exists() and not out.is_file():
        msg = f"{str(out)!r} is a folder or no ordinary file; --out names the file to write"
        raise UsageError(msg)
    if any(_same(out, file) for file in (checkpoint, *_inside(checkpoint))):
        msg = f"{str(out)!r} is the checkpoint itself; --out names another file"
        raise UsageError(msg)
    if out.exists() and not force:
        msg = f"{str(out)!r} is there already; --force replaces it, --out names another"
        raise UsageError(msg)


def _same(out: Path, other: Path) -> bool:
    try:
        return out.samefile(other)
    except OSError:
        return False


def _inside(checkpoint: Path) -> list[Path]:
    try:
        return list(checkpoint.iterdir()) if checkpoint.is_dir() else []
    except OSError:
        return []
