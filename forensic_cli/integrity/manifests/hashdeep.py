"""hashdeep's audit files.

Source: hashdeep 4.4. ``%%%% HASHDEEP-1.0``, ``%%%% size,md5,sha256,filename``, comments that
begin ``## ``, then rows. Not CSV: the name comes last and is never quoted, so a row is cut at the
first commas only. The columns follow ``-c``.
"""

from collections.abc import Iterable, Iterator, Mapping

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import HEX_LENGTHS, Digest
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.manifest import ManifestEntry
from forensic_cli.integrity.manifests.tables import refuse_twins

MAGIC = b"%%%% HASHDEEP-"
_MARK = b"%%%% "
_VERSION = 10


def parse(lines: Iterable[tuple[int, bytes]]) -> Iterator[ManifestEntry | MalformedLine]:
    """Read numbered lines, the header included.

    Yields:
        An entry or a complaint per row.

    Raises:
        ManifestError: No column of an algorithm that can be checked here.
    """
    columns: list[str] | None = None
    for number, line in lines:
        if line.startswith(MAGIC) and len(line) <= len(MAGIC) + _VERSION:
            continue
        if line.startswith(_MARK):
            columns = line.removeprefix(_MARK).decode(errors="replace").split(",")
            if columns[0] != "size" or columns[-1] != "filename":
                yield MalformedLine(number, line)
                return
            refuse_twins(columns)
            if not set(columns) & set(HEX_LENGTHS):
                msg = f"none of hashdeep's columns {','.join(columns[1:-1])} can be checked here"
                raise ManifestError(msg)
            continue
        yield (columns and _entry(line, columns)) or MalformedLine(number, line)


def _entry(line: bytes, columns: list[str]) -> ManifestEntry | None:
    values = line.split(b",", len(columns) - 1)
    if len(values) != len(columns) or not values[0].isdigit() or not values[-1]:
        return None
    try:
        digests = tuple(
            Digest(column, value.decode("ascii").lower())
            for column, value in zip(columns[1:-1], values[1:-1], strict=True)
            if column in HEX_LENGTHS
        )
    except ValueError:
        return None
    return ManifestEntry(values[-1], digests, int(values[0]))


def header(algorithms: tuple[str, ...]) -> bytes:
    """The lines that every file begins with."""
    columns = ",".join(("size", *algorithms, "filename"))
    return MAGIC + b"1.0\n" + _MARK + columns.encode() + b"\n"


def row(path: bytes, size: int, digests: Mapping[str, Digest]) -> bytes:
    """One row, its newline included; a name with a line end cannot be written."""
    values = ",".join(digest.hexdigest for digest in digests.values())
    return b"%d,%s,%s\n" % (size, values.encode(), path)
