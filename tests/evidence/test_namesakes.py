"""Entries of a container that have one name: told apart by content, none is lost."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.flags import Flag
from tests.support import ad1_writer
from tests.support.ad1_writer import Entry
from tests.support.containers import rows
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner

Named = list[tuple[str, bytes]]


def as_zip(path: Path, entries: Named) -> Path:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for name, data in entries:
            if name in archive.namelist():
                with pytest.warns(UserWarning, match="Duplicate"):
                    archive.writestr(name, data)
            else:
                archive.writestr(name, data)
    return path.with_suffix(".zip")


def as_tar(path: Path, entries: Named, mode: str = "w") -> Path:
    with tarfile.open(path.with_suffix(".tar"), mode) as archive:  # type: ignore[call-overload]
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path.with_suffix(".tar")


def as_packed_tar(path: Path, entries: Named) -> Path:
    return as_tar(path, entries, "w:gz")


def as_ad1(path: Path, entries: Named) -> Path:
    made = [Entry(name.encode(), data) for name, data in entries]
    ad1_writer.write(path.with_suffix(".ad1"), made)
    return path.with_suffix(".ad1")


MAKERS: list[Callable[[Path, Named], Path]] = [as_zip, as_tar, as_packed_tar, as_ad1]
A, B, C = png((1, 2, 3)), png((200, 20, 30)), png((9, 200, 9))
CASES: dict[str, tuple[Named, dict[bytes, bytes], dict[bytes, set[Flag]]]] = {
    "the same content": (
        [("a.png", A), ("a.png", A), ("b.png", B)],
        {b"a.png": A, b"b.png": B},
        {b"a.png": {Flag.STORED_TWICE}, b"b.png": set()},
    ),
    "other content": (
        [("a.png", A), ("b.png", B), ("a.png", C)],
        {b"a.png": A, b"a.png#2": C, b"b.png": B},
        {b"a.png": {Flag.SAME_NAME}, b"a.png#2": {Flag.SAME_NAME}, b"b.png": set()},
    ),
    "both": (
        [("a.png", A), ("a.png", B), ("a.png", A), ("a.png", B), ("a.png", C)],
        {b"a.png": A, b"a.png#2": B, b"a.png#3": C},
        {name: {Flag.SAME_NAME} for name in (b"a.png", b"a.png#2", b"a.png#3")},
    ),
    "a number that is taken": (
        [("a.png", A), ("a.png#2", C), ("a.png", B)],
        {b"a.png": A, b"a.png#2": C, b"a.png#3": B},
        {b"a.png": {Flag.SAME_NAME}, b"a.png#2": set(), b"a.png#3": {Flag.SAME_NAME}},
    ),
    "the same size": (
        [("a.dat", b"1234"), ("a.dat", b"4321")],
        {b"a.dat": b"1234", b"a.dat#2": b"4321"},
        {b"a.dat": {Flag.SAME_NAME}, b"a.dat#2": {Flag.SAME_NAME}},
    ),
}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("name", CASES)
def test_entries_of_one_name(
    tmp_path: Path, make: Callable[[Path, Named], Path], name: str
) -> None:
    entries, contents, flags = CASES[name]
    with closing(open_evidence(make(tmp_path / "X", entries))) as source:
        listing = source.listing(lambda _: None)
        found = {}
        for index in source.in_reading_order(range(len(listing))):
            with source.reading(listing[index]) as stream:
                found[listing[index].path] = stream.read(1 << 20)
        assert found == contents
        assert {item.path: set(source.remarks(item)) for item in listing} == flags
        assert [item.path for item in listing] == sorted(contents)


def test_a_namesake_that_cannot_be_read_stays_a_row(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "X", [("a.png", A), ("a.png", B)])
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # the second one is encrypted
    path.write_bytes(data)
    with closing(open_evidence(path)) as source:
        listing = source.listing(lambda _: None)
        assert [item.path for item in listing] == [b"a.png", b"a.png#2"]


def test_the_whole_run(dfc: Runner, make_model: ModelMaker, tmp_path: Path) -> None:
    path = as_zip(tmp_path / "X", CASES["both"][0])
    out = tmp_path / "r.csv"
    dfc(path, "--model", make_model(), "--out", out)
    names = [row[2] for row in rows(out)[1:]]
    assert names == ["a.png", "a.png#2", "a.png#3"]
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "r.details.parquet").to_pylist()
    assert [row["flags"] for row in table] == [["same_name"]] * 3
