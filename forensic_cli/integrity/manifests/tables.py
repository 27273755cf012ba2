r"""Hash lists that are CSV tables: FTK Imager's and PowerShell's.

Sources: FTK Imager, *Export File Hash List*: ``MD5,SHA1,FileNames``, then
``"md5","sha1","image.ad1\C:\folder\f.jpg"``. PowerShell, ``Get-FileHash | Export-Csv``:
perhaps ``#TYPE ...``, then ``"Algorithm","Hash","Path"``. Both are Windows programs: a backslash
parts folders, and no name holds one.
"""

import csv
import io
from collections.abc import Iterator, Mapping

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import ALGORITHM_BY_LENGTH, HEX_LENGTHS, Digest
from forensic_cli.integrity.manifests.formats import ManifestFormat
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.manifest import ManifestEntry

_FTK_NAME = "filenames"
_POWERSHELL = frozenset({"hash", "path"})
_DIRECTORY_LISTING = b"Filename\tFull Path\t"


def format_of(data: bytes) -> ManifestFormat | None:
    """Whose table it is; None where the data are no such table.

    Raises:
        ManifestError: FTK Imager's directory listing, which holds no hashes.
    """
    if data.startswith(_DIRECTORY_LISTING):
        msg = (
            "it is FTK Imager's directory listing, which holds no hashes; "
            "give its hash list (Export File Hash List)"
        )
        raise ManifestError(msg)
    return _format(_columns(_first_line(data)))


def _format(named: list[str]) -> ManifestFormat | None:
    columns = set(named)
    if _FTK_NAME in columns and columns & set(HEX_LENGTHS):
        return ManifestFormat.FTK_HASH_LIST
    return ManifestFormat.POWERSHELL if columns >= _POWERSHELL else None


def _first_line(data: bytes) -> str:
    lines = (line for line in data[:4096].splitlines() if line and not line.startswith(b"#"))
    return next(lines, b"").decode(errors="replace")


def _columns(line: str) -> list[str]:
    return [column.strip().strip('"').lower() for column in line.split(",")]


def parse(data: bytes) -> Iterator[ManifestEntry | MalformedLine]:
    """Read a table, its header included.

    Yields:
        An entry or a complaint per row.
    """
    text = data.decode("utf-8", errors="surrogateescape")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] | None = None
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield MalformedLine(rows.line_num, str(error).encode())
            return
        if row is None:
            return
        if not row or (columns is None and row[0].startswith("#")):
            continue
        if columns is None:
            columns = [column.strip().lower() for column in row]
            refuse_twins(columns)
            if not _format(columns):  # what looked like a header was part of a quoted value
                yield MalformedLine(rows.line_num, ",".join(row).encode(errors="replace"))
                return
            continue
        entry = _entry(dict(zip(columns, row, strict=False))) if len(row) == len(columns) else None
        shown = ",".join(row).encode("utf-8", "surrogateescape")
        yield entry or MalformedLine(rows.line_num, shown)


def refuse_twins(columns: list[str]) -> None:
    """Refuse a table of which it is not clear what it says.

    Raises:
        ManifestError: Two columns of hashes have one name.
    """
    twins = sorted({one for one in columns if one in HEX_LENGTHS and columns.count(one) > 1})
    if twins:
        msg = f"it has two columns {twins[0]}; which of them counts is not clear: give another list"
        raise ManifestError(msg)


def _entry(row: Mapping[str, str]) -> ManifestEntry | None:
    name = row.get(_FTK_NAME) or row.get("path", "")
    path = name.encode("utf-8", "surrogateescape").replace(b"\\", b"/")
    if _FTK_NAME in row:
        said = {column: row[column] for column in row if column in HEX_LENGTHS and row[column]}
    else:
        length = ALGORITHM_BY_LENGTH.get(len(row["hash"]), "")
        said = {row.get("algorithm", length).lower() or length: row["hash"]}
    try:
        digests = tuple(Digest(algorithm, value.lower()) for algorithm, value in said.items())
    except ValueError:
        return None
    return ManifestEntry(path, digests) if path and digests else None
