"""Large files without a picture are hashed as they pass; they take no memory of their size."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensic_cli.pipelines import skimming
from tests.support.containers import as_tar
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Runner, measured

LARGE = 3 << 20
TGA_FOOTER = bytes(8) + b"TRUEVISION-XFILE.\0"
NOISE = bytes(range(256)) * 16
FILES: dict[str, Callable[[], bytes]] = {
    "film.bin": lambda: b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + NOISE * 700,
    "mail.pst": lambda: b"!BDN" + bytes(LARGE),
    "disk.raw": lambda: bytes(LARGE) + b"koly" + bytes(508),
    "zeros": lambda: bytes(LARGE),
    "zeros.jpg": lambda: bytes(LARGE),
    "late.jpg": lambda: bytes(LARGE) + NOISE,
    "noise.png": lambda: b"\x01\x02" + NOISE * 800,
    "noise.dat": lambda: b"\x01\x02" + NOISE * 800,
    "shifted.jpg": lambda: b"\n\n" + png((1, 2, 3)) + NOISE * 800,
    "text.txt": lambda: b"a line of text\n" * 300_000,
    "old.tga": lambda: b"\0\0\2" + bytes(9) + b"\0\4\0\4\x18\0" + NOISE * 800,
    "new.tga": lambda: NOISE * 800 + TGA_FOOTER,
    "picture.dat": lambda: png((9, 9, 9)) + bytes(LARGE),
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    (tmp_path / "Set").mkdir()
    for name, content in FILES.items():
        (tmp_path / "Set" / name).write_bytes(content())
    return tmp_path / "Set"


def rows(out: Path) -> dict[str, dict[str, Any]]:
    table = pq.read_table(out.with_suffix(".details.parquet")).to_pylist()
    return {row.pop("path").rpartition("/")[2]: row for row in table}


def test_what_is_said_is_what_is_said_of_whole_files(
    dfc: Runner, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    skimmed: list[bytes] = []
    for number, least in enumerate((1 << 40, 1 << 20)):
        monkeypatch.setattr("forensic_cli.pipelines.reading.LARGE", least)

        def noted(*arguments: Any) -> skimming.Skimmed | None:
            if (one := skimming.skim(*arguments)) is not None:
                skimmed.append(arguments[1].path)
            return one

        monkeypatch.setattr("forensic_cli.pipelines.reading.skim", noted)
        out = tmp_path / f"{number}.csv"
        dfc(made, "--model", DEMO_MODEL, "--out", out, code=3)
        found.append(rows(out))
    assert sorted(skimmed) == sorted(
        name.encode() for name in FILES if name not in {"old.tga", "picture.dat"}
    )
    whole, parts = found
    assert {name: row["status"] for name, row in parts.items()} == {
        "film.bin": "video", "mail.pst": "document", "disk.raw": "container_inside",
        "zeros": "not_an_image", "zeros.jpg": "corrupt", "late.jpg": "corrupt",
        "noise.png": "corrupt", "noise.dat": "not_an_image", "shifted.jpg": "corrupt",
        "text.txt": "not_an_image", "old.tga": "unsupported_format",
        "new.tga": "unsupported_format", "picture.dat": "scored",
    }  # fmt: skip
    for name, row in parts.items():
        assert row["sha256"] == hashlib.sha256(FILES[name]()).hexdigest()
        # Of how many zeros a head consists is told as far as it is held.
        said = {**row, "reason": whole[name]["reason"]} if name == "late.jpg" else row
        assert said == whole[name]
    assert "its first 1048576 bytes are zero" in parts["late.jpg"]["reason"]


def test_what_a_decoder_takes_for_a_picture_after_all_is_read_whole(
    dfc: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensic_cli.pipelines.reading.LARGE", 1 << 20)
    monkeypatch.setattr("forensic_cli.pipelines.skimming.sniff", lambda *_: None)
    (tmp_path / "Set").mkdir()
    picture = png((7, 7, 7), (9, 9)) + NOISE * 800
    (tmp_path / "Set" / "a.png").write_bytes(picture)
    (tmp_path / "Set" / "b.png").write_bytes(picture)
    dfc(tmp_path / "Set", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    assert {row["status"] for row in rows(tmp_path / "r.csv").values()} == {"scored"}


def test_a_file_that_grows_or_shrinks(
    dfc: Runner, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensic_cli.pipelines.reading.LARGE", 1 << 20)
    skim = skimming.skim

    def altered(source: Any, item: Any, algorithms: Any) -> skimming.Skimmed | None:
        if item.path == b"film.bin":
            with (made / "film.bin").open("ab") as stream:
                stream.write(b"more")
        return skim(source, item, algorithms)

    monkeypatch.setattr("forensic_cli.pipelines.reading.skim", altered)
    dfc(made, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", code=3)
    assert rows(tmp_path / "r.csv")["film.bin"]["status"] == "changed_during_run"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "descend"), [("bomb.zip", True), ("bomb.jpg", True), ("bomb", False)]
)
def test_memory_does_not_grow_with_a_file(tmp_path: Path, name: str, *, descend: bool) -> None:
    """A quarter of a gigabyte that is packed in a few hundred kilobytes."""
    head = b"PK\x03\x04" if name.endswith("zip") else b""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, head + bytes(250 << 20))
    (tmp_path / "Set").mkdir()
    (tmp_path / "Set" / "outer.zip").write_bytes(inner.getvalue())
    evidence = tmp_path / "Set" if descend else tmp_path / "Set" / "outer.zip"
    options = ("--descend",) if descend else ()
    given = (evidence, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", *options)
    code, peak, said = measured(*given)
    assert code in {0, 3}, said
    assert peak < 300


def test_what_can_be_read_only_once_is_read_whole(dfc: Runner, tmp_path: Path) -> None:
    files = {b"film.bin": FILES["film.bin"]() * 4, b"a.png": png()}
    as_tar(tmp_path / "Set.tar.gz", files, "gzip")
    dfc(tmp_path / "Set.tar.gz", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", code=3)
    assert {name: row["status"] for name, row in rows(tmp_path / "r.csv").items()} == {
        "film.bin": "video", "a.png": "scored",
    }  # fmt: skip
