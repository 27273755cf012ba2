"""hashdeep's files: a header that names the columns, and rows whose name comes last, unquoted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.hashdeep import parse
from forensic_cli.integrity.manifests.lines import numbered
from forensic_cli.integrity.manifests.location import locate
from forensic_cli.integrity.manifests.reading import read_manifest

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
HEADER = """\
%%%% HASHDEEP-1.0
%%%% size,md5,sha256,filename
## Invoked from: /mnt/case
## $ hashdeep -r ImageSet
##
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "set.hashdeep"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows(tmp_path: Path) -> None:
    rows = f"0,{MD5},{SHA256},/mnt/case/ImageSet/a,b.png\n0,{MD5},{SHA256},/mnt/case/ImageSet/c\n"
    file = read_manifest(write(tmp_path, HEADER + rows))
    assert file.format == "hashdeep"
    found = locate(file.manifest, (b"ImageSet",), lambda _: False)
    assert sorted(found.paths()) == [b"a,b.png", b"c"]
    assert found.expected(b"c") == (Digest("md5", MD5), Digest("sha256", SHA256))


def test_columns_that_cannot_be_checked_are_passed_over(tmp_path: Path) -> None:
    text = f"%%%% HASHDEEP-1.0\n%%%% size,tiger,md5,filename\n0,{'0' * 48},{MD5},a\n"
    manifest = read_manifest(write(tmp_path, text)).manifest
    assert manifest.expected(b"a") == (Digest("md5", MD5),)


def test_only_columns_that_cannot_be_checked(tmp_path: Path) -> None:
    text = f"%%%% HASHDEEP-1.0\n%%%% size,tiger,filename\n0,{'0' * 48},a\n"
    with pytest.raises(ManifestError, match="tiger"):
        read_manifest(write(tmp_path, text))


@pytest.mark.parametrize(
    "row", [f"x,{MD5},{SHA256},a", f"0,{MD5},a", f"0,{MD5},{MD5},a", f"0,{MD5},{SHA256},", "text"]
)
def test_malformed_rows(tmp_path: Path, row: str) -> None:
    with pytest.raises(ManifestError, match="line 6"):
        read_manifest(write(tmp_path, f"{HEADER}{row}\n"))


def test_rows_before_the_header(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="line 2"):
        read_manifest(write(tmp_path, f"%%%% HASHDEEP-1.0\n0,{MD5},{SHA256},a\n"))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    try:
        list(parse(numbered(HEADER.encode() + data)))
        list(parse(numbered(b"%%%% HASHDEEP-1.0\n%%%% " + data)))
    except ManifestError:
        pass
