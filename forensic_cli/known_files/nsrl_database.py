"""NSRL's Reference Data Set from version 3 on: an SQLite database with the table ``FILE``.

NIST, RDS 3: ``FILE(sha256, sha1, md5, crc32, file_name, file_size, package_id)``; ``METADATA`` in
the full sets has the same columns. The strongest digest that every row has is taken.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from forensic_cli.errors import ManifestError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.hashing import Readable

_MAGIC = b"SQLite format 3\0"
_TABLES = ("FILE", "METADATA", "DISTINCT_HASH")
_COLUMNS = ("sha256", "sha1", "md5")
_LENGTHS = {"sha256": 64, "sha1": 40, "md5": 32}
_ROWS = 50_000


def begins(head: bytes) -> bool:
    """Whether a file is an SQLite database."""
    return head.startswith(_MAGIC)


def digests(path: Path, _: Readable) -> dict[str, bytearray]:
    """One digest of every row.

    Raises:
        ManifestError: It is damaged, has none of the tables, or a row has no digest.
    """
    try:
        # Nothing is written beside it, a journal neither.
        where = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(where, uri=True)) as database:
            return _read(path, database)
    except (sqlite3.Error, UnicodeDecodeError, ValueError) as error:
        msg = f"the database {path.name!r} cannot be read: {on_screen(str(error))}"
        raise ManifestError(msg) from error


def _read(path: Path, database: sqlite3.Connection) -> dict[str, bytearray]:
    names = {name.upper(): name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    table = next((names[name] for name in _TABLES if name in names), None)
    if table is None:
        msg = f"the database {path.name!r} has no table {' or '.join(_TABLES)}; is it an NSRL RDS?"
        raise ManifestError(msg)
    has = {row[1].lower() for row in database.execute(f'PRAGMA table_info("{table}")')}
    for algorithm in (one for one in _COLUMNS if one in has):
        found = bytearray()
        rows = database.execute(f'SELECT {algorithm} FROM "{table}"')  # noqa: S608 - names of ours
        while part := rows.fetchmany(_ROWS):
            texts = [str(value or "") for (value,) in part]
            if any(len(text) != _LENGTHS[algorithm] for text in texts):
                break
            found += bytes.fromhex("".join(texts))
        else:
            return {algorithm: found}
    msg = f"the table {table} of {path.name!r} has no digest that every row has"
    raise ManifestError(msg)
