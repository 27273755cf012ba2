"""The entries of a container: against a folder that was extracted, and against lists."""

import gzip
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from tests.support import ad1_writer
from tests.support.containers import (
    FILES,
    as_ad1,
    as_folder,
    as_tar,
    as_zip,
    md5_of,
)
from tests.support.running import Runner


@pytest.mark.parametrize("kind", ["ad1", "zip", "tar.gz"])
def test_an_extracted_folder(dfc: Runner, tmp_path: Path, kind: str) -> None:
    container = tmp_path / f"X.{kind}"
    match kind:
        case "ad1":
            as_ad1(container, FILES, 2)
        case "zip":
            as_zip(container, FILES)
        case _:
            as_tar(container, FILES, "gzip")
    folder = as_folder(tmp_path / "ImageSet", FILES)
    arguments = ("verify-hash", container, "--extracted", folder)
    assert "12 matched, 0 changed" in dfc(*arguments).out
    names = sorted(os.fsdecode(name) for name in FILES)
    (folder / names[0]).write_bytes(b"other")
    (folder / names[1]).unlink()
    (folder / names[2]).rename(folder / "moved.png")
    (folder / "new.png").write_bytes(b"new")
    (folder / "copy.png").write_bytes((folder / names[3]).read_bytes())
    done = dfc(*arguments, code=4)
    assert "9 matched, 1 changed, 0 conflict, 1 moved, 1 duplicate, 1 missing, 1 new" in done.out
    assert f"duplicate      copy.png  (the same content as {names[3]})" in done.out


def test_an_extracted_folder_and_the_container_itself(dfc: Runner, tmp_path: Path) -> None:
    container = as_zip(tmp_path / "X.zip", FILES)
    folder = as_folder(tmp_path / "ImageSet", FILES)
    arguments = ("verify-hash", container, "--extracted", folder, "--md5")
    assert dfc(*arguments, md5_of(container)).out.count("verdict        intact") == 2
    assert dfc(*arguments, "0" * 32, code=4).out.count("verdict        intact") == 1
    dfc("verify-hash", folder, "--extracted", folder, code=2)
    dfc("verify-hash", "--extracted", folder, code=2)


def test_the_container_s_own_reference_counts_as_well(dfc: Runner, tmp_path: Path) -> None:
    container = as_zip(tmp_path / "X.zip", FILES)
    folder = as_folder(tmp_path / "ImageSet", FILES)
    done = dfc("verify-hash", container, "--extracted", folder)
    assert "NOT VERIFIED: no reference hash was given or found for 'X.zip' itself" in done.err
    (tmp_path / "X.zip.md5").write_text(f"{'0' * 32}  X.zip\n")
    dfc("verify-hash", container, "--extracted", folder, code=4)
    (tmp_path / "X.zip.md5").write_text(f"{md5_of(container)}  X.zip\n")
    assert "NOT VERIFIED" not in dfc("verify-hash", container, "--extracted", folder).err


def test_an_extracted_folder_without_what_cannot_be_read(dfc: Runner, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        archive.writestr("../x", b"x")
        archive.writestr("C:\\a.png", b"a")
    folder = as_folder(tmp_path / "ImageSet", {b"C:\\a.png": b"a"})
    done = dfc("verify-hash", tmp_path / "X.zip", "--extracted", folder, code=5)
    assert "1 matched" in done.out
    assert "unreadable     ../x  (in the container: its name climbs" in done.out


def test_a_name_like_another_folder_s_stops_nothing(dfc: Runner, tmp_path: Path) -> None:
    container = as_zip(tmp_path / "X.zip", {b"C:\\case\\a.png": b"a"})
    folder = as_folder(tmp_path / "ImageSet", {b"b.png": b"b"})
    done = dfc("verify-hash", container, "--extracted", folder, code=4)
    assert "1 missing, 1 new" in done.out


def test_moves_and_duplicates_may_be_allowed(dfc: Runner, tmp_path: Path) -> None:
    container = as_zip(tmp_path / "X.zip", FILES)
    folder = as_folder(tmp_path / "ImageSet", FILES)
    names = sorted(os.fsdecode(name) for name in FILES)
    (folder / names[2]).rename(folder / "moved.png")
    (folder / "copy.png").write_bytes((folder / names[3]).read_bytes())
    arguments = ("verify-hash", container, "--extracted", folder, "--allow", "moved")
    dfc(*arguments, code=4)
    dfc(*arguments, "--allow", "duplicate")


@pytest.mark.parametrize("cut", ["before", "after"])
def test_the_hash_of_a_damaged_container(dfc: Runner, tmp_path: Path, cut: str) -> None:
    """Was it damaged before it was hashed, or after?"""
    path = as_tar(tmp_path / "X.tar.gz", FILES, "gzip")
    path.write_bytes(path.read_bytes()[:-50])
    expected = md5_of(path)
    if cut == "after":
        path.write_bytes(path.read_bytes()[:-50])
    done = dfc("verify-hash", path, "--md5", expected, code={"before": 5, "after": 4}[cut])
    counts = {"before": "1 matched, 0 changed", "after": "0 matched, 1 changed"}
    assert counts[cut] in done.out
    assert "unreadable     X.tar.gz  (the gzip stream is damaged" in done.out


def test_a_compressed_file_that_is_no_archive_has_a_hash(dfc: Runner, tmp_path: Path) -> None:
    (tmp_path / "disk.dd.gz").write_bytes(gzip.compress(b"disk" * 1000))
    dfc("verify-hash", tmp_path / "disk.dd.gz", "--md5", md5_of(tmp_path / "disk.dd.gz"))


def test_a_list_of_segments_without_a_target(
    dfc: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_ad1(tmp_path / "X.ad1", FILES, 3)
    (tmp_path / "hashes").mkdir()
    segments = [tmp_path / f"X.ad{number}" for number in (1, 2, 3)]
    lines = [f"{md5_of(segment)}  {segment.name}\n" for segment in segments]
    (tmp_path / "hashes" / "list.md5").write_text("".join(lines))
    monkeypatch.chdir(tmp_path)
    assert "3 matched, 0 changed" in dfc("verify-hash").out


def test_a_missing_file_beside_one_that_is_there_twice(dfc: Runner, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "S.zip", "w") as archive:
        archive.writestr("a.png", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.png", b"2")
    text = "".join(
        f"{hashlib.md5(name).hexdigest()}  {name.decode()}\n" for name in (b"a.png", b"b.png")
    )
    (tmp_path / "list").write_text(text)
    done = dfc("verify-hash", tmp_path / "S.zip", "--hashes", tmp_path / "list", code=4)
    assert "0 matched, 1 changed" in done.out
    assert "1 missing, 1 new" in done.out


def test_the_first_of_two_places_is_the_new_one(dfc: Runner, tmp_path: Path) -> None:
    path = as_tar(tmp_path / "X.tar.gz", {b"z": b"same", b"a": b"same"}, "gzip")
    (tmp_path / "list").write_text(f"{hashlib.md5(b'same').hexdigest()}  m\n")
    done = dfc("verify-hash", path, "--hashes", tmp_path / "list", code=4)
    assert "moved          m  (is now a)" in done.out
    assert "duplicate      z" in done.out


def test_an_entry_that_is_found_out_twice_is_counted_once(dfc: Runner, tmp_path: Path) -> None:
    entries = [ad1_writer.Entry(b"a.png", b"a", md5=b"0" * 32), ad1_writer.Entry(b"b.png", b"b")]
    written = ad1_writer.write(tmp_path / "X.ad1", entries)
    lines = [
        f"{hashlib.md5(name[:1]).hexdigest()}  {name.decode()}\n" for name in (b"a.png", b"b.png")
    ]
    (tmp_path / "list").write_text("".join(lines))
    given = ("--md5", written.image_hashes["md5"], "--hashes", tmp_path / "list")
    done = dfc("verify-hash", tmp_path / "X.ad1", *given, code=4)
    assert "2 matched, 1 changed" in done.out


def test_rows_of_other_files_are_counted(dfc: Runner, tmp_path: Path) -> None:
    path = as_zip(tmp_path / "S.zip", FILES)
    (tmp_path / "list").write_text(f"{md5_of(path)}  S.zip\n{'0' * 32}  note.txt\n")
    done = dfc("verify-hash", path, "--hashes", tmp_path / "list")
    assert "1 rows of" in done.out


def test_an_entry_of_the_container_s_own_name(dfc: Runner, tmp_path: Path) -> None:
    path = as_zip(tmp_path / "S.zip", {b"S/S.zip": b"inner", b"S/a.png": b"a"})
    lines = [
        f"{hashlib.md5(c).hexdigest()}  {n}\n"
        for n, c in (("S/S.zip", b"inner"), ("S/a.png", b"a"))
    ]
    (tmp_path / "list").write_text("".join(lines))
    assert "2 matched" in dfc("verify-hash", path, "--hashes", tmp_path / "list").out


def test_all_lists_count(dfc: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = as_zip(tmp_path / "S.zip", FILES)
    (tmp_path / "hashes").mkdir()
    (tmp_path / "hashes" / "S.zip.md5").write_text(f"{md5_of(path)}  S.zip\n")
    monkeypatch.chdir(tmp_path)
    dfc("verify-hash", path)
    (tmp_path / "S.zip.sha256").write_text(f"{'0' * 64}  S.zip\n")
    dfc("verify-hash", path, code=4)
