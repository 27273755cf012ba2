"""Give a committed run's files their final names.

The run is committed once its log ends with ``run_finished``; from then on this can be repeated
after a kill at any point, and ends the same. Nothing is overwritten unasked.
"""

import errno
import os
from pathlib import Path

from forensic_cli.errors import LogError, OutputError, UsageError
from forensic_cli.hashing import sha256_of_file
from forensic_cli.outputs.output_names import LOG
from forensic_cli.outputs.run_folder import RunFolder, sync_folder
from forensic_cli.records import Artifact

# What link() says on a file system that has no hard links.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK, errno.EACCES}


def publish(folder: RunFolder, artifacts: tuple[Artifact, ...], *, replace: bool) -> None:
    """Promote every finished file, the log last, and empty the partial folder.

    Args:
        folder: Holds the files and the log.
        artifacts: The finished files, as the log records them.
        replace: Whether files under the final names may go.

    Raises:
        UsageError: A final name was taken meanwhile by something else.
        LogError: A finished file is not what the log says.
        OutputError: The operating system refuses.
    """
    names = folder.names
    place = names.result.parent
    try:
        for artifact in artifacts:  # all of them, before any has its final name
            if not _is(place / artifact.name, artifact.sha256):
                _check(folder.path / artifact.name, artifact.sha256)
        for artifact in artifacts:
            _promote(folder.path / artifact.name, place / artifact.name, artifact.sha256, replace)
        written = {artifact.name for artifact in artifacts}
        for copy in names.spreadsheets if replace else ():
            if copy.name not in written:
                copy.unlink(missing_ok=True)  # the replaced run's
        folder.clear_for_publishing()
        _promote(folder.path / LOG, names.audit, sha256_of_file(folder.log), replace)
        sync_folder(place)
    except OSError as error:
        raise OutputError.of(place, error) from error


def _promote(source: Path, final: Path, sha256: str, replace: bool) -> None:  # noqa: FBT001
    if _is(final, sha256):
        source.unlink(missing_ok=True)  # promoted before a kill
        return
    _check(source, sha256)
    if replace:
        source.replace(final)
        return
    try:
        os.link(source, final)  # unlike a rename it never replaces what appeared meanwhile
    except FileExistsError as error:
        raise _appeared(final) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(final):
            raise _appeared(final) from error
        source.rename(final)
        return
    source.unlink()


def _is(final: Path, sha256: str) -> bool:
    """Whether a file is there already, by its content."""
    return final.is_file() and not final.is_symlink() and sha256_of_file(final) == sha256


def _check(source: Path, sha256: str) -> None:
    if not source.is_file() or sha256_of_file(source) != sha256:
        msg = f"{str(source)!r} is not what the log says; start again with --force"
        raise LogError(msg)


def _appeared(final: Path) -> UsageError:
    return UsageError(f"{str(final)!r} appeared meanwhile; move it away, then --resume")
