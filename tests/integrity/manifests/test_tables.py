"""FTK Imager's and PowerShell's hash lists, and FTK Imager's report."""

from pathlib import Path

import pytest

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.location import locate
from forensic_cli.integrity.manifests.reading import ManifestFile, read_manifest

MD5 = "0cc175b9c0f1b6a831c399e269772661"
SHA1 = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"
SHA256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
ROOT = "X.ad1\\E:\\ImageSet\\"


def read(
    tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "list.csv"
) -> ManifestFile:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_manifest(path)


def test_ftk_s_hash_list(tmp_path: Path) -> None:
    text = (
        "MD5,SHA1,FileNames\r\n"
        f'"{MD5}","{SHA1}","{ROOT}a, b.png"\r\n'
        f'"{MD5.upper()}","{SHA1}","{ROOT}하위\\c ""d"".png"\r\n'
        f'"{MD5}","","{ROOT}md5 only"\r\n'
    )
    file = read(tmp_path, text)
    assert file.format == "ftk hash list"
    there = [b"a, b.png", '하위/c "d".png'.encode(), b"md5 only"]
    found = locate(file.manifest, (b"X.ad1", b"X", b"ImageSet"), there.__contains__)
    assert list(found.paths()) == there
    assert found.expected(there[0]) == (Digest("md5", MD5), Digest("sha1", SHA1))
    assert found.expected(there[2]) == (Digest("md5", MD5),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("head", ["", "#TYPE Microsoft.PowerShell.Commands.FileHashInfo\r\n"])
def test_powershell_s_table(tmp_path: Path, encoding: str, head: str) -> None:
    text = (
        f'{head}"Algorithm","Hash","Path"\r\n'
        f'"SHA256","{SHA256.upper()}","C:\\case\\ImageSet\\sub\\한.png"\r\n'
        f'"MD5","{MD5.upper()}","C:\\case\\ImageSet\\a.png"\r\n'
    )
    file = read(tmp_path, text, encoding)
    assert file.format == "powershell"
    found = locate(file.manifest, (b"ImageSet",), [b"a.png"].__contains__)
    assert found.expected(b"a.png") == (Digest("md5", MD5),)
    assert found.expected("sub/한.png".encode()) == (Digest("sha256", SHA256),)


def test_powershell_s_table_without_its_algorithm(tmp_path: Path) -> None:
    file = read(tmp_path, f'"Hash","Path"\n"{SHA1}","a"\n')
    assert file.manifest.expected(b"a") == (Digest("sha1", SHA1),)


@pytest.mark.parametrize(
    ("row", "number"),
    [
        (f'"{MD5}","{SHA1}"', 2),
        (f'"{MD5}","{SHA1}","a","b"', 2),
        (f'"{MD5}x","{SHA1}","a"', 2),
        ('"","","a"', 2),
        (f'"{MD5}","{SHA1}",""', 2),
        (f'"{MD5}","{SHA1}","a" b', 2),
        (f'"{MD5}","{SHA1}","never closed', 2),
    ],
)
def test_rows_that_cannot_be_understood(tmp_path: Path, row: str, number: int) -> None:
    with pytest.raises(ManifestError, match=f"line {number}"):
        read(tmp_path, f"MD5,SHA1,FileNames\n{row}\n")


def test_an_algorithm_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="line 2"):
        read(tmp_path, f'"Algorithm","Hash","Path"\n"RIPEMD160","{SHA1}","a"\n')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_ftk_s_directory_listing_holds_no_hashes(tmp_path: Path, encoding: str) -> None:
    text = "Filename\tFull Path\tSize (bytes)\tCreated\na.png\tX\\a.png\t1\t\n"
    with pytest.raises(ManifestError, match="directory listing"):
        read(tmp_path, text, encoding)


def test_paths_never_climb(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="climb"):
        read(tmp_path, f'MD5,SHA1,FileNames\n"{MD5}","{SHA1}","{ROOT}..\\..\\x"\n')


REPORT = f"""Created By AccessData FTK Imager 4.7
Case Number: 5
[Computed Hashes]
 MD5 checksum:    {MD5}
 SHA1 checksum:   {SHA1}
Image information:
 Segment list:
  E:\\X.ad1
  E:\\X.ad2

 Examiner: not the examiner any more
"""


def test_ftk_s_report(tmp_path: Path) -> None:
    report = read(tmp_path, REPORT, name="X.ad1.txt").report
    assert report is not None
    assert report.digests == (Digest("md5", MD5), Digest("sha1", SHA1))
    assert report.facts["case_number"] == "5"
    assert report.segments == ("E:\\X.ad1", "E:\\X.ad2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (REPORT.replace(MD5, ""), "its MD5 checksum is none"),
        (REPORT.replace("checksum", "sum"), "holds no hash"),
        (REPORT + f" MD5 checksum: {'0' * 32} : mismatch\n", "two different MD5"),
    ],
)
def test_reports_that_say_nothing_or_contradict_themselves(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ManifestError, match=said):
        read(tmp_path, text, name="X.ad1.txt")
