"""Read a manifest file, its format told by its content; find the manifests of some evidence."""

import codecs
import hashlib
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import ALGORITHM_BY_SUFFIX
from forensic_cli.manifests import hashdeep, md5sum
from forensic_cli.manifests.lines import MalformedLine, numbered
from forensic_cli.manifests.manifest import Entry, Manifest
from forensic_cli.names import on_screen, visible

CHECKSUM_SUFFIXES = frozenset({*ALGORITHM_BY_SUFFIX, ".hashdeep"})
"""What a manifest is called outside a folder of manifests, where other files may lie."""

_NO_MANIFESTS = frozenset(
    {".md", ".rst", ".html", ".pdf", ".asc", ".sig", ".gpg", ".pem", ".bak", ".orig", ".py"}
)

MAX_BYTES = 4 * 1024**3
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest as it was read: where from, its format and own digest, and what it expects."""

    path: Path
    format: str
    sha256: str
    manifest: Manifest


def read_manifest(path: Path) -> ManifestFile:
    """Read and understand a manifest, every line of it.

    Raises:
        ManifestError: Not there, not readable, empty, or with lines that cannot be understood;
            the first of them are named by number.
    """
    data = _bytes(path)
    if hashdeep.MAGIC in data[: len(hashdeep.MAGIC) + 3]:
        form, parsed = "hashdeep", hashdeep.parse(numbered(data))
    else:
        form, parsed = "md5sum", md5sum.parse(numbered(data), path.suffix.lower())
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        msg = f"manifest {str(path)!r} is UTF-16; save it as UTF-8 (or make it with dfc-classify)"
        raise ManifestError(msg)
    malformed: list[MalformedLine] = []
    manifest = Manifest.of(_entries(parsed, malformed))
    if malformed:
        raise _not_understood(path, malformed)
    if not manifest.columns:
        msg = f"manifest {str(path)!r} holds no entry; give the right file with --hashes"
        raise ManifestError(msg)
    return ManifestFile(path, form, hashlib.sha256(data).hexdigest(), manifest)


def _entries(
    parsed: Iterable[Entry | MalformedLine], malformed: list[MalformedLine]
) -> Iterator[Entry]:
    for line in parsed:
        if isinstance(line, Entry):
            yield line
        else:
            malformed.append(line)


def _not_understood(path: Path, malformed: list[MalformedLine]) -> ManifestError:
    shown = "; ".join(
        f"line {line.number}: {on_screen(visible(line.content), 80)!r}"
        for line in malformed[:_SHOWN]
    )
    more = f"; and {len(malformed) - _SHOWN} more" if len(malformed) > _SHOWN else ""
    return ManifestError(
        f"manifest {str(path)!r}: {len(malformed)} line(s) cannot be understood ({shown}{more}); "
        "known are md5sum, sha*sum and b2sum in both forms, and hashdeep"
    )


def find_manifests(
    name: str, places: Iterable[Path], suffixes: frozenset[str] = frozenset()
) -> tuple[Path, ...]:
    """Manifests that are named after the evidence: ``NAME.`` and one suffix.

    Args:
        name: The evidence's own name.
        places: Folders to look in; one that is missing holds nothing.
        suffixes: Which suffixes count; none = all.

    Returns:
        Regular files, sorted, each once.
    """
    found: dict[Path, Path] = {}
    for place in places:
        for path in manifests_in(place):
            if path.stem == name and (not suffixes or path.suffix.lower() in suffixes):
                found.setdefault(path.resolve(), path)
    return tuple(sorted(found.values()))


def manifests_in(folder: Path) -> tuple[Path, ...]:
    """The regular files of a folder that are manifests by their name, sorted."""
    return tuple(path for path in _files(folder) if not _no_manifest(path))


def left_out_in(folder: Path) -> tuple[Path, ...]:
    """The regular files of a folder that are taken for no manifests by their name, sorted.

    Hidden files, editors' copies (``~``), and what can only be text about a manifest or a
    signature of one.
    """
    return tuple(path for path in _files(folder) if _no_manifest(path))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        msg = f"the folder {str(folder)!r} cannot be listed: {error.strerror}"
        raise ManifestError(msg) from error


def _no_manifest(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name.endswith("~")
    return hidden or path.suffix.lower() in _NO_MANIFESTS


def _bytes(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            msg = f"manifest {str(path)!r} is not a file; give a file of hashes"
            raise ManifestError(msg)
        if found.st_size > MAX_BYTES:
            msg = f"manifest {str(path)!r} has {found.st_size} bytes, over {MAX_BYTES}; is it one?"
            raise ManifestError(msg)
        return path.read_bytes()
    except OSError as error:
        msg = f"manifest {str(path)!r} cannot be read: {error.strerror}; check the path"
        raise ManifestError(msg) from error
