"""What the CSV have as a file's name: with or without evidence root and folders."""

from pathlib import Path

import pytest

from tests.support.containers import as_folder, as_zip
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner

FILES = {
    b"a.png": png((1, 2, 3)),
    b"sub/b, c.png": png((4, 5, 6)),
    b"sub/deep/\xff.png": png((7, 8, 9)),
    b"sub/note.txt": b"words",
}


def columns(path: Path) -> list[str]:
    import csv

    with path.open(encoding="utf-8", newline="") as stream:
        return [row["filename"] for row in csv.DictReader(stream)]


@pytest.mark.parametrize(
    ("form", "scored", "failed"),
    [
        ("full", ["Set/a.png", "Set/sub/b, c.png", "Set/sub/deep/\\xff.png"], ["Set/sub/note.txt"]),
        ("relative", ["a.png", "sub/b, c.png", "sub/deep/\\xff.png"], ["sub/note.txt"]),
        ("basename", ["a.png", "b, c.png", "\\xff.png"], ["note.txt"]),
    ],
)
def test_the_forms(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, form: str, scored: list[str],
    failed: list[str],
) -> None:  # fmt: skip
    evidence = as_folder(tmp_path / "Set", FILES)
    out = tmp_path / "r.csv"
    dfc(evidence, "--model", make_model(), "--out", out, "--names", form, "--excel-safe")
    assert columns(out) == scored
    assert columns(tmp_path / "r.exceptions.csv") == failed
    assert "failed" not in dfc("verify-run", tmp_path / "r.audit.jsonl").out


def test_relative_rows_of_a_folder_and_of_its_archive_are_the_same(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path
) -> None:
    files = {name: data for name, data in FILES.items() if name.isascii()}
    model = make_model()
    dfc(as_folder(tmp_path / "Set", files), "--model", model, "--out", tmp_path / "a.csv",
        "--names", "relative")  # fmt: skip
    dfc(as_zip(tmp_path / "Set.zip", files), "--model", model, "--out", tmp_path / "b.csv",
        "--names", "relative", "--names", "cp949")  # fmt: skip
    for name in ("{}.csv", "{}.exceptions.csv"):
        first, second = (tmp_path / name.format(one) for one in "ab")
        assert first.read_bytes() == second.read_bytes()


def test_names_that_two_files_have_are_refused(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path
) -> None:
    evidence = as_folder(tmp_path / "Set", {**FILES, b"sub/a.png": png()})
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv", "--names")
    said = dfc(*arguments, "basename", code=2).err
    assert "'a.png' and 'sub/a.png' would have one name" in said
    assert not (tmp_path / "r.csv").exists()
    assert "one form" in dfc(*arguments, "full", "--names", "relative", code=2).err
    assert "no character set" in dfc(*arguments, "nonsense", code=2).err


def test_the_size_of_segments_changes_no_byte_of_the_details(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {b"%04d.png" % n: png((n % 7, n % 11, 3)) for n in range(50)}
    evidence, model = as_folder(tmp_path / "Set", files), make_model()
    found = set()
    for size in (1024, 7, 1):
        monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", size)
        dfc(evidence, "--model", model, "--out", tmp_path / f"{size}.csv")
        found.add((tmp_path / f"{size}.details.parquet").read_bytes())
    assert len(found) == 1
