"""md5sum's lines, against rules and against coreutils itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import HEX_LENGTHS, Digest, digest_bytes
from forensic_cli.integrity.manifests import md5sum
from forensic_cli.integrity.manifests.lines import MalformedLine
from forensic_cli.integrity.manifests.location import locate
from forensic_cli.integrity.manifests.manifest import Manifest, ManifestEntry
from forensic_cli.integrity.manifests.reading import read_manifest

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
FILE_NAMES = st.binary(min_size=1, max_size=40).filter(
    lambda name: not set(name) & {0, ord("/")} and name not in {b".", b".."}
)
ODD_NAMES = (
    b"new\nline.png", b"back\\slash.png", b" leading space", b"*star", b"bad\xff\xfe.jpg", b"cr\r",
    b") = x", b"#hash", b"trailing ", b"\\", "e\u0301.png".encode(), b"-dash", b"\\n",
)  # fmt: skip


def read_one(line: bytes, suffix: str = ".md5") -> ManifestEntry | MalformedLine:
    (entry,) = md5sum.parse([(1, line)], suffix)
    return entry


@given(FILE_NAMES, st.sampled_from(sorted(HEX_LENGTHS)))
def test_what_is_written_is_read_back(name: bytes, algorithm: str) -> None:
    digest = digest_bytes(name, [algorithm])[algorithm]
    line = md5sum.line(name, digest)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    suffix = ".b2" if algorithm == "blake2b" else ".any"
    assert read_one(line[:-1], suffix) == ManifestEntry(name, (digest,))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"{MD5}  a.png", b"a.png"),
        (f"{MD5} *a.png", b"a.png"),
        (f"{MD5}   a.png", b" a.png"),
        (f"{MD5}  *a.png", b"*a.png"),
        (f"{MD5} a.png", b"a.png"),
        (f"{MD5}\ta.png", b"a.png"),
        (f"  {MD5}  a.png", b"a.png"),
        (f"{MD5.upper()}  a.png", b"a.png"),
        (f"\\{MD5}  a\\nb\\\\c\\r", b"a\nb\\c\r"),
        (f"MD5 (a.png) = {MD5}", b"a.png"),
        (f"MD5 (a) = b.png) = {MD5}", b"a) = b.png"),
        (f"\\MD5 (a\\nb) = {MD5}", b"a\nb"),
    ],
)
def test_forms_of_a_line(line: str, name: bytes) -> None:
    assert read_one(line.encode()) == ManifestEntry(name, (Digest("md5", MD5),))


@pytest.mark.parametrize(
    "line",
    [
        "junk",
        MD5,
        f"{MD5}  ",
        f"{MD5[:-1]}  a.png",
        f"{MD5}0  a.png",
        f"{MD5}  a\0b",
        f"\\{MD5}  a\\tb",
        f"\\{MD5}  a\\",
        f"SHA1 (a.png) = {MD5}",
        f"MD4 (a.png) = {MD5}",
        f"{MD5[:-1]}g  a.png",
    ],
)
def test_a_line_that_is_none_is_a_complaint(line: str) -> None:
    assert read_one(line.encode()) == MalformedLine(1, line.encode())


def test_bom_crlf_comments_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "set.md5"
    path.write_bytes(b"\xef\xbb\xbf# made by hand\r\n\r\n" + f"{MD5}  a.png\r\n".encode())
    manifest = read_manifest(path).manifest
    assert manifest.expected(b"a.png") == (Digest("md5", MD5),)


@pytest.mark.parametrize(
    "text",
    [
        f"{MD5}  a\r\n{MD5}  b\r\n",
        f"{MD5}  a\r\n{MD5}  b",
        f"# unix comment\n{MD5}  a\r\n{MD5}  b\r\n",
    ],
)
def test_windows_line_ends_are_no_part_of_names(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set.md5"
    path.write_bytes(text.encode())
    assert sorted(read_manifest(path).manifest.paths()) == [b"a", b"b"]


def test_a_line_of_blanks_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "set.md5"
    path.write_bytes(f"{MD5}  a\n   \n".encode())
    with pytest.raises(ManifestError, match="line 2"):
        read_manifest(path)


def test_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "set.md5"
    path.write_bytes(f"{MD5}  한\n".encode("utf-16"))
    assert list(read_manifest(path).manifest.paths()) == ["한".encode()]


def test_what_only_begins_as_utf_16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.md5"
    path.write_bytes(f"{MD5}  a\n".encode("utf-16") + b"x")
    with pytest.raises(ManifestError, match="UTF-16"):
        read_manifest(path)


def test_malformed_lines_are_counted_and_named(tmp_path: Path) -> None:
    path = tmp_path / "set.md5"
    path.write_bytes(f"{MD5}  a.png\nnonsense\x1b[31m\n".encode() + b"more\n" * 9)
    with pytest.raises(ManifestError, match=r"10 line\(s\) .*line 2: 'nonsense\\\\x1b.*and 7 more"):
        read_manifest(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n"])
def test_a_manifest_without_entries_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set.md5"
    path.write_bytes(content)
    with pytest.raises(ManifestError, match="holds no entry"):
        read_manifest(path)


def test_contradiction_is_refused_and_repetition_is_not() -> None:
    one, other = Digest("md5", MD5), Digest("md5", "0" * 32)
    assert len(Manifest.of([ManifestEntry(b"a", (one,)), ManifestEntry(b"./a", (one,))])) == 1
    with pytest.raises(ManifestError, match="listed twice"):
        Manifest.of([ManifestEntry(b"a", (one,)), ManifestEntry(b"./a", (other,))])


@pytest.mark.parametrize("path", [b"../a", b"a/../../b", b"/x/../a"])
def test_a_path_may_not_climb(path: bytes) -> None:
    with pytest.raises(ManifestError, match="climb"):
        Manifest.of([ManifestEntry(path, (Digest("md5", MD5),))])


@pytest.mark.parametrize(
    ("paths", "below"),
    [
        ([b"a", b"s/b"], [b"a", b"s/b"]),
        ([b"./a", b"s//b"], [b"a", b"s/b"]),
        ([b"Set/a", b"Set/s/b"], [b"a", b"s/b"]),
        ([b"Set/a", b"b"], [b"Set/a", b"b"]),
        ([b"/mnt/Set/a", b"/mnt/Set/s/b"], [b"a", b"s/b"]),
        ([b"mnt/Set/a", b"mnt/Set/s/b"], [b"a", b"s/b"]),
    ],
)
def test_paths_are_taken_below_the_root(paths: list[bytes], below: list[bytes]) -> None:
    manifest = Manifest.of(ManifestEntry(path, (Digest("md5", MD5),)) for path in paths)
    found = locate(manifest, (b"Set",), lambda path: path in below)
    assert sorted(found.paths()) == below
    assert all(found.expected(path) for path in below)


@pytest.mark.parametrize(
    ("paths", "there"),
    [
        ([b"Set/1", b"Set/2", b"Set/Set/1"], [b"1", b"2", b"Set/1"]),
        ([b"1", b"2", b"Set/1"], [b"1", b"2", b"Set/1"]),
        ([b"Set/1", b"Set/2"], [b"Set/1", b"Set/2", b"other"]),
        ([b"/x/Set/Set/1"], [b"1"]),
        ([b"/x/Set/Set/1"], [b"Set/1"]),
    ],
)
def test_a_set_that_holds_a_folder_of_its_own_name(paths: list[bytes], there: list[bytes]) -> None:
    manifest = Manifest.of(ManifestEntry(path, (Digest("md5", MD5),)) for path in paths)
    found = locate(manifest, (b"Set",), lambda path: path in there)
    assert set(found.paths()) <= set(there)


def test_absolute_paths_of_another_set_are_refused() -> None:
    manifest = Manifest.of([ManifestEntry(b"/mnt/Other/a", (Digest("md5", MD5),))])
    with pytest.raises(ManifestError, match="another set"):
        locate(manifest, (b"Set",), lambda _: False)


@pytest.mark.skipif(shutil.which("md5sum") is None, reason="needs coreutils")
@pytest.mark.parametrize("arguments", [[], ["--tag"], ["--binary"]])
@pytest.mark.parametrize("program", ["md5sum", "sha1sum", "sha256sum", "sha512sum"])
def test_coreutils_lists_are_read(tmp_path: Path, program: str, arguments: list[str]) -> None:
    folder = os.fsencode(tmp_path / "odd")
    os.mkdir(folder)
    for name in ODD_NAMES:
        with open(os.path.join(folder, name), "wb") as stream:
            stream.write(name * 3)
    done = subprocess.run(
        [program, *arguments, "--", *ODD_NAMES], cwd=folder, capture_output=True, check=True
    )
    path = tmp_path / "list.sums"
    path.write_bytes(done.stdout)
    manifest = read_manifest(path).manifest
    assert set(manifest.paths()) == set(ODD_NAMES)
    algorithm = program.removesuffix("sum")
    for name in ODD_NAMES:
        assert manifest.expected(name) == (digest_bytes(name * 3, [algorithm])[algorithm],)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    for number, line in enumerate(data.split(b"\n")):
        (entry,) = md5sum.parse([(number, line)], ".md5")
        assert isinstance(entry, ManifestEntry | MalformedLine)
