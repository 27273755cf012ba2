"""AD1 images, made from the description of the format by a writer that shares no code with it."""

import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.hashed import hash_entries
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.hashing import REPORTED, digest_bytes
from tests.support import ad1_writer
from tests.support.ad1_writer import Entry, tree
from tests.support.containers import NOT_UTF8, ODD_NAMES, read_all, refusals

BIG = np.random.default_rng(5).bytes(200_000)
FILES = {
    **{name: name * 3 for name in ODD_NAMES},
    NOT_UTF8: b"not UTF-8",
    b"empty": b"",
    b"sub/big.bin": BIG,
    b"sub/exactly one chunk": BIG[:65536],
}


@pytest.mark.parametrize("segments", [1, 4])
@pytest.mark.parametrize("level", [0, 6])
@pytest.mark.parametrize("version", [3, 4])
def test_what_was_written_is_read(tmp_path: Path, segments: int, level: int, version: int) -> None:
    path = tmp_path / "X.ad1"
    ad1_writer.write(path, tree(FILES), segments, level=level, version=version)
    assert read_all(path) == FILES


def test_stored_digests_are_those_of_the_content(tmp_path: Path) -> None:
    ad1_writer.write(tmp_path / "X.ad1", tree(FILES))
    with closing(open_evidence(tmp_path / "X.ad1")) as source:
        for item in source.listing(lambda _: None):
            expected = digest_bytes(FILES[item.path], ("md5", "sha1"))
            assert source.stored_digests(item) == tuple(expected.values())


def test_several_sources(tmp_path: Path) -> None:
    top = [
        Entry(b"C:\\:NONAME [NTFS]", children=[Entry(b"[root]", children=[Entry(b"a", b"1")])]),
        Entry(b"D:\\:DATA [FAT32]", children=[Entry(b"[root]", children=[Entry(b"a", b"2")])]),
    ]
    source = b"Custom Content Image([Multi])"
    ad1_writer.write(tmp_path / "X.ad1", top, source=source)
    assert read_all(tmp_path / "X.ad1") == {
        b"C:\\:NONAME [NTFS]/[root]/a": b"1",
        b"D:\\:DATA [FAT32]/[root]/a": b"2",
    }


def test_an_image_of_nothing(tmp_path: Path) -> None:
    ad1_writer.write(tmp_path / "X.ad1", [])
    assert read_all(tmp_path / "X.ad1") == {}


def test_slack_and_links_are_no_files(tmp_path: Path) -> None:
    entries = [
        Entry(b"a.png", b"a"),
        Entry(b"a.png.FileSlack", b"rest", klass=6),
        Entry(b"link", b"", klass=9),
    ]
    ad1_writer.write(tmp_path / "X.ad1", entries)
    assert refusals(tmp_path / "X.ad1") == {
        b"a.png.FileSlack": "special_file: file slack: what lay behind a file's end, no file of "
        "its own",
        b"link": "special_file: a link; links are listed, never followed",
    }


@pytest.mark.parametrize("declared", [0, 65536, 1 << 40])
def test_a_single_segment_is_as_long_as_its_file(tmp_path: Path, declared: int) -> None:
    ad1_writer.write(tmp_path / "X.ad1", tree(FILES), 1, declared)
    assert read_all(tmp_path / "X.ad1") == FILES


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([Entry(b"..", b"x")], "climbs"),
        ([Entry(b"a", children=[Entry(b"..", children=[Entry(b"x", b"")])])], "climbs"),
        ([Entry(b"..\\..\\x", b"x")], "climbs"),
        ([Entry(b"x", b"1", md5=b"zz")], "md5 stored with it is none"),
    ],
)
def test_names_and_digests_that_mislead(tmp_path: Path, entries: list[Entry], reason: str) -> None:
    ad1_writer.write(tmp_path / "X.ad1", [*entries, Entry(b"sound.png", b"sound")])
    with closing(open_evidence(tmp_path / "X.ad1")) as source:
        listing = source.listing(lambda _: None)
        assert len(listing) >= 2
        for item in listing:
            if item.path == b"sound.png":
                assert source.stored_digests(item)
                continue
            with pytest.raises(ItemRefusedError, match=reason):
                source.stored_digests(item)


@pytest.mark.parametrize(
    "entries",
    [
        [Entry(b"same", b"1"), Entry(b"same", b"2")],
        [Entry(b"same", b"1"), Entry(b"same", b"2"), Entry(b"same", b"1")],
    ],
)
def test_entries_of_one_name(tmp_path: Path, entries: list[Entry]) -> None:
    ad1_writer.write(tmp_path / "X.ad1", entries)
    assert read_all(tmp_path / "X.ad1") == {b"same": b"1", b"same#2": b"2"}


def test_a_folder_and_a_name_that_say_the_same_path(tmp_path: Path) -> None:
    entries = [Entry(b"a/b", b"1"), Entry(b"a", children=[Entry(b"b", b"2")])]
    ad1_writer.write(tmp_path / "X.ad1", entries)
    assert read_all(tmp_path / "X.ad1") == {b"a/b": b"1", b"a/b#2": b"2"}


@pytest.mark.parametrize("name", [b"", b"a\0b", b"/", b"C:\\x"])
def test_odd_names_are_reported_as_they_are(tmp_path: Path, name: bytes) -> None:
    ad1_writer.write(tmp_path / "X.ad1", [Entry(name, b"x")])
    assert read_all(tmp_path / "X.ad1") == {name: b"x"}


# --- hashes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("segments", [1, 3])
def test_all_hashes_in_one_pass(tmp_path: Path, segments: int) -> None:
    path = tmp_path / "X.ad1"
    written = ad1_writer.write(path, tree(FILES), segments)
    parts = [path.with_suffix(f".ad{n}").read_bytes() for n in range(1, segments + 1)]
    with closing(open_evidence(path)) as source:
        passed = []
        whole = source.container_digests(REPORTED, lambda done, total: passed.append((done, total)))
    found = {(one.what, one.digest.algorithm): one.digest.hexdigest for one in whole.digests}
    for algorithm in REPORTED:
        image = found["the image as FTK counts it", algorithm]
        assert image == written.image_hashes[algorithm]
        for number, part in enumerate(parts, start=1):
            expected = digest_bytes(part, (algorithm,))[algorithm].hexdigest
            assert found[f"the file X.ad{number}", algorithm] == expected
        if segments > 1:
            joined = digest_bytes(b"".join(parts), (algorithm,))[algorithm].hexdigest
            assert found[f"all {segments} segments", algorithm] == joined
    assert whole.refused == ()
    assert passed[-1] == (sum(map(len, parts)),) * 2


def test_a_file_that_is_not_what_is_stored_of_it(tmp_path: Path) -> None:
    entries = [Entry(b"a.png", b"a", md5=b"0" * 32), Entry(b"b.png", b"b")]
    written = ad1_writer.write(tmp_path / "X.ad1", entries)
    with closing(open_evidence(tmp_path / "X.ad1")) as source:
        whole = source.container_digests(("md5",), lambda *_: None)
    assert [path for path, _ in whole.refused] == [b"a.png"]
    assert written.image_hashes["md5"] in {one.digest.hexdigest for one in whole.digests}


# --- damage -------------------------------------------------------------------------------------


def segments_of(tmp_path: Path) -> list[Path]:
    ad1_writer.write(tmp_path / "X.ad1", tree(FILES), 4)
    return [tmp_path / f"X.ad{n}" for n in range(1, 5)]


def put(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def swap(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


DAMAGED_SEGMENTS: dict[str, tuple[Callable[[list[Path]], object], str]] = {
    "missing": (lambda s: s[2].unlink(), "segment 3 of 4 is missing: 'X.ad3'"),
    "cut": (lambda s: put_back(s[1], s[1].read_bytes()[:-1]), "'X.ad2' has"),
    "the first cut": (lambda s: put_back(s[0], s[0].read_bytes()[:-1]), "'X.ad1' has"),
    "the last cut": (lambda s: put_back(s[3], s[3].read_bytes()[:600]), "points outside"),
    "nothing of it": (lambda s: put_back(s[3], b""), "'X.ad4' is cut"),
    "swapped": (lambda s: swap(s[1], s[2]), "says 3 of 4; it was swapped"),
    "of another image": (lambda s: put(s[1], 28, struct.pack("<I", 5)), "says 2 of 5"),
    "of another size": (lambda s: put(s[1], 32, struct.pack("<Q", 7)), "another image"),
    "no segment": (lambda s: put(s[1], 0, b"x"), "no AD1 segment"),
    "billions": (
        lambda s: put(s[0], 28, struct.pack("<I", 2**32 - 1)),
        "header says 2 of 4",
    ),
    "not the first": (lambda s: s[1].replace(s[0]), "is segment 2 of 4"),
    "a folder": (lambda s: make_folder(s[1]), "not a regular file"),
}


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def put_back(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@pytest.mark.parametrize("damage", DAMAGED_SEGMENTS)
def test_damaged_segments(tmp_path: Path, damage: str) -> None:
    do, said = DAMAGED_SEGMENTS[damage]
    do(segments_of(tmp_path))
    with pytest.raises(EvidenceError, match=said):
        read_all(tmp_path / "X.ad1")


def test_segments_of_other_letters_are_found(tmp_path: Path) -> None:
    segments = segments_of(tmp_path)
    segments[1].rename(tmp_path / "X.AD2")
    assert read_all(tmp_path / "X.ad1") == FILES


PLAIN = {b"a.png": BIG, b"sub/b.png": b"b" * 70_000, b"z.png": b"z"}


def image(tmp_path: Path) -> tuple[Path, ad1_writer.Written]:
    return tmp_path / "X.ad1", ad1_writer.write(tmp_path / "X.ad1", tree(PLAIN))


def link(path: Path, at: int, value: int) -> None:
    put(path, 512 + at, struct.pack("<Q", value))


def adopted(path: Path, written: ad1_writer.Written) -> None:
    """The next sibling as a child: reached once, but from the wrong item."""
    link(path, written.items[b"a.png"], 0)
    link(path, written.items[b"a.png"] + 8, written.items[b"sub"])


DAMAGED_TREES: dict[str, tuple[Callable[[Path, ad1_writer.Written], object], str]] = {
    "next leads to itself": (lambda p, w: link(p, w.items[b"a.png"], w.items[b"a.png"]), "a loop"),
    "next leads back": (lambda p, w: link(p, w.items[b"sub"], w.items[b"a.png"]), "a loop"),
    "child leads up": (lambda p, w: link(p, w.items[b"sub"] + 8, w.items[b"sub"]), "a loop"),
    "two parents": (lambda p, w: link(p, w.items[b"a.png"] + 8, w.items[b"sub"]), "is above it"),
    "another parent": (adopted, "is above it"),
    "next leads outside": (lambda p, w: link(p, w.items[b"a.png"], 1 << 60), "points to"),
    "metadata outside": (lambda p, w: link(p, w.items[b"a.png"] + 16, 1 << 60), "points to"),
    "metadata of another": (
        lambda p, w: link(p, w.items[b"a.png"] + 16, w.items[b"z.png"]),
        "are not those of the item",
    ),
    "a name of gigabytes": (
        lambda p, w: put(p, 512 + w.items[b"a.png"] + 44, b"\xff" * 4),
        "has a name of",
    ),
    "chunks of gigabytes": (lambda p, _: put(p, 512 + 24, b"\xff" * 4), "more memory"),
    "chunks of nothing": (lambda p, _: put(p, 512 + 24, b"\0" * 4), "more memory"),
    "a source of gigabytes": (lambda p, _: put(p, 512 + 44, b"\xff" * 4), "more memory"),
    "an unknown version": (lambda p, _: put(p, 512 + 16, b"\x09"), "version 9"),
    "no logical image": (lambda p, _: put(p, 512, b"x"), "no logical image"),
    "first item outside": (lambda p, _: link(p, 36, 1 << 60), "points outside"),
    "tables outside": (lambda p, _: link(p, 60, 1 << 60), "points outside"),
}


@pytest.mark.parametrize("damage", DAMAGED_TREES)
def test_damaged_trees(tmp_path: Path, damage: str) -> None:
    do, said = DAMAGED_TREES[damage]
    path, written = image(tmp_path)
    do(path, written)
    with pytest.raises(EvidenceError, match=said):
        read_all(path)


def test_metadata_that_lead_back(tmp_path: Path) -> None:
    path, written = image(tmp_path)
    (first,) = struct.unpack_from("<Q", written.space, written.items[b"a.png"] + 16)
    link(path, first, first)
    with pytest.raises(EvidenceError, match="metadata"):
        read_all(path)


DAMAGED_CONTENT: dict[str, tuple[Callable[[Path, ad1_writer.Written], object], str]] = {
    "a flipped byte": (
        lambda p, w: put(p, 512 + w.tables[b"a.png"] + 8 * 5 + 100, b"\xa5"),
        "chunk 1 of 4",
    ),
    "too few chunks": (lambda p, w: link(p, w.tables[b"a.png"], 3), "the table has 3"),
    "chunks without end": (lambda p, w: link(p, w.tables[b"a.png"], 1 << 61), "the table has"),
    "a chunk outside": (lambda p, w: link(p, w.tables[b"a.png"] + 16, 1 << 60), "chunk 1 of 4"),
    "a chunk of no length": (
        lambda p, w: link(p, w.tables[b"a.png"] + 16, w.tables[b"a.png"] + 48),
        "chunk 1 of 4 cannot be",
    ),
    "no content": (lambda p, w: link(p, w.items[b"a.png"] + 24, 0), "no content is stored"),
    "a table outside": (lambda p, w: link(p, w.items[b"a.png"] + 24, 1 << 60), "points to"),
    "another's content": (
        lambda p, w: link(p, w.items[b"a.png"] + 24, w.tables[b"sub/b.png"]),
        "the table has 2",
    ),
    "a size that the chunks do not give": (
        lambda p, w: link(p, w.items[b"a.png"] + 32, len(BIG) - 1),
        "does not hold",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED_CONTENT)
def test_damaged_content_is_that_entry_s_alone(tmp_path: Path, damage: str) -> None:
    do, said = DAMAGED_CONTENT[damage]
    path, written = image(tmp_path)
    do(path, written)
    found = read_all(path)
    refused = found.pop(b"a.png")
    assert isinstance(refused, ItemRefusedError)
    assert refused.status == "read_error"
    assert said in refused.reason
    assert found == {name: content for name, content in PLAIN.items() if name != b"a.png"}


def test_a_chunk_that_expands_beyond_its_size(tmp_path: Path) -> None:
    ad1_writer.write(tmp_path / "X.ad1", [Entry(b"bomb", b"\0" * 10_000_000)], chunk=10_000_000)
    put(tmp_path / "X.ad1", 512 + 24, struct.pack("<I", 65536))
    found = refusals(tmp_path / "X.ad1")
    assert "153 chunks are needed, the table has 1" in found[b"bomb"]


def test_one_chunk_expands_beyond_its_size(tmp_path: Path) -> None:
    written = ad1_writer.write(
        tmp_path / "X.ad1", [Entry(b"bomb", b"\0" * 10_000_000)], chunk=10_000_000
    )
    put(tmp_path / "X.ad1", 512 + 24, struct.pack("<I", 65536))
    link(tmp_path / "X.ad1", written.items[b"bomb"] + 32, 60_000)
    assert "does not hold the 60000 bytes" in refusals(tmp_path / "X.ad1")[b"bomb"]


def test_entries_that_share_content(tmp_path: Path) -> None:
    """The AD1's own decompression bomb: thousands of items over one run of chunks."""
    entries = [Entry(b"a", b"\0" * 1_000_000), Entry(b"b", b"\1" * 1_000_000)]
    written = ad1_writer.write(tmp_path / "X.ad1", entries)
    link(tmp_path / "X.ad1", written.items[b"b"] + 24, written.tables[b"a"])
    assert "lies in another item's content" in refusals(tmp_path / "X.ad1")[b"b"]
    ad1_writer.write(tmp_path / "X.ad1", entries)
    link(tmp_path / "X.ad1", written.items[b"a"] + 24, written.tables[b"b"])
    assert "lies in another item's content" in refusals(tmp_path / "X.ad1")[b"a"]


def test_an_image_that_is_written_to_while_it_is_read(tmp_path: Path) -> None:
    path, _ = image(tmp_path)
    with closing(open_evidence(path)) as source:
        item = source.listing(lambda _: None)[0]
        with pytest.raises(ItemRefusedError, match="written to"), source.reading(item):
            path.write_bytes(path.read_bytes() + b"x")


def test_any_flipped_byte_is_noticed_or_does_no_harm(tmp_path: Path) -> None:
    """No content is ever given that is not one of those that were imaged."""
    files = {b"a.png": BIG[:300], b"sub/b.png": b"b" * 200, b"z.png": b""}
    path = tmp_path / "X.ad1"
    ad1_writer.write(path, tree(files), chunk=128)
    sound = path.read_bytes()
    contents = {digest_bytes(content, ("sha256",))["sha256"] for content in files.values()}
    refused = 0
    for at in range(0, len(sound), 2):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x11]) + sound[at + 1 :])
        try:
            with closing(open_evidence(path)) as source:
                listing = source.listing(lambda _: None)
                found = [digests for _, digests in hash_entries(source, listing, ("sha256",), 1)]
        except EvidenceError:
            refused += 1
            continue
        for one in found:
            if isinstance(one, ItemRefusedError):
                refused += 1
            else:
                assert one["sha256"] in contents, at
    assert refused > len(sound) // 8


# --- oracle -------------------------------------------------------------------------------------


@pytest.mark.parametrize("segments", [1, 4])
@pytest.mark.parametrize("level", [0, 6])
def test_dissect_agrees(tmp_path: Path, segments: int, level: int) -> None:
    ad1 = pytest.importorskip("dissect.evidence.ad1.ad1", reason="dissect.evidence not installed")
    files = {name: content for name, content in FILES.items() if content and name != NOT_UTF8}
    path = tmp_path / "X.ad1"
    ad1_writer.write(path, tree(files), segments, level=level)
    found = {}

    def walk(entry: object, above: str) -> None:
        for child in entry.iterdir():  # type: ignore[attr-defined]
            if child.is_dir():
                walk(child, above + child.name + "/")
            else:
                found[(above + child.name).encode()] = child.open().read()

    places = [tmp_path / f"X.ad{n}" for n in range(1, segments + 1)]
    streams = [place.open("rb") for place in places]
    try:
        walk(ad1.AD1(streams).root, "")
    finally:
        for stream in streams:
            stream.close()
    # It shows the folder that was imaged as a folder of the image.
    assert found == {b"E:/ImageSet/" + name: content for name, content in files.items()}
    assert read_all(path) == files
