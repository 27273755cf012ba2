"""Read a manifest file, its format told by its content."""

import hashlib
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.foundation.path_text import on_screen, visible
from forensic_cli.integrity.manifests import bagit, ftk_report, hashdeep, md5sum, tables
from forensic_cli.integrity.manifests.ftk_report import FtkReport
from forensic_cli.integrity.manifests.lines import MalformedLine, numbered, without_bom
from forensic_cli.integrity.manifests.manifest import Entry, Manifest

MAX_BYTES = 4 * 1024**3
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest as it was read.

    Attributes:
        path: Where from.
        format: In words.
        sha256: Of the file.
        manifest: What it expects of entries; nothing where it is a report on an image.
        report: What FTK Imager reports of an image, where it is such a report.
    """

    path: Path
    format: str
    sha256: str
    manifest: Manifest
    report: FtkReport | None = None


def read_manifest(path: Path) -> ManifestFile:
    """Read and understand a manifest, every line of it.

    Raises:
        ManifestError: Not there, not readable, empty, or with lines that cannot be understood;
            the first of them are named by number.
    """
    raw = _bytes(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    malformed: list[MalformedLine] = []
    try:
        data = without_bom(raw)
        if ftk_report.is_report(data):
            report = ftk_report.parse(data)
            return ManifestFile(path, "ftk report", sha256, Manifest({}), report)
        form, parsed = _parsed(path, data)
        manifest = Manifest.of(_entries(parsed, malformed))
    except ManifestError as error:
        msg = f"manifest {str(path)!r}: {error}"
        raise ManifestError(msg) from error
    if malformed:
        raise _not_understood(path, malformed)
    if not manifest.columns:
        msg = f"manifest {str(path)!r} holds no entry; give the right file with --hashes"
        raise ManifestError(msg)
    return ManifestFile(path, form, sha256, manifest)


def _parsed(path: Path, data: bytes) -> tuple[str, Iterator[Entry | MalformedLine]]:
    if data.startswith(hashdeep.MAGIC):
        return "hashdeep", hashdeep.parse(numbered(data, nul_ends=False))
    if form := tables.form_of(data):
        return form, tables.parse(data)
    if algorithm := bagit.algorithm_in(path.name):
        version = declaration_beside(path)
        return "bagit", bagit.parse(numbered(data, nul_ends=False), algorithm, version)
    return "md5sum", md5sum.parse(numbered(data), path.suffix.lower())


def declaration_beside(manifest: Path) -> bytes:
    """Content of the ``bagit.txt`` beside a bag's manifest, empty where there is none."""
    path = manifest.with_name(bagit.DECLARATION)
    return _bytes(path) if path.is_file() else b""


def is_report(path: Path) -> bool:
    """Whether a file is FTK Imager's report on an image, by its content.

    Raises:
        ManifestError: It cannot be read.
    """
    return ftk_report.is_report(without_bom(_bytes(path)))


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
        "known are the lists of md5sum, sha*sum, b2sum, openssl, md5deep, hashdeep and BagIt, FTK "
        "Imager's hash list and report, and PowerShell's Get-FileHash | Export-Csv"
    )


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
