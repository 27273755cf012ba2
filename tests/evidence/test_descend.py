"""Containers inside the evidence, opened in place with --descend."""

import hashlib
import io
import os
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensic_cli.evidence import inner_containers
from tests.support import ad1_writer
from tests.support.ad1_writer import Entry
from tests.support.containers import Files, as_folder, as_zip, rows
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner


def pictures(count: int, seed: int) -> Files:
    return {f"p{n}.png".encode(): png((seed, n, 9)) for n in range(count)}


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name.decode(), data)
    return stream.getvalue()


def tarred(files: Files, mode: str = "w:gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name.decode())
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def imaged(files: Files, tmp_path: Path) -> bytes:
    ad1_writer.write(tmp_path / "x.ad1", [Entry(name, data) for name, data in files.items()])
    return (tmp_path / "x.ad1").read_bytes()


@pytest.fixture
def nested(tmp_path: Path) -> Files:
    """61 pictures, in a folder, archives, archives in archives, a document, an image."""
    inner = zipped(pictures(10, 1))
    return {
        **pictures(5, 0),
        b"a.zip": zipped({b"in/inner.zip": inner, **pictures(10, 2), b"note.txt": b"words"}),
        b"b.docx": zipped({b"[Content_Types].xml": b"<Types/>", b"word/media/image1.png": png()}),
        b"c.mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(50),
        b"d.ad1": imaged({**pictures(10, 3), b"e.zip": zipped(pictures(5, 4))}, tmp_path),
        b"f.tar.gz": tarred(pictures(10, 5)),
        b"sub/g.tar": tarred(pictures(10, 6), "w"),
    }


NAMES = (
    [f"Set/a.zip/in/inner.zip/p{n}.png" for n in range(10)]
    + [f"Set/a.zip/p{n}.png" for n in range(10)]
    + ["Set/b.docx/word/media/image1.png"]
    + [f"Set/d.ad1/e.zip/p{n}.png" for n in range(5)]
    + [f"Set/d.ad1/p{n}.png" for n in range(10)]
    + [f"Set/f.tar.gz/p{n}.png" for n in range(10)]
    + [f"Set/p{n}.png" for n in range(5)]
    + [f"Set/sub/g.tar/p{n}.png" for n in range(10)]
)


def exceptions(path: Path) -> dict[str, tuple[str, str]]:
    found = rows(path.with_suffix(".exceptions.csv"))[1:]
    return {f"Set/{row[2]}": (row[0], row[1]) for row in found}


def names(path: Path) -> list[str]:
    return [f"Set/{row[2]}" for row in rows(path)[1:]]


def test_every_picture_has_a_row(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, nested: Files
) -> None:
    assert len(NAMES) == 61
    evidence = as_folder(tmp_path / "Set", nested)
    out = tmp_path / "r.csv"
    dfc(evidence, "--model", make_model(), "--out", out, "--descend", code=3)
    assert names(out) == NAMES
    found = exceptions(out)
    assert found["Set/c.mp4"][0] == "video"
    assert found["Set/a.zip"] == (
        "not_an_image", "ZIP archive; opened: its 22 entries have rows of their own",
    )  # fmt: skip
    assert found["Set/a.zip/in/inner.zip"][0] == "not_an_image"
    assert found["Set/b.docx"][0] == "not_an_image"
    table = pq.read_table(tmp_path / "r.details.parquet").to_pylist()
    assert len(table) == len(NAMES) + len(found)
    assert all(row["sha256"] for row in table)
    assert "failed" not in dfc("verify-run", tmp_path / "r.audit.jsonl").out


@pytest.mark.parametrize("make", [as_zip, "ad1", "tar.gz"])
def test_in_evidence_that_is_a_container_itself(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, nested: Files, make: object
) -> None:
    if callable(make):
        path = make(tmp_path / "Set.zip", nested)
    elif make == "ad1":
        path = tmp_path / "Set.ad1"
        ad1_writer.write(path, [Entry(name, data) for name, data in nested.items()])
    else:
        path = tmp_path / "Set.tar.gz"
        path.write_bytes(tarred(nested))
    out = tmp_path / "r.csv"
    dfc(path, "--model", make_model(), "--out", out, "--descend", code=3)
    assert names(out) == NAMES


def test_workers_and_a_small_number_of_open_containers_change_nothing(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, nested: Files,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    evidence, model = as_folder(tmp_path / "Set", nested), make_model()
    results = set()
    for held, workers in ((4, 1), (1, 1), (1, 5), (2, 3)):
        monkeypatch.setattr(inner_containers, "_HELD", held)
        out = tmp_path / f"{held}{workers}.csv"
        dfc(evidence, "--model", model, "--out", out, "--descend", "--workers", workers, code=3)
        results.add((out.read_bytes(), out.with_suffix(".exceptions.csv").read_bytes()))
    assert len(results) == 1


def test_how_deep(dfc: Runner, make_model: ModelMaker, tmp_path: Path, nested: Files) -> None:
    evidence, model = as_folder(tmp_path / "Set", nested), make_model()
    out = tmp_path / "r.csv"
    dfc(evidence, "--model", model, "--out", out, "--descend", "--descend-levels", 1, code=3)
    assert exceptions(out)["Set/a.zip/in/inner.zip"][0] == "container_inside"
    assert len(names(out)) == 61 - 10 - 5
    done = dfc(evidence, "--model", model, "--out", tmp_path / "s.csv", code=3)
    assert len(names(tmp_path / "s.csv")) == 5
    assert "NOT OPENED: 4 container_inside, 1 document, 1 video" in done.err
    assert "--descend opens" in done.err


def listed(files: Files) -> str:
    return "".join(
        f"{hashlib.md5(data).hexdigest()}  {os.fsdecode(n)}\n" for n, data in files.items()
    )


def test_a_reference_of_the_outer_files_covers_what_is_in_them(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, nested: Files
) -> None:
    evidence, model = as_folder(tmp_path / "Set", nested), make_model()
    (tmp_path / "l.md5").write_text(listed(nested))
    arguments = (evidence, "--model", model, "--hashes", tmp_path / "l.md5", "--descend")
    done = dfc(*arguments, "--strict", "--out", tmp_path / "r.csv", code=3)
    assert "intact" in done.out
    assert names(tmp_path / "r.csv") == NAMES
    (evidence / "a.zip").write_bytes(zipped(pictures(3, 99)))
    dfc(*arguments, "--out", tmp_path / "s.csv", code=4)


def test_a_container_that_is_another_one_later_is_not_scored(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between listing and scoring; nothing is scored that was not listed, or is another."""
    from forensic_cli.classification import classify as job

    files = {b"a.zip": zipped(pictures(4, 1), 0), b"b.zip": zipped(pictures(4, 2), 0)}
    evidence = as_folder(tmp_path / "Set", files)
    other = zipped(pictures(4, 77), 0)
    monkeypatch.setattr(inner_containers, "_HELD", 1)
    original = job.local_pipeline  # type: ignore[attr-defined]

    def later(*arguments: Any, **options: Any) -> Any:
        assert len(other) == len(files[b"a.zip"])
        (evidence / "a.zip").write_bytes(other)
        return original(*arguments, **options)

    monkeypatch.setattr(job, "local_pipeline", later)
    out = tmp_path / "r.csv"
    dfc(evidence, "--model", make_model(), "--out", out, "--descend", code=3)
    found = exceptions(out)
    assert {n for n, (status, _) in found.items() if status == "changed_during_run"} >= {
        f"Set/a.zip/p{n}.png" for n in range(4)
    }
    assert names(out) == [f"Set/b.zip/p{n}.png" for n in range(4)]


BOMBS: dict[str, Callable[[], bytes]] = {
    "archives in archives in archives": lambda: layers(6, 6),
    "a claim of a ZIP and zeros": lambda: zipped({b"x.zip": b"PK\3\4" + bytes(200 << 20)}),
    "many of them": lambda: zipped(
        {b"%d.zip" % n: b"PK\3\4" + bytes(100 << 20) for n in range(12)}
    ),
    "a compressed claim of a tar": lambda: zipped(
        {b"x.tar": tarred({b"a": bytes(150 << 20)}, "w")}
    ),
}


def layers(depth: int, width: int) -> bytes:
    data = zipped({b"a.png": png()})
    for _ in range(depth):
        data = zipped({b"%d.zip" % n: data for n in range(width)})
    return data


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_done_with(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, name: str
) -> None:
    evidence = as_folder(tmp_path / "Set", {b"bomb.zip": BOMBS[name](), b"a.png": png()})
    out = tmp_path / "r.csv"
    began = time.monotonic()
    dfc(evidence, "--model", make_model(), "--out", out, "--descend", code=3)
    assert time.monotonic() - began < 120  # a tenth of it where a processor is free
    assert "Set/a.png" in names(out)
    assert "container_inside" in {status for status, _ in exceptions(out).values()}


def test_what_cannot_be_opened_says_so(dfc: Runner, make_model: ModelMaker, tmp_path: Path) -> None:
    whole = zipped(pictures(3, 1))
    files = {
        b"cut.zip": whole[: len(whole) // 2],
        b"one.gz": tarred({b"a": b"x"})[:30],
        **pictures(1, 0),
    }
    evidence = as_folder(tmp_path / "Set", files)
    out = tmp_path / "r.csv"
    dfc(evidence, "--model", make_model(), "--out", out, "--descend", code=3)
    status, reason = exceptions(out)["Set/cut.zip"]
    assert status == "container_inside"
    assert "it was not opened: damaged" in reason
