"""A container as a whole: which of its hashes matched, and what its report says."""

from pathlib import Path

import pytest

from tests.support import ad1_writer
from tests.support.ad1_writer import Entry, tree
from tests.support.containers import (
    FILES,
    as_folder,
    as_tar,
    as_zip,
    log_of,
    md5_of,
    rows,
)
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Runner


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
        assert f"verdict        intact (the md5 expected is that of {said})" in done.out
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
    dfc("verify-run", out.with_suffix(".audit.jsonl"))
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
    entries = [
        Entry(b"a.png", png(), md5=b"0" * 32),
        Entry(b"b.png", png((1, 2, 3))),
    ]
    written = ad1_writer.write(tmp_path / "X.ad1", entries)
    rest = ("--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    done = dfc(tmp_path / "X.ad1", *rest, code=4)
    assert "1 hash_mismatch" in done.out
    (row,) = rows(tmp_path / "r.exceptions.csv")[1:]
    assert row[0] == "hash_mismatch"
    assert row[1].startswith("the content is not what the container says of it: it holds md5:0000")
    assert row[2] == "a.png"
    assert len(rows(tmp_path / "r.csv")) == 2
    # The container is what its reference says: the run goes on, and the entry is an exception.
    given = ("--md5", written.image_hashes["md5"])
    done = dfc(tmp_path / "X.ad1", *rest, *given, "--force", code=4)
    assert "2 listed = 1 scored + 1 hash_mismatch" in done.out
    done = dfc("verify-hash", tmp_path / "X.ad1", *given, code=4)
    assert "1 matched, 1 changed" in done.out
