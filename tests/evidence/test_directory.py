"""The walk: every entry once, in the order of raw bytes, nothing followed, nothing blocked."""

import errno
import io
import os
import resource
import socket
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.contents import read_all
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.evidence.source import refusal
from forensic_cli.records import EvidenceItem, ItemKind, Status
from tests.support.running import NEEDS_ROOT, as_nobody, let_in

PARTS = st.sampled_from([b"a", b"b", b"a.b", b"a-", b"A", b"a\xff", b"\xf0", b"z", b"a b", b"+"])
TREES = st.sets(st.lists(PARTS, min_size=1, max_size=3).map(b"/".join), max_size=25)


def items(root: Path) -> list[EvidenceItem]:
    with closing(DirectorySource(root)) as source:
        return list(source.listing(lambda _: None))


def read(root: Path, name: bytes) -> bytes:
    with closing(DirectorySource(root)) as source:
        item = source.listing(lambda _: None).find(name)
        assert item is not None
        return read_all(source, item, 1000)


def refused(root: Path, name: bytes, meanwhile: Callable[[], object] = lambda: None) -> Status:
    with closing(DirectorySource(root)) as source:
        item = source.listing(lambda _: None).find(name)
        assert item is not None
        meanwhile()
        with pytest.raises(ItemRefusedError) as error:
            read_all(source, item, 1000)
    assert error.value.reason
    return error.value.status


@settings(max_examples=60)
@given(tree=TREES)
def test_order_is_that_of_the_raw_path_bytes(
    tmp_path_factory: pytest.TempPathFactory, tree: set[bytes]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    made = set()
    for path in tree:
        full = os.path.join(os.fsencode(root), path)
        try:
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "xb") as stream:
                stream.write(path)
        except OSError:
            continue  # a file stands where a folder is wanted, or the other way round
        made.add(path)
    found = items(root)
    assert [item.path for item in found] == sorted(made)
    assert [item.index for item in found] == list(range(len(made)))
    assert [item.size for item in found] == [len(path) for path in sorted(made)]


def test_listing_twice_gives_the_same(evidence: Path) -> None:
    with closing(DirectorySource(evidence)) as source:
        one, other = source.listing(lambda _: None), source.listing(lambda _: None)
    assert len(one) == 10
    assert one.sha256 == other.sha256
    assert list(one) == list(other)


def test_listing_digest_tells_listings_apart() -> None:
    file, link = ItemKind.FILE, ItemKind.SYMLINK
    listings: tuple[list[tuple[bytes, int, ItemKind]], ...] = (
        [(b"a", 1, file)],
        [(b"a", 2, file)],
        [(b"b", 1, file)],
        [(b"a", 1, link)],
        [],
    )
    assert len({Listing(entries).sha256 for entries in listings}) == len(listings)


def test_listing_out_of_order_is_a_bug() -> None:
    with pytest.raises(ValueError, match="out of order"):
        Listing([(b"b", 0, ItemKind.FILE), (b"a", 0, ItemKind.FILE)])


def test_find(evidence: Path) -> None:
    with closing(DirectorySource(evidence)) as source:
        listing = source.listing(lambda _: None)
    assert all(listing.find(item.path) == item for item in listing)
    assert listing.find(b"nothing") is None
    assert listing.find(b"") is None


def test_links_and_special_files_are_listed_not_opened(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to("..")
    os.mkfifo(root / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(root)  # a socket's path is short
        listener.bind("sock")
        kinds = {item.path: item.kind for item in items(root)}
    assert kinds == {
        b"loop": ItemKind.SYMLINK,
        b"out": ItemKind.SYMLINK,
        b"pipe.jpg": ItemKind.SPECIAL,
        b"sock": ItemKind.SPECIAL,
        b"up": ItemKind.SYMLINK,
    }
    assert refused(root, b"out") is Status.SYMLINK
    assert refused(root, b"pipe.jpg") is Status.SPECIAL_FILE


def swap_for_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def swap_for_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "change",
    [
        Path.unlink,
        swap_for_link,
        swap_for_pipe,
        lambda path: path.write_bytes(b"longer than before"),
        lambda path: path.write_bytes(b""),
    ],
)
def test_what_changed_since_the_listing_is_said(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"before")
    assert refused(tmp_path, b"a.png", lambda: change(path)) is Status.CHANGED_DURING_RUN


def test_a_write_during_the_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"before")
    with closing(DirectorySource(tmp_path)) as source:
        (item,) = source.listing(lambda _: None)
        with pytest.raises(ItemRefusedError, match="written to"), source.reading(item) as stream:
            stream.read(2)
            path.write_bytes(b"AFTER!")
            os.utime(path, ns=(1, 1))


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse.png").open("wb") as stream:
        stream.truncate(10 * 1024**3)
    assert refused(tmp_path, b"sparse.png") is Status.TOO_LARGE


def test_a_path_that_cannot_be_opened_for_its_length(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    descriptor = os.open(root, os.O_RDONLY)
    part = "d" * 200
    for _ in range(25):  # beyond PATH_MAX, made step by step
        os.mkdir(part, dir_fd=descriptor)
        below = os.open(part, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(os.open("deep.png", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)
    (item,) = items(root)
    assert item.path.endswith(b"/deep.png")
    assert refused(root, item.path) is Status.PATH_TOO_LONG


@NEEDS_ROOT
def test_what_may_not_be_read_is_listed(tmp_path: Path) -> None:
    let_in(tmp_path)
    (tmp_path / "shut").mkdir(mode=0o700)
    (tmp_path / "shut" / "inside.png").touch()
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "secret.png").chmod(0o600)
    found: list[object] = []

    with as_nobody():
        found.extend((item.path, item.kind) for item in items(tmp_path))
        found.append(refused(tmp_path, b"secret.png"))
        found.append(refused(tmp_path, b"shut/"))
    assert found == [
        (b"secret.png", ItemKind.FILE),
        (b"shut/", ItemKind.UNREADABLE_FOLDER),
        Status.PERMISSION_DENIED,
        Status.PERMISSION_DENIED,
    ]


def test_the_evidence_is_left_as_it_was(evidence: Path) -> None:
    path = evidence / "p0.png"
    os.utime(path, ns=(1, 2))
    read(evidence, b"p0.png")
    found = path.stat()
    assert (found.st_atime_ns, found.st_mtime_ns) == (1, 2)


def test_the_folders_and_their_times_are_left_as_they_were(evidence: Path) -> None:
    for folder in (evidence, evidence / "sub"):
        os.utime(folder, ns=(1, 2))
    items(evidence)
    for folder in (evidence, evidence / "sub"):
        assert (folder.stat().st_atime_ns, folder.stat().st_mtime_ns) == (1, 2)


def test_a_tree_too_deep_for_the_open_files_is_an_error_not_a_gap(tmp_path: Path) -> None:
    deep = tmp_path / "root"
    (deep / "/".join("d" * 60)).mkdir(parents=True)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 30, before[1]))
    try:
        with pytest.raises(EvidenceError, match="ulimit -n"):
            items(deep)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert items(deep) == []


class Slow(io.BytesIO):
    """A file system that gives less than is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 3))


def test_short_reads_are_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"0123456789")
    with closing(DirectorySource(tmp_path)) as source:
        (item,) = source.listing(lambda _: None)
        monkeypatch.setattr(source, "reading", lambda _: nullcontext(Slow(b"0123456789")))
        assert read_all(source, item, 100) == b"0123456789"
        monkeypatch.setattr(source, "reading", lambda _: nullcontext(Slow(b"0123456789+")))
        with pytest.raises(ItemRefusedError, match="more were read"):
            read_all(source, item, 100)


def test_no_descriptor_is_left_open(evidence: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        items(evidence)
        read(evidence, b"p0.png")
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(("make", "said"), [(None, "does not exist"), (Path.touch, "is empty")])
def test_what_cannot_be_evidence(
    tmp_path: Path, make: Callable[[Path], None] | None, said: str
) -> None:
    path = tmp_path / "evidence"
    if make:
        make(path)
    with pytest.raises(EvidenceError, match=said):
        open_evidence(path)


def test_names_of_the_root(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(evidence)
    link = evidence.parent / "link"
    link.symlink_to(evidence)
    for path, name in ((Path(), b"Set"), (evidence / "sub" / "..", b"Set"), (link, b"link")):
        with closing(DirectorySource(path)) as source:
            assert source.name == name


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_say_nothing_of_an_entry(number: int) -> None:
    with pytest.raises(EvidenceError, match="ulimit -n"):
        refusal(OSError(number, "so"))
    assert refusal(OSError(errno.EIO, "so")).status is Status.READ_ERROR
