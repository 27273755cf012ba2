"""The main job and the check, straight out of containers."""

import csv
import gzip
import hashlib
import json
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import ad1_writer
import pyarrow.parquet as pq
import pytest
from ad1_writer import Entry, tree
from containers import NOT_UTF8, as_ad1, as_folder, as_tar, as_zip
from pictures import png
from running import DEMO_MODEL, Runner, spawn

PICTURES = {
    f"{'sub/' * (index % 3)}p{index % 7}-{index:03d}.png".encode(): png(
        (index % 256, index * 7 % 256, 255 - index % 256), (9 + index % 5, 7)
    )
    for index in range(300)
}
ODD = {"한국 그림.png".encode(): PICTURES[b"p0-000.png"], b"text.png": b"no picture", b"e.png": b""}


def rows(path: Path) -> list[list[str]]:
    """A result without the evidence root's name."""
    with path.open(newline="", encoding="utf-8") as stream:
        found = list(csv.reader(stream))
    column = found[0].index("filename")
    for row in found[1:]:
        row[column] = row[column].partition("/")[2]
    return found


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
    monkeypatch.setattr("forensic_cli.run.SEGMENT_SIZE", 32)
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


# --- the container's own hashes -----------------------------------------------------------------

FILES = dict(list(PICTURES.items())[:12])


def log_of(path: Path) -> dict[str, Any]:
    lines = path.with_suffix(".audit.jsonl").read_text(encoding="ascii").splitlines()
    return {line["event"]: line["data"] for line in map(json.loads, lines)}


def md5_of(*paths: Path) -> str:
    return hashlib.md5(b"".join(path.read_bytes() for path in paths)).hexdigest()


@pytest.fixture
def image(tmp_path: Path) -> tuple[Path, ad1_writer.Written]:
    (tmp_path / "case").mkdir()
    path = tmp_path / "case" / "Target ImageSet.ad1"
    return path, ad1_writer.write(path, tree(FILES), 3)


def test_the_verdict_says_which_hash_matched(
    dfc: Runner, image: tuple[Path, ad1_writer.Written]
) -> None:
    path, written = image
    segments = [path.with_suffix(f".ad{number}") for number in (1, 2, 3)]
    for digest, said in (
        (md5_of(*segments), "all 3 segments"),
        (written.image_hashes["md5"], "the image as FTK counts it"),
    ):
        done = dfc("verify-hash", path, "--md5", digest.upper())
        assert f"md5:{digest}  {said}  <- this is what was expected" in done.out
        assert done.out.count("<-") == 1
        assert "verdict        intact" in done.out
    done = dfc("verify-hash", path, "--md5", "0" * 32, code=4)
    assert "NOT INTACT" in done.out
    assert md5_of(segments[1]) in done.out
    done = dfc("verify-hash", path, "--md5", md5_of(*segments), "--sha1", "0" * 40, code=4)
    assert (
        "conflict       Target ImageSet.ad1  (md5 is that of all 3 segments; expected" in done.out
    )
    assert dfc("verify-hash", path, "--sha1", written.image_hashes["sha1"]).code == 0


def test_one_segment_s_hash_says_nothing_of_the_others(
    dfc: Runner, image: tuple[Path, ad1_writer.Written], tmp_path: Path
) -> None:
    path, _ = image
    done = dfc("verify-hash", path, "--md5", md5_of(path), code=4)
    assert "the file Target ImageSet.ad1  <- this is what was expected" in done.out
    assert "1 matched" in done.out
    assert "new            Target ImageSet.ad3  (no hash of this segment was given" in done.out
    dfc("verify-hash", path, "--md5", md5_of(path.with_suffix(".ad2")), code=4)
    every = tmp_path / "every.md5"
    dfc("hash", path, "--out", every)
    assert len(every.read_text().splitlines()) == 3
    assert "3 matched" in dfc("verify-hash", path, "--hashes", every).out
    ad1_writer.write(tmp_path / "One.ad1", tree(FILES))
    done = dfc("verify-hash", tmp_path / "One.ad1", "--md5", md5_of(tmp_path / "One.ad1"))
    assert "the file One.ad1  <- this is what was expected" in done.out


def test_hash_never_replaces_a_segment(dfc: Runner, image: tuple[Path, ad1_writer.Written]) -> None:
    path, _ = image
    second = path.with_suffix(".ad2")
    before = second.read_bytes()
    dfc("hash", path, "--out", second, "--format", "md5sum", "--force", code=2)
    assert second.read_bytes() == before


def report(md5: str, sha1: str) -> bytes:
    lines = (
        "Created By AccessData\N{REGISTERED SIGN} FTK\N{REGISTERED SIGN} Imager 3.4.3.3 ",
        "",
        "Case Information: ",
        "Acquired using: ADI3.4.3.3",
        "Case Number: 2023-305",
        "Evidence Number: 7",
        "Unique Description: 출품작",
        "Examiner: K. E.",
        "Notes: from the contest",
        "",
        "--------------------------------------------------------------",
        "",
        "Information for E:\\out\\Target ImageSet:",
        " Custom Content Sources: ",
        "  E:\\ImageSet|*(Wildcard,Consider Case,Include Subdirectories)",
        "[Computed Hashes]",
        f" MD5 checksum:    {md5}",
        f" SHA1 checksum:   {sha1}",
        "",
        "Image information: ",
        " Acquisition started:   Wed May 02 09:42:35 2018",
        " Acquisition finished:  Wed May 02 09:42:36 2018",
        " Segment list:",
        "  E:\\out\\Target ImageSet.ad1",
        "",
        "Image Verification Results:",
        " Verification started:  Wed May 02 09:42:37 2018",
        f" MD5 checksum:    {md5} : verified",
        f" SHA1 checksum:   {sha1} : verified",
    )
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode()


def test_ftk_s_report_is_found_and_its_facts_are_logged(
    dfc: Runner, image: tuple[Path, ad1_writer.Written], tmp_path: Path
) -> None:
    path, written = image
    path.with_name(path.name + ".txt").write_bytes(
        report(written.image_hashes["md5"], written.image_hashes["sha1"])
    )
    assert "verdict        intact" in dfc("verify-hash", path).out
    out = tmp_path / "r.csv"
    done = dfc(path, "--model", DEMO_MODEL, "--out", out)
    assert "the md5 expected is that of the image as FTK counts it" in done.err
    verified = log_of(out)["evidence_verified"]
    (reference,) = verified["references"]
    assert reference["acquisition"] == {
        "acquired_using": "ADI3.4.3.3",
        "case_number": "2023-305",
        "evidence_number": "7",
        "unique_description": "출품작",
        "examiner": "K. E.",
        "notes": "from the contest",
        "acquisition_started": "Wed May 02 09:42:35 2018",
        "acquisition_finished": "Wed May 02 09:42:36 2018",
        "verification_started": "Wed May 02 09:42:37 2018",
        "md5_verification": "verified",
        "sha1_verification": "verified",
    }
    assert reference["segments"] == ["E:\\out\\Target ImageSet.ad1"]
    matched = [one["of"] for one in verified["container"] if one["matched"]]
    assert matched == ["the image as FTK counts it"] * 2
    failed = report(written.image_hashes["md5"], written.image_hashes["sha1"])
    path.with_name(path.name + ".txt").write_bytes(failed.replace(b": verified", b": Mismatch"))
    assert "md5 'Mismatch', says FTK Imager's own verification" in dfc("verify-hash", path).out
    path.with_name(path.name + ".txt").write_bytes(report("0" * 32, "0" * 40))
    dfc("verify-hash", path, code=4)
    dfc(path, "--model", DEMO_MODEL, "--out", tmp_path / "s.csv", code=4)


def test_a_report_says_nothing_of_a_folder(dfc: Runner, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "Set", FILES)
    (tmp_path / "X.ad1.txt").write_bytes(report("0" * 32, "0" * 40))
    done = dfc("verify-hash", folder, "--hashes", tmp_path / "X.ad1.txt", code=5)
    assert "report on an image" in done.err


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_s_hash(dfc: Runner, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"Set.{kind}"
    as_zip(path, FILES) if kind == "zip" else as_tar(path, FILES, "gzip")
    arguments = (path, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    dfc(*arguments, "--md5", "0" * 32, code=4)
    assert not (tmp_path / "r.csv").exists()
    done = dfc(*arguments, "--md5", md5_of(path))
    assert "NOT VERIFIED" not in done.err
    assert log_of(tmp_path / "r.csv")["evidence_verified"]["given"] == [f"md5:{md5_of(path)}"]
    (tmp_path / "hashes").mkdir()
    (tmp_path / "hashes" / f"Set.{kind}.md5").write_text(f"{md5_of(path)}  Set.{kind}\n")
    assert "intact" in dfc("verify-hash", path).out


def test_what_differs_stops_before_a_model_is_loaded(
    dfc: Runner, image: tuple[Path, ad1_writer.Written], tmp_path: Path
) -> None:
    path, _ = image
    (tmp_path / "no-model.onnx").write_bytes(b"garbage")
    arguments = ("--model", tmp_path / "no-model.onnx", "--out", tmp_path / "r.csv")
    dfc(path, *arguments, "--md5", "0" * 32, code=4)
    segments = [path.with_suffix(f".ad{number}") for number in (1, 2, 3)]
    dfc(path, *arguments, "--md5", md5_of(*segments), code=6)


def test_a_file_that_is_not_what_the_image_says_of_it(dfc: Runner, tmp_path: Path) -> None:
    entries = [Entry(b"a.png", png(), md5=b"0" * 32), Entry(b"b.png", png((1, 2, 3)))]
    written = ad1_writer.write(tmp_path / "X.ad1", entries)
    rest = ("--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    done = dfc(tmp_path / "X.ad1", *rest, code=4)
    assert "1 hash_mismatch" in done.out
    (row,) = rows(tmp_path / "r.exceptions.csv")[1:]
    assert row[0] == "hash_mismatch"
    assert row[1].startswith("the content is not what the container says of it: it holds md5:0000")
    assert row[2] == "a.png"
    assert len(rows(tmp_path / "r.csv")) == 2
    done = dfc("verify-hash", tmp_path / "X.ad1", "--md5", written.image_hashes["md5"], code=4)
    assert "1 matched, 1 changed" in done.out


# --- a folder that was extracted ----------------------------------------------------------------


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


def test_moves_and_duplicates_may_be_allowed(dfc: Runner, tmp_path: Path) -> None:
    container = as_zip(tmp_path / "X.zip", FILES)
    folder = as_folder(tmp_path / "ImageSet", FILES)
    names = sorted(os.fsdecode(name) for name in FILES)
    (folder / names[2]).rename(folder / "moved.png")
    (folder / "copy.png").write_bytes((folder / names[3]).read_bytes())
    arguments = ("verify-hash", container, "--extracted", folder, "--allow", "moved")
    dfc(*arguments, code=4)
    dfc(*arguments, "--allow", "duplicate")


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"ADCRYPT\0" + bytes(600), "encrypted AD1 image (ADCRYPT)"),
        (b"EVF\x09\x0d\x0a\xff\x00" + bytes(600), "EWF image (E01)"),
        (b"EVF2\x0d\x0a\x81\x00" + bytes(600), "EWF image (Ex01)"),
        (b"LVF\x09\x0d\x0a\xff\x00" + bytes(600), "logical EWF image (L01)"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(600), "7z archive"),
        (png(), "no container that is read here"),
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


# --- lists and the evidence they are of ---------------------------------------------------------


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
    assert "1 missing, 0 new, 2 unreadable" in done.out


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
