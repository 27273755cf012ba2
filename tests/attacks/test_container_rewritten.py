"""A container is verified, then rewritten in place: what was verified is what is scored."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_STORED

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic_cli.classification import classify as job
from forensic_cli.errors import EvidenceAlteredError
from forensic_cli.evidence.held_blocks import HeldBlocks
from forensic_cli.evidence.kinds import BY_PATH, Kind
from forensic_cli.evidence.opening import EvidenceFile
from tests.support.containers import MADE, Files, as_zip, md5_of, rows
from tests.support.hostile import noise
from tests.support.models import ModelMaker
from tests.support.pictures import encoded
from tests.support.running import Runner

COUNT = 12


def pictures(seed: int) -> Files:
    """Files of one size that nothing packs."""
    return {
        f"p{index}.bmp".encode(): encoded(noise(220, 160, seed + index), "BMP")
        for index in range(COUNT)
    }


def made(kind: Kind, path: Path, files: Files) -> bytes:
    """The bytes of a container of any kind; of a ZIP archive, one that packs nothing."""
    path.unlink(missing_ok=True)
    if kind is Kind.ZIP:
        as_zip(path, files, ZIP_STORED)
    else:
        MADE[kind].make(path, files)
    return path.read_bytes()


@pytest.fixture(params=[kind for kind in BY_PATH if kind is not Kind.FOLDER])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def rewrite(kind: Kind, tmp_path: Path) -> tuple[Path, Callable[[], None]]:
    """A container, and what puts other pictures into it in place, its times as they were."""
    path = tmp_path / MADE[kind].name
    other = made(kind, path, pictures(100))
    before = made(kind, path, pictures(0))
    times = path.stat()

    def do() -> None:
        with path.open("r+b") as stream:
            stream.write(other[: len(before)].ljust(len(before), b"\0"))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    return path, do


@pytest.fixture(params=[False, True], ids=["", "clock"])
def moved_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the clock put back, or on a drive that lies, nothing shows in the file's times."""
    if request.param:
        monkeypatch.setattr(EvidenceFile, "changed", False)


@pytest.fixture
def genuine(dfc: Runner, make_model: ModelMaker, tmp_path: Path, kind: Kind) -> list[list[str]]:
    """The rows of what was verified."""
    path = tmp_path / "genuine" / MADE[kind].name
    path.parent.mkdir()
    made(kind, path, pictures(0))
    dfc(path, "--model", make_model(), "--out", tmp_path / "genuine.csv", code=0)
    found = rows(tmp_path / "genuine.csv")
    assert len(found) == 1 + COUNT
    return found


def assert_scored_as_verified(out: Path, genuine: list[list[str]]) -> None:
    """What was still in memory may be scored; nothing that was put in its place."""
    scored = rows(out)
    refused = rows(out.with_suffix(".exceptions.csv"))[1:]
    assert {row[0] for row in refused} == {"changed_during_run"}
    assert [row for row in genuine if row in scored] == scored
    assert len(scored) - 1 + len(refused) == COUNT


def between(monkeypatch: pytest.MonkeyPatch, step: str, do: Callable[[], None]) -> None:
    """Do something just before a step of the run."""
    original = getattr(job, step)

    def later(*arguments: object, **options: object) -> object:
        do()
        return original(*arguments, **options)

    monkeypatch.setattr(job, step, later)


@pytest.mark.usefixtures("moved_clock")
def test_after_it_was_verified(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    rewrite: tuple[Path, Callable[[], None]], genuine: list[list[str]],
) -> None:  # fmt: skip
    path, do = rewrite
    out = tmp_path / "r.csv"
    between(monkeypatch, "local_pipeline", do)
    dfc(path, "--model", make_model(), "--out", out, "--md5", md5_of(path), code=3)
    assert_scored_as_verified(out, genuine)


@pytest.mark.usefixtures("moved_clock")
def test_between_listing_and_verification(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    rewrite: tuple[Path, Callable[[], None]],
) -> None:  # fmt: skip
    path, do = rewrite
    out = tmp_path / "r.csv"
    between(monkeypatch, "verify_evidence", do)
    done = dfc(path, "--model", make_model(), "--out", out, "--md5", md5_of(path), code=5)
    assert "was altered while it was examined" in done.err
    assert not out.exists()


def test_without_a_reference_too(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    rewrite: tuple[Path, Callable[[], None]], genuine: list[list[str]],
) -> None:  # fmt: skip
    """The log holds the container's digest, of which the rows must be."""
    path, do = rewrite
    out = tmp_path / "r.csv"
    monkeypatch.setattr(EvidenceFile, "changed", False)
    between(monkeypatch, "local_pipeline", do)
    dfc(path, "--model", make_model(), "--out", out, code=3)
    assert_scored_as_verified(out, genuine)


BLOCK = HeldBlocks(1).size
SIZE = 5 * BLOCK + 123


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = tmp_path_factory.mktemp("held") / "large.bin"
    data = os.urandom(SIZE)
    path.write_bytes(data)
    return path, data


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(0, SIZE), st.integers(0, 4 * BLOCK)), min_size=1, max_size=6
    )
)  # fmt: skip
def test_any_part_reads_as_it_is(held: tuple[Path, bytes], parts: list[tuple[int, int]]) -> None:
    path, data = held
    with closing(EvidenceFile(path)) as file:
        for offset, size in parts:
            stop = min(offset + size, SIZE)
            assert file.read_at(offset, stop - offset) == data[offset:stop]


@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK, 3 * BLOCK + 5, SIZE - 1])
@pytest.mark.parametrize("size", [1, 3 * BLOCK])
def test_a_byte_altered_after_it_was_read(
    held: tuple[Path, bytes], tmp_path: Path, at: int, size: int
) -> None:
    path = tmp_path / "copy.bin"
    path.write_bytes(held[1])
    with closing(EvidenceFile(path)) as file:
        file.read_at(0, SIZE)
        with path.open("r+b") as stream:
            stream.seek(at)
            stream.write(bytes([held[1][at] ^ 1]))
        start = max(0, min(at, SIZE - size))
        with pytest.raises(EvidenceAlteredError):
            file.read_at(start, min(size, SIZE - start))
        with pytest.raises(EvidenceAlteredError):
            file.read_into(bytearray(8 * BLOCK), 0)


def test_a_file_of_terabytes_needs_little_memory() -> None:
    blocks = HeldBlocks(1 << 46)
    assert blocks.size == 1 << 26
    assert blocks.agrees((1 << 20) - 1, b"last")
    assert not blocks.agrees((1 << 20) - 1, b"other")
