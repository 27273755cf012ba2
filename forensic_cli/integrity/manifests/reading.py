"""Read a manifest file, its format told by its content."""

import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.foundation.path_text import on_screen, visible
from forensic_cli.integrity.manifests import (
    bagit,
    ftk_report,
    hashdeep,
    md5sum,
    other_orders,
    spoken,
    tables,
)
from forensic_cli.integrity.manifests.formats import FORMATS_IN_WORDS, ManifestFormat
from forensic_cli.integrity.manifests.ftk_report import FtkReport
from forensic_cli.integrity.manifests.lines import MalformedLine, as_text, numbered
from forensic_cli.integrity.manifests.manifest import Manifest, ManifestEntry
from forensic_cli.integrity.manifests.uncomputed import refuse_uncomputed

MAX_BYTES = 4 * 1024**3
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest as it was read.

    Attributes:
        path: Where from.
        format: Its format.
        sha256: SHA-256 of the file.
        manifest: What it expects of entries; nothing where it is a report on an image.
        report: What FTK Imager reports of an image, where it is such a report.
    """

    path: Path
    format: ManifestFormat
    sha256: str
    manifest: Manifest
    report: FtkReport | None = None


Lines = Iterator[ManifestEntry | MalformedLine]
Numbered = Iterator[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How a format is told from others, and read.

    Attributes:
        format: The format.
        is_one: Whether a file of this name and content is in it.
        lines: Its entries, and what cannot be understood.
    """

    format: ManifestFormat
    is_one: Callable[[Path, bytes], bool]
    lines: Callable[[Path, bytes], Lines]


def _of_bag(path: Path, data: bytes) -> Lines:
    version = declaration_beside(path)
    lines = numbered(data, nul_ends=False)
    return bagit.parse(lines, bagit.algorithm_in(path.name), version)


def _table(which: ManifestFormat) -> Reader:
    return Reader(
        which, lambda _, data: tables.format_of(data) is which, lambda _, data: tables.parse(data)
    )


def _spoken(
    which: ManifestFormat, is_one: Callable[[bytes], bool], parse: Callable[[Numbered], Lines]
) -> Reader:
    return Reader(
        which, lambda _, data: is_one(data), lambda _, data: parse(numbered(data, nul_ends=False))
    )


READERS = (
    Reader(
        ManifestFormat.HASHDEEP,
        lambda _, data: data.startswith(hashdeep.MAGIC),
        lambda _, data: hashdeep.parse(numbered(data, nul_ends=False)),
    ),
    _table(ManifestFormat.FTK_HASH_LIST),
    _table(ManifestFormat.POWERSHELL),
    _table(ManifestFormat.TABLE),
    _spoken(ManifestFormat.CERTUTIL, spoken.is_certutil, spoken.parse_certutil),
    _spoken(ManifestFormat.FILE_HASH_LIST, spoken.is_list, spoken.parse_list),
    _spoken(ManifestFormat.FILE_HASH_TABLE, spoken.is_table, spoken.parse_table),
    Reader(
        ManifestFormat.DFXML,
        lambda _, data: other_orders.is_dfxml(data),
        lambda _, data: other_orders.parse_dfxml(data),
    ),
    _spoken(ManifestFormat.BODYFILE, other_orders.is_bodyfile, other_orders.parse_bodyfile),
    Reader(
        ManifestFormat.BARE,
        lambda _, data: other_orders.is_bare(data),
        other_orders.parse_bare,
    ),
    Reader(ManifestFormat.BAGIT, lambda path, _: bool(bagit.algorithm_in(path.name)), _of_bag),
    Reader(
        ManifestFormat.NAME_FIRST,
        other_orders.is_name_first,
        lambda _, data: other_orders.parse_name_first(numbered(data, nul_ends=False)),
    ),
    Reader(
        ManifestFormat.MD5SUM,
        lambda _path, _data: True,
        lambda path, data: md5sum.parse(numbered(data), path.suffix.lower()),
    ),
)
"""Every format but FTK's report, which is of an image and not of files. The first that fits is
taken; lists of md5sum have no mark and come last."""


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
        refuse_uncomputed(path)
        data = as_text(raw)
        if ftk_report.is_report(data):
            report = ftk_report.parse(data)
            return ManifestFile(path, ManifestFormat.FTK_REPORT, sha256, Manifest({}), report)
        reader = next(one for one in READERS if one.is_one(path, data))
        manifest = Manifest.of(_entries(reader.lines(path, data), malformed))
    except ManifestError as error:
        msg = f"manifest {str(path)!r}: {error}"
        raise ManifestError(msg) from error
    if malformed:
        raise _not_understood(path, malformed)
    if not manifest.columns:
        msg = f"manifest {str(path)!r} holds no entry; give the right file with --hashes"
        raise ManifestError(msg)
    return ManifestFile(path, reader.format, sha256, manifest)


def declaration_beside(manifest: Path) -> bytes:
    """Content of the ``bagit.txt`` beside a bag's manifest, empty where there is none."""
    path = manifest.with_name(bagit.DECLARATION)
    return _bytes(path) if path.is_file() else b""


def is_report(path: Path) -> bool:
    """Whether a file is FTK Imager's report on an image, by its content.

    Raises:
        ManifestError: It cannot be read.
    """
    return ftk_report.is_report(as_text(_bytes(path)))


def _entries(
    parsed: Iterable[ManifestEntry | MalformedLine], malformed: list[MalformedLine]
) -> Iterator[ManifestEntry]:
    for line in parsed:
        if isinstance(line, ManifestEntry):
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
        f"what is read: {FORMATS_IN_WORDS}"
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
