"""Every format of manifest is told from the others, named in help and sentences, and documented."""

import hashlib
from pathlib import Path

import pytest

from forensic_cli.integrity.manifests.formats import ManifestFormat
from forensic_cli.integrity.manifests.reading import READERS, read_manifest
from tests.support.running import ROOT, Runner

MD5, SHA1 = hashlib.md5(b"x").hexdigest(), hashlib.sha1(b"x").hexdigest()
REPORT = f"""Created By AccessData\u00ae FTK\u00ae Imager 4.7.1.2

[Computed Hashes]
 MD5 checksum:    {MD5}
 SHA1 checksum:   {SHA1}
"""
DFXML = (
    "<?xml version='1.0'?><dfxml xmlns='x'><fileobject><filename>a.png</filename>"
    f"<hashdigest type='MD5'>{MD5}</hashdigest></fileobject></dfxml>"
)
EXAMPLES = {
    ManifestFormat.FTK_REPORT: ("X.ad1.txt", REPORT),
    ManifestFormat.HASHDEEP: ("h", f"%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n1,{MD5},a.png\n"),
    ManifestFormat.FTK_HASH_LIST: (
        "list.csv", f'MD5,SHA1,FileNames\n"{MD5}","{SHA1}","X.ad1\\a.png"\n'
    ),
    ManifestFormat.POWERSHELL: ("p.csv", f'"Algorithm","Hash","Path"\n"MD5","{MD5}","C:\\a.png"\n'),
    ManifestFormat.TABLE: ("t.csv", f"Name;Location;MD5 Hash\na.png;/img/a.png;{MD5}\n"),
    ManifestFormat.CERTUTIL: (
        "c.md5", f"MD5 hash of a.png:\r\n{MD5}\r\nCertUtil: -hashfile command completed.\r\n"
    ),
    ManifestFormat.FILE_HASH_LIST: (
        "l.txt", f"\nAlgorithm : MD5\nHash      : {MD5.upper()}\nPath      : C:\\Set\\a.png\n\n"
    ),
    ManifestFormat.FILE_HASH_TABLE: (
        "s.txt", f"\nAlgorithm  Hash  Path\n---------  ----  ----\nMD5  {MD5}  C:\\Set\\a.png\n"
    ),
    ManifestFormat.DFXML: ("d.xml", DFXML),
    ManifestFormat.BODYFILE: ("b", f"{MD5}|/Set/a.png|12|r/rrwxrwxrwx|0|0|1|0|0|0|0\n"),
    ManifestFormat.BARE: ("a.png.md5", f"{MD5}\n"),
    ManifestFormat.NAME_FIRST: ("n.md5", f"a.png {MD5}\n"),
    ManifestFormat.BAGIT: ("manifest-md5.txt", f"{MD5}  data/a.png\n"),
    ManifestFormat.MD5SUM: ("list.md5", f"{MD5}  a.png\n"),
}  # fmt: skip


def test_every_format_has_an_example_and_a_reader() -> None:
    assert set(EXAMPLES) == set(ManifestFormat)
    assert {reader.format for reader in READERS} | {ManifestFormat.FTK_REPORT} == set(
        ManifestFormat
    )
    assert READERS[-1].format is ManifestFormat.MD5SUM


@pytest.mark.parametrize("form", ManifestFormat)
def test_each_is_told_from_all_others(form: ManifestFormat, tmp_path: Path) -> None:
    name, text = EXAMPLES[form]
    (tmp_path / name).write_text(text)
    found = read_manifest(tmp_path / name)
    assert found.format is form
    assert len(found.manifest) == (form is not ManifestFormat.FTK_REPORT)
    assert bool(found.report) == (form is ManifestFormat.FTK_REPORT)


def test_help_sentence_and_page_name_every_format(dfc: Runner, tmp_path: Path) -> None:
    (tmp_path / "x.md5").write_text("no list\n")
    done = dfc("verify-hash", tmp_path, "--hashes", tmp_path / "x.md5", code=5)
    helps = [dfc(one, "--help").out for one in ("classify", "verify-hash")]
    page = (ROOT / "docs" / "manifests.md").read_text(encoding="utf-8").replace("\\|", "|")
    for form in ManifestFormat:
        for text in (done.err, *helps):
            # Lines are wrapped, at hyphens too.
            assert "".join(form.in_words.split()) in "".join(text.split()), form
        for word in form.in_words.split(", "):
            assert word in page, word
