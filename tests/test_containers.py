"""The main job, straight out of containers: the same rows, and what is refused."""

import hashlib
import os
import struct
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support import ad1_writer
from tests.support.ad1_writer import tree
from tests.support.containers import (
    FILES,
    NOT_UTF8,
    PICTURES,
    as_ad1,
    as_folder,
    as_tar,
    as_zip,
    log_of,
    md5_of,
    rows,
)
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Runner, spawn

ODD = {"한국 그림.png".encode(): PICTURES[b"p0-000.png"], b"text.png": b"no picture", b"e.png": b""}


def test_the_same_rows_from_every_container(dfc: Runner, tmp_path: Path) -> None:
    files = PICTURES | ODD
    (tmp_path / "five").mkdir()
    sets = [
        as_folder(tmp_path / "Set", files),
        as_zip(tmp_path / "Set.zip", files),
        as_tar(tmp_path / "Set.tar", files),
        as_tar(tmp_path / "Set.tar.gz", files, "gzip"),
        as_ad1(tmp_path / "Set.ad1", files),
        as_ad1(tmp_path / "five" / "Set.ad1", files, 5),
    ]
    found = []
    for number, evidence in enumerate(sets):
        out = tmp_path / f"{number}.csv"
        dfc(evidence, "--model", DEMO_MODEL, "--out", out, "--workers", 1 + number, code=3)
        found.append((rows(out), rows(tmp_path / f"{number}.exceptions.csv")))
        names = [line.rpartition(",")[2] for line in out.read_text("utf-8").splitlines()[1:]]
        assert {name.partition("/")[0] for name in names} == {evidence.name}
    assert len(found[0][0]) == 302
    assert len(found[0][1]) == 3
    assert all(one == found[0] for one in found)


def test_a_sequential_container_over_several_segments(
    dfc: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 32)
    shuffled = dict(sorted(PICTURES.items(), key=lambda one: hashlib.md5(one[0]).digest()))
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv"
    dfc(as_folder(tmp_path / "Set", PICTURES), "--model", DEMO_MODEL, "--out", plain)
    archive = as_tar(tmp_path / "Set.tar.gz", shuffled, "gzip")
    dfc(archive, "--model", DEMO_MODEL, "--out", packed)
    assert rows(plain) == rows(packed)


def test_names_that_are_not_utf8_come_out_the_same(dfc: Runner, tmp_path: Path) -> None:
    files = {NOT_UTF8: png()}
    found = []
    for number, evidence in enumerate(
        (
            as_folder(tmp_path / "Set", files),
            as_tar(tmp_path / "Set.tar", files),
            as_ad1(tmp_path / "Set.ad1", files),
        )
    ):
        dfc(evidence, "--model", DEMO_MODEL, "--out", tmp_path / f"{number}.csv")
        table = pq.read_table(tmp_path / f"{number}.details.parquet")
        found.append((rows(tmp_path / f"{number}.csv"), table["path_bytes"].to_pylist()))
    assert found[0][0][1][2] == "bad\\xff\\xfe.png"
    assert [one[0] for one in found] == [found[0][0]] * 3
    assert all(one[1][0].endswith(b"/" + NOT_UTF8) for one in found)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"ADCRYPT\0" + bytes(600), "encrypted AD1 image (ADCRYPT)"),
        (b"EVF\x09\x0d\x0a\xff\x00" + bytes(600), "EWF image (E01)"),
        (b"EVF2\x0d\x0a\x81\x00" + bytes(600), "EWF image (Ex01)"),
        (b"LVF\x09\x0d\x0a\xff\x00" + bytes(600), "logical EWF image (L01)"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(600), "7z archive"),
        (b"no picture", "no container that is read here"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_container_that_is_read(
    dfc: Runner, tmp_path: Path, head: bytes, said: str
) -> None:
    (tmp_path / "X.ad1").write_bytes(head)
    assert said in dfc(tmp_path / "X.ad1", "--out", tmp_path / "r.csv", code=5).err


def test_outputs_never_replace_a_segment(dfc: Runner, tmp_path: Path) -> None:
    as_ad1(tmp_path / "X.ad1", FILES, 2)
    os.link(tmp_path / "X.ad2", tmp_path / "r.csv")
    done = dfc(tmp_path / "X.ad1", "--out", tmp_path / "r.csv", "--force", code=2)
    assert "would replace" in done.err


def state(path: Path) -> tuple[int, int, int, bytes]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_atime_ns, path.read_bytes()


def test_containers_are_only_read(tmp_path: Path) -> None:
    for evidence in (
        as_ad1(tmp_path / "X.ad1", FILES),
        as_zip(tmp_path / "X.zip", FILES),
        as_tar(tmp_path / "X.tar.gz", FILES, "gzip"),
    ):
        os.utime(evidence, (1, 1))
        before = evidence.stat()
        folder = set(tmp_path.iterdir())
        out = tmp_path / "out" / evidence.name
        out.mkdir(parents=True)
        done = spawn(evidence, "--model", DEMO_MODEL, "--out", out / "r.csv", "--md5", "0" * 32)
        assert done.returncode == 4
        done = spawn(evidence, "--model", DEMO_MODEL, "--out", out / "r.csv", cwd=out)
        assert done.returncode == 0, done.stderr
        after = evidence.stat()
        assert (after.st_atime_ns, after.st_mtime_ns) == (before.st_atime_ns, before.st_mtime_ns)
        assert set(tmp_path.iterdir()) - folder <= {tmp_path / "out"}


def test_a_damaged_chunk_is_one_row(dfc: Runner, tmp_path: Path) -> None:
    written = ad1_writer.write(tmp_path / "X.ad1", tree(FILES))
    name = min(FILES)
    with (tmp_path / "X.ad1").open("r+b") as stream:
        stream.seek(512 + written.tables[name])
        stream.write(struct.pack("<Q", 9))
    dfc(tmp_path / "X.ad1", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", code=3)
    (row,) = rows(tmp_path / "r.exceptions.csv")[1:]
    assert (row[0], row[2]) == ("read_error", name.decode())


def test_the_log_holds_a_container_s_hash_without_a_reference(dfc: Runner, tmp_path: Path) -> None:
    path = as_zip(tmp_path / "S.zip", FILES)
    done = dfc(path, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    assert "NOT VERIFIED" in done.err
    found = log_of(tmp_path / "r.csv")["evidence_verified"]["container"]
    assert {one["digest"] for one in found} >= {md5_of(path)}
    assert not any(one["matched"] for one in found)


def test_every_row_of_a_container_that_differs_is_flagged(dfc: Runner, tmp_path: Path) -> None:
    path = as_zip(tmp_path / "S.zip", FILES)
    rest = ("--model", DEMO_MODEL, "--out", tmp_path / "r.csv", "--md5", "0" * 32)
    dfc(path, *rest, "--continue-on-mismatch", code=4)
    flags = pq.read_table(tmp_path / "r.details.parquet")["flags"].to_pylist()
    assert all("evidence_differs" in one for one in flags)


def test_a_size_that_no_file_can_have(dfc: Runner, tmp_path: Path) -> None:
    written = ad1_writer.write(tmp_path / "X.ad1", tree(FILES))
    with (tmp_path / "X.ad1").open("r+b") as stream:
        stream.seek(512 + written.items[min(FILES)] + 32)
        stream.write(b"\xff" * 8)
    dfc(tmp_path / "X.ad1", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", code=3)
    (row,) = rows(tmp_path / "r.exceptions.csv")[1:]
    assert row[0] == "too_large"


def test_a_link_to_an_image(dfc: Runner, tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    written = ad1_writer.write(tmp_path / "case" / "X.ad1", tree(FILES), 3)
    (tmp_path / "link.ad1").symlink_to(tmp_path / "case" / "X.ad1")
    dfc("verify-hash", tmp_path / "link.ad1", "--md5", written.image_hashes["md5"])
