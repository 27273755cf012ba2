"""Lists of known files in every form that people have, and those that cannot be understood."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import Digest, digest_bytes
from forensic_cli.known_files.formats import KnownFormat
from forensic_cli.known_files.known import KnownFiles
from forensic_cli.known_files.reading import READERS, read_known

CONTENTS = [b"content %d" % number for number in range(300)]
STRANGER = b"of a stranger"
ALL = ("md5", "sha1", "sha256")


def read(path: Path) -> KnownFiles:
    return read_known((path,), lambda _done, _total: None, skip=False)


def hashed(algorithm: str, data: bytes) -> str:
    return hashlib.new(algorithm, data).hexdigest()


def plain(algorithm: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_text("".join(f"{hashed(algorithm, one)}\n" for one in CONTENTS))

    return make


def mixed(path: Path) -> None:
    path.write_bytes(
        b"\xef\xbb\xbfhash\r\n# comment\r\n\r\n"
        + b"".join(
            f'  "{hashed(ALL[number % 3], one).upper()}" , name {number}.jpg\r\n'.encode()
            for number, one in enumerate(CONTENTS)
        )
    )


def md5sum(path: Path) -> None:
    path.write_text("".join(f"{hashed('md5', one)} *a/b {one!r}\n" for one in CONTENTS))


def powershell(path: Path) -> None:
    path.write_text("".join(f"{hashed('sha256', one)}\r\n" for one in CONTENTS), "utf-16")


def nsrl(path: Path) -> None:
    lines = [
        f'"{hashed("sha1", one).upper()}","{hashed("md5", one).upper()}","0A1B2C3D",'
        f'"a ""b"", c.jpg",{len(one)},10,"362"'
        for one in CONTENTS
    ]
    heading = (
        '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"'
    )
    path.write_text("\r\n".join((heading, *lines)) + "\r\n")


def database(path: Path, table: str = "FILE", columns: str = "sha256, sha1, md5") -> None:
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"CREATE TABLE {table} ({columns}, file_name, package_id)")
        names = columns.split(", ")
        rows = [(*(hashed(name, one).upper() for name in names), "n", 1) for one in CONTENTS]
        places = ", ".join("?" * len(rows[0]))
        made.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - ours
        made.commit()


def vics(path: Path) -> None:
    media = [
        {"MediaID": number, "Category": number % 4, "MD5": hashed("md5", one).upper(),
         "SHA1": None if number % 2 else hashed("sha1", one), "MediaSize": len(one),
         "Exifs": [{"PropertyName": "Make", "PropertyValue": "x"}], "Comments": '"MD5": "00"'}
        for number, one in enumerate(CONTENTS)
    ]  # fmt: skip
    path.write_text(json.dumps({"odata.metadata": "http://x", "value": media}))


def cases(path: Path) -> None:
    media = [{"MD5": hashed("md5", one), "SHA1": ""} for one in CONTENTS]
    halves = [{"CaseNumber": "1", "Media": media[:100]}, {"CaseNumber": "2", "Media": media[100:]}]
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"value": halves}, indent=2).encode())


MADE: dict[str, tuple[KnownFormat, Callable[[Path], None]]] = {
    "md5": (KnownFormat.HASHES, plain("md5")),
    "sha1": (KnownFormat.HASHES, plain("sha1")),
    "sha256": (KnownFormat.HASHES, plain("sha256")),
    "mixed": (KnownFormat.HASHES, mixed),
    "md5sum": (KnownFormat.HASHES, md5sum),
    "powershell": (KnownFormat.HASHES, powershell),
    "nsrl": (KnownFormat.NSRL_TEXT, nsrl),
    "database": (KnownFormat.NSRL_DATABASE, database),
    "old database": (
        KnownFormat.NSRL_DATABASE, lambda path: database(path, "METADATA", "sha1, md5"),
    ),
    "vics": (KnownFormat.MEDIA, vics),
    "cases": (KnownFormat.MEDIA, cases),
}  # fmt: skip


def test_every_format_is_tried() -> None:
    assert {form for form, _ in MADE.values()} == set(KnownFormat)
    assert [reader.format for reader in READERS] == list(KnownFormat)


@pytest.mark.parametrize("made", MADE)
def test_every_content_is_known_and_no_other(made: str, tmp_path: Path) -> None:
    form, make = MADE[made]
    path = tmp_path / "known list.dat"
    make(path)
    before = path.read_bytes(), sorted(tmp_path.iterdir())
    known = read(path)
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before
    (found,) = known.lists
    assert found.format is form
    assert found.sha256 == hashlib.sha256(before[0]).hexdigest()
    for one in CONTENTS:
        assert known.named(digest_bytes(one, ALL)) == ["known list.dat"], one
    assert known.named(digest_bytes(STRANGER, ALL)) == []


def cut(path: Path) -> None:
    vics(path)
    path.write_bytes(path.read_bytes()[:-5000])


def torn_database(path: Path) -> None:
    database(path)
    path.write_bytes(path.read_bytes()[:-20_000])


def rows_without(path: Path) -> None:
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE FILE (md5)")
        made.execute("INSERT INTO FILE VALUES (NULL)")
        made.commit()


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE pictures (md5)")
        made.commit()


def nsrl_with_a_torn_line(path: Path) -> None:
    nsrl(path)
    path.write_bytes(path.read_bytes() + b'"00AB')


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b""), "holds no MD5"),
        (lambda path: path.write_bytes(b"# nothing\n\n"), "holds no MD5"),
        (lambda path: path.write_bytes(b'{"value": []}'), "holds no MD5"),
        (lambda path: path.write_bytes(b"0" * 32 + b"\n" + b"0" * 31 + b"\n"), "line 2 "),
        (lambda path: path.write_bytes(b"0" * 32 + b"\nname\n"), "line 2 .*'name'"),
        (lambda path: path.write_bytes(b"0" * 32 + b"\n" + b"0" * 33 + b"\n"), "line 2 "),
        (lambda path: path.write_bytes(b"\xff\xd8\xff" + bytes(range(256))), "line 1 "),
        (lambda path: path.write_bytes(b"x" * (10 << 20)), "too long"),
        (lambda path: path.write_bytes(b'{"MD5": "0011"}'), "'0011' is no md5"),
        (cut, "no whole JSON"),
        (torn_database, "cannot be read"),
        (rows_without, "no digest that every row has"),
        (other_database, "no table FILE"),
        (nsrl_with_a_torn_line, "line 302 "),
        (lambda path: path.mkdir(), "no regular file"),
        (lambda _: None, "No such file"),
    ],
)
def test_what_cannot_be_understood(
    make: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    make(tmp_path / "list")
    with pytest.raises(ManifestError, match=said):
        read(tmp_path / "list")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=40))
def test_any_digests_are_found(tmp_path_factory: pytest.TempPathFactory, raw: list[bytes]) -> None:
    """With zeros at their ends, too, which NumPy does not tell from nothing."""
    raw = [*raw, raw[0][:15] + b"\0", bytes(16), b"\xff" * 16]
    path = tmp_path_factory.mktemp("k") / "list"
    path.write_bytes(b"\n".join(one.hex().encode() for one in raw))
    known = read(path)
    for one in raw:
        assert known.named({"md5": Digest("md5", one.hex())})
        other = bytes((one[0] ^ 1,)) + one[1:]
        assert bool(known.named({"md5": Digest("md5", other.hex())})) == (other in raw)


def test_a_line_over_the_border_of_two_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensic_cli.known_files.lines._STEP", 100)
    for name in ("mixed", "nsrl", "powershell"):
        form, make = MADE[name]
        make(tmp_path / name)
        known = read(tmp_path / name)
        assert all(known.named(digest_bytes(one, ALL)) for one in CONTENTS), form
