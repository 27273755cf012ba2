"""Make the manifest of some evidence: the other direction of ``verify-hash``."""

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import EvidenceError, ItemRefusedError, UsageError
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.hashed import hash_entries, hash_file
from forensic_cli.evidence.recognition import files_of
from forensic_cli.foundation.atomic_write import write_atomically
from forensic_cli.foundation.path_text import on_screen, visible
from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.forms import ManifestForm
from forensic_cli.outputs.place import check_place
from forensic_cli.records import ItemKind

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
    form: ManifestForm,
    *,
    force: bool,
    workers: int,
    progress: Callable[[int, int], None],
) -> WrittenManifest:
    """Hash a folder's files, or a file with all its segments, into a manifest.

    Names begin with the evidence's own name (``ImageSet/a.png``), or as the form wants it. The
    manifest is written whole or not at all: a file that cannot be read ends in an error, not in a
    shorter list.

    Args:
        evidence: Folder or file.
        out: The manifest.
        form: How it is written.
        force: Replace an existing manifest.
        workers: Threads that read and hash.
        progress: Told how many entries are done, and of how many.

    Raises:
        EvidenceError: Missing, empty, or some of it cannot be read.
        UsageError: The manifest is there already, or its form cannot hold a name.
        OutputError: It cannot be written, or lies inside the evidence.
    """
    if os.path.lexists(out) and not force:
        msg = f"{str(out)!r} is there already; choose another --out, or replace it with --force"
        raise UsageError(msg)
    base = Path(os.path.abspath(evidence)).parent  # noqa: PTH100 - a link keeps its own name
    if os.path.isfile(evidence):  # noqa: PTH113 - it does not raise where a folder is locked
        files = files_of(evidence)
        check_place(out, (out,), (evidence,), files)
        lead = b"" if form.root is None else form.root + b"/"
        lines, left_out = [], 0
        for file in files:
            digests = hash_file(file, form.algorithms)
            size = file.stat().st_size
            lines.append(_line(form, lead + os.fsencode(file.name), size, digests))
    else:
        with closing(DirectorySource(evidence)) as source:
            check_place(out, (out,), (evidence,), ())
            lines, left_out = _lines_of_folder(source, form, workers, progress)
    write_atomically(out, form.head + b"".join(lines))
    return WrittenManifest(out, len(lines), left_out, base)


def _line(form: ManifestForm, path: bytes, size: int, digests: Mapping[str, Digest]) -> bytes:
    if not form.line_ends and (b"\n" in path or b"\r" in path):
        msg = (
            f"the name {on_screen(visible(path))!r} holds a line end, which this form of manifest "
            "cannot hold; take --format sha256sum"
        )
        raise UsageError(msg)
    return form.line(path, size, digests)


def _lines_of_folder(
    source: DirectorySource, form: ManifestForm, workers: int, progress: Callable[[int, int], None]
) -> tuple[list[bytes], int]:
    lines: list[bytes] = []
    unreadable: list[str] = []
    left_out = 0
    root = source.name if form.root is None else form.root
    listing = source.listing(lambda count: progress(count, 0))
    entries = hash_entries(source, listing, form.algorithms, workers)
    for done, (item, found) in enumerate(entries, start=1):
        progress(done, len(listing))
        if not isinstance(found, ItemRefusedError):
            lines.append(_line(form, root + b"/" + item.path, item.size, found))
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
