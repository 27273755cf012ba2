r"""Hash lists that are tables: FTK Imager's, PowerShell's, and any whose columns have known names.

Sources: FTK Imager, *Export File Hash List*: ``MD5,SHA1,FileNames``, then
``"md5","sha1","image.ad1\C:\folder\f.jpg"``. PowerShell, ``Get-FileHash | Export-Csv``:
perhaps ``#TYPE ...``, then ``"Algorithm","Hash","Path"``, with semicolons where Windows' list
separator is one. Autopsy (``Name``, ``Location``, ``MD5 Hash``, ``SHA-256 Hash``), AXIOM (``File
name``, ``Source path``), X-Ways (``Name``, ``Path``, ``MD5``; tabs) export such tables. All are
Windows programs: a backslash parts folders, and no name holds one.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import ALGORITHM_BY_LENGTH, HEX_LENGTHS, Digest
from forensic_cli.integrity.manifests.formats import ManifestFormat
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.manifest import ManifestEntry

_FTK_NAME = "filenames"
_DIRECTORY_LISTING = b"Filename\tFull Path\t"
_NSRL = {"crc32", "productcode", "specialcode"}
_DELIMITERS = ",;\t|"
_ODD = re.compile("[^a-z0-9]")
_PLACES = (
    _FTK_NAME, "fullpath", "filepath", "sourcepath", "absolutepath", "path", "location", "source",
)  # fmt: skip
"""Columns that say where a file is, by preference; some programs leave out its name."""
_NAMES = ("filename", "name", "file", "itemname")
_ALGORITHMS = tuple(sorted(HEX_LENGTHS, key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class _Header:
    """What the columns of a table are.

    Attributes:
        count: How many there are.
        hashes: The algorithm of each column of digests; empty: another column says it.
        place: The column with the path, or None.
        name: The column with the name alone, or None.
        algorithm: The column that says the algorithm, or None.
    """

    count: int
    hashes: Mapping[int, str]
    place: int | None
    name: int | None
    algorithm: int | None

    @classmethod
    def of(cls, columns: list[str]) -> "_Header | None":
        """None where they are not those of a list of hashes."""
        plain = [_ODD.sub("", one.lower()) for one in columns]
        hashes = {at: kind for at, one in enumerate(plain) if (kind := _algorithm(one))}
        if not hashes and "hash" in plain:
            hashes = {plain.index("hash"): ""}
        place = next((plain.index(one) for one in _PLACES if one in plain), None)
        name = next((plain.index(one) for one in _NAMES if one in plain), None)
        if not hashes or (place is None and name is None):
            return None
        algorithm = plain.index("algorithm") if "algorithm" in plain else None
        return cls(len(columns), hashes, place, name, algorithm)


def _algorithm(column: str) -> str:
    """What digests a column holds, by its name."""
    if "sha3" in column and "sha384" not in column:
        return ""
    return next((one for one in _ALGORITHMS if one in column), "")


def format_of(data: bytes) -> ManifestFormat | None:
    """Whose table it is; None where the data are no such table.

    Raises:
        ManifestError: FTK Imager's directory listing, which holds no hashes, or a list of known
            files.
    """
    if data.startswith(_DIRECTORY_LISTING):
        msg = (
            "it is FTK Imager's directory listing, which holds no hashes; "
            "give its hash list (Export File Hash List)"
        )
        raise ManifestError(msg)
    line = _first_line(data)
    columns = next(csv.reader([line], delimiter=_delimiter(line)), [])
    plain = {_ODD.sub("", one.lower()) for one in columns}
    if plain >= _NSRL:
        msg = (
            "it is a list of known files (NSRL), for --known, and says nothing of this evidence; "
            "give the manifest that was made of it"
        )
        raise ManifestError(msg)
    if _Header.of(columns) is None:
        return None
    if _FTK_NAME in plain:
        return ManifestFormat.FTK_HASH_LIST
    return ManifestFormat.POWERSHELL if plain >= {"hash", "path"} else ManifestFormat.TABLE


def _first_line(data: bytes) -> str:
    lines = (line for line in data[:4096].splitlines() if line and not line.startswith(b"#"))
    return next(lines, b"").decode(errors="replace")


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def parse(data: bytes) -> Iterator[ManifestEntry | MalformedLine]:
    """Read a table, its header included.

    Yields:
        An entry or a complaint per row; of a table of all that there is nothing for a row without
        digests, of a folder say.
    """
    text = data.decode("utf-8", errors="surrogateescape")
    delimiter = _delimiter(_first_line(data))
    skips = format_of(data) is ManifestFormat.TABLE
    rows = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    header: _Header | None = None
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield MalformedLine(rows.line_num, str(error).encode())
            return
        if row is None:
            return
        if not row or (header is None and row[0].startswith("#")):
            continue
        if header is None:
            refuse_twins([column.strip().lower() for column in row])
            header = _Header.of(row)
            if header is None:  # what looked like a header was part of a quoted value
                yield MalformedLine(rows.line_num, ",".join(row).encode(errors="replace"))
                return
            continue
        entry = _entry(header, row) if len(row) == header.count else None
        if skips and len(row) == header.count and not _digits(header, row):
            continue
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


def _digits(header: _Header, row: list[str]) -> dict[int, str]:
    return {at: row[at].strip() for at in header.hashes if row[at].strip()}


def _entry(header: _Header, row: list[str]) -> ManifestEntry | None:
    digests = []
    for at, digits in _digits(header, row).items():
        said = row[header.algorithm] if header.algorithm is not None else ""
        algorithm = header.hashes[at] or said.lower().replace("-", "")
        try:
            digests.append(
                Digest(algorithm or ALGORITHM_BY_LENGTH.get(len(digits), ""), digits.lower())
            )
        except ValueError:
            return None
    path = _path(header, row).encode("utf-8", "surrogateescape")
    return ManifestEntry(path, tuple(digests)) if path and digests else None


def _path(header: _Header, row: list[str]) -> str:
    """Where the file is; some programs have the folder in one column and the name in another."""
    place = row[header.place].replace("\\", "/") if header.place is not None else ""
    name = row[header.name] if header.name is not None else ""
    if not place or not name or place.rpartition("/")[2] == name:
        return place or name
    return f"{place.rstrip('/')}/{name}"
