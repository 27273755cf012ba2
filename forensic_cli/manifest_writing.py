"""Make the manifest of some evidence: the other direction of ``verify-hash``."""

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import EvidenceError, ItemRefusedError, UsageError
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.hashed import hashed, hashed_file
from forensic_cli.manifests import md5sum
from forensic_cli.names import on_screen, visible
from forensic_cli.outputs.place import check_place
from forensic_cli.records import ItemKind
from forensic_cli.whole_file import write_whole

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class WrittenManifest:
    """A manifest that was written.

    Attributes:
        path: Where.
        files: How many files it lists.
        left_out: Links and special files, which have no content to hash.
        base: The folder that its names begin in: ``md5sum -c`` is run there.
    """

    path: Path
    files: int
    left_out: int
    base: Path


def write_manifest(  # noqa: PLR0913 - what, where to, and how to go about it
    evidence: Path,
    out: Path,
    algorithm: str,
    *,
    force: bool,
    workers: int,
    progress: Callable[[int, int], None],
) -> WrittenManifest:
    """Hash a folder's files, or one file, into a manifest that ``md5sum -c`` accepts.

    Names begin with the evidence's own name (``ImageSet/a.png``). The manifest is written whole
    or not at all: a file that cannot be read ends in an error, not in a shorter list.

    Args:
        evidence: Folder or file.
        out: The manifest.
        algorithm: A key of ``hashing.HEX_LENGTHS``.
        force: Replace an existing manifest.
        workers: Threads that read and hash.
        progress: Told how many entries are done, and of how many.

    Raises:
        EvidenceError: Missing, empty, or some of it cannot be read.
        UsageError: The manifest is there already.
        OutputError: It cannot be written, or lies inside the evidence.
    """
    if os.path.lexists(out) and not force:
        msg = f"{str(out)!r} is there already; choose another --out, or replace it with --force"
        raise UsageError(msg)
    base = Path(os.path.abspath(evidence)).parent  # noqa: PTH100 - a link keeps its own name
    if os.path.isfile(evidence):  # noqa: PTH113 - it does not raise where a folder is locked
        check_place(out, (out,), evidence, (evidence,))
        digest = hashed_file(evidence, (algorithm,))[algorithm]
        lines, left_out = [md5sum.line(os.fsencode(evidence.name), digest)], 0
    else:
        with closing(DirectorySource(evidence)) as source:
            check_place(out, (out,), evidence, ())
            lines, left_out = _lines_of_folder(source, algorithm, workers, progress)
    write_whole(out, b"".join(lines))
    return WrittenManifest(out, len(lines), left_out, base)


def _lines_of_folder(
    source: DirectorySource, algorithm: str, workers: int, progress: Callable[[int, int], None]
) -> tuple[list[bytes], int]:
    lines: list[bytes] = []
    unreadable: list[str] = []
    left_out = 0
    listing = source.listing(lambda count: progress(count, 0))
    entries = hashed(source, listing, (algorithm,), workers)
    for done, (item, found) in enumerate(entries, start=1):
        progress(done, len(listing))
        if not isinstance(found, ItemRefusedError):
            lines.append(md5sum.line(source.name + b"/" + item.path, found[algorithm]))
        elif item.kind in {ItemKind.SYMLINK, ItemKind.SPECIAL}:
            left_out += 1
        else:
            unreadable.append(f"{on_screen(visible(item.path))} ({found.reason})")
    if unreadable:
        more = f" and {len(unreadable) - _SHOWN} more" if len(unreadable) > _SHOWN else ""
        msg = (
            f"{len(unreadable)} of {len(listing)} entries cannot be read, no manifest was written: "
            f"{'; '.join(unreadable[:_SHOWN])}{more}"
        )
        raise EvidenceError(msg)
    if not lines:
        msg = f"evidence {str(source.path)!r} holds no file to hash; is it the right folder?"
        raise EvidenceError(msg)
    return lines, left_out
