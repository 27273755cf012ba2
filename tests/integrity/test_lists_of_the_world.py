"""Lists as other programs and other systems write them, and digests as people type them."""

import hashlib
import unicodedata
from pathlib import Path

import pytest

from forensic_cli.cli.digests import digests_given
from forensic_cli.errors import ManifestError, UsageError
from forensic_cli.integrity.manifests.reading import read_manifest
from forensic_cli.integrity.name_forms import made_by_system, same_form
from tests.support.containers import as_folder, as_zip, rows
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner

FILES = {b"a.png": png((1, 2, 3)), b"sub/b.png": png((4, 5, 6)), b"sub/c d.png": png((7, 8, 9))}
MD5 = {name.decode(): hashlib.md5(data).hexdigest() for name, data in FILES.items()}
SHA1 = {name.decode(): hashlib.sha1(data).hexdigest() for name, data in FILES.items()}
SIZE = {name.decode(): len(data) for name, data in FILES.items()}


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return as_folder(tmp_path / "Set", FILES)


def lines(form: str, end: str = "\n") -> str:
    return "".join(form.format(name=n, md5=MD5[n], sha1=SHA1[n], size=SIZE[n]) + end for n in MD5)


PLAIN = lines("{md5}  {name}")
DFXML = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<!-- made elsewhere -->\n<dfxml "
    "xmlns='http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML'>"
    + lines(
        "<fileobject><filename>Set/{name}</filename><filesize>{size}</filesize>"
        "<hashdigest type='md5'>{md5}</hashdigest><hashdigest type='SHA-1'>{sha1}</hashdigest>"
        "<hashdigest type='sha3'>00</hashdigest></fileobject>"
    )
    + "<fileobject><filename>Set/sub</filename></fileobject></dfxml>"
)
NSRL = '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\r\n'
CERTUTIL = "MD5 hash of {name}:\r\n{md5}\r\nCertUtil: -hashfile command completed successfully."
READ: dict[str, tuple[str, bytes]] = {
    "comments after semicolons": ("l.md5", b"; made by a copier\r\n\r\n" + PLAIN.encode()),
    "carriage returns alone": ("l.md5", PLAIN.replace("\n", "\r").encode()),
    "UTF-16 without its mark": ("l.md5", PLAIN.encode("utf-16-le")),
    "UTF-16, the other order": ("l.md5", PLAIN.encode("utf-16-be")),
    "filled up with NULs": ("l.md5", PLAIN.encode() + bytes(500)),
    "one NUL at the end": ("l.md5", PLAIN.encode() + b"\0"),
    "sizes of md5deep": ("l.md5", lines("{size:10d}  {md5}  {name}").encode()),
    "the name first": ("l.md5", lines("{name} {md5}").encode()),
    "the name first, tabs": ("l.sha1", lines("{name}\t{sha1}", "\r\n").encode()),
    "the name first, colons": ("l.md5", lines("{name}: {md5}").encode()),
    "certutil": ("l.txt", lines(CERTUTIL, "\r\n").encode()),
    "certutil of Windows 7": ("l.txt", "".join(
        f"MD5 hash of file C:\\case\\Set\\{n}:\r\n{bytes.fromhex(MD5[n]).hex(' ')}\r\n"
        "CertUtil: -hashfile command completed successfully.\r\n" for n in MD5
    ).encode()),
    "certutil in Korean": ("l.txt", lines("MD5의 {name} 해시:\r\n{md5}", "\r\n").encode()),
    "Get-FileHash, a list": ("l.txt", lines(
        "\r\nAlgorithm : MD5\r\nHash      : {md5}\r\nPath      : C:\\case\\Set\\{name}", "\r\n\r\n"
    ).encode("utf-16")),
    "Get-FileHash, a table": ("l.txt", ("\r\nAlgorithm       Hash       Path\r\n---   ---   ---\r\n"
        + lines("MD5             {md5}       C:\\case\\Set\\{name}", "\r\n")).encode()),
    "Get-FileHash, semicolons": ("l.csv", ('"Algorithm";"Hash";"Path"\r\n'
        + lines('"MD5";"{md5}";"C:\\case\\Set\\{name}"', "\r\n")).encode()),
    "Autopsy": ("l.csv", ('"Name","Location","MD5 Hash","SHA-256 Hash"\n'
        + lines('"x","/img_x/Set/{name}","{md5}",""')).replace('"x"', '""').encode()),
    "AXIOM": ("l.csv", ("File name,Full path,SHA1 hash\n"
        + lines(",E:\\Set\\{name},{sha1}")).encode()),
    "X-Ways": ("l.txt", ("Name\tPath\tSize\tMD5\n" + "".join(
        f"{n.rpartition('/')[2]}\t\\Set\\{n.rpartition('/')[0]}\t1\t{MD5[n]}\n" for n in MD5)
        + "sub\t\\Set\t0\t\n").encode()),
    "DFXML": ("l.xml", DFXML.encode()),
    "bodyfile": ("l.body", ("0|/Set/sub|1|d/d|0|0|0|0|0|0|0\n"
        + lines("{md5}|/Set/{name}|12|r/rrwxrwxrwx|0|0|{size}|0|0|0|0")).encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_other_programs_write_is_read(
    dfc: Runner, evidence: Path, tmp_path: Path, name: str
) -> None:
    file, data = READ[name]
    (tmp_path / file).write_bytes(data)
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / file)
    assert "3 matched" in done.out
    changed = data.replace(MD5["a.png"][:8].encode(), b"00000000")
    changed = changed.replace(SHA1["a.png"][:8].encode(), b"00000000")
    if changed == data:  # in another character set, or in pairs
        return
    (tmp_path / file).write_bytes(changed)
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / file, code=4)
    assert "a.png  (" in done.out


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Set.b3", lines("{md5}{md5}  {name}"), "BLAKE3"),
        ("Set.sha3-256", lines("{md5}{md5}  {name}"), "SHA-3"),
        ("Set.sfv", lines("{name} 0a0b0c0d"), "CRC-32"),
        ("Set.xxh128", PLAIN, "xxHash"),
        ("Set.tiger.txt", lines("{md5}01234567  {name}"), "Tiger"),
        ("Set.b2", lines("{md5}{md5}  {name}"), "line(s) cannot be understood"),
        ("Set.txt", lines("BLAKE3 ({name}) = {md5}{md5}"), "line(s) cannot be understood"),
        ("Set.txt", lines("SHA3-256 ({name}) = {md5}{md5}"), "line(s) cannot be understood"),
        ("Set.csv", NSRL, "known files"),
        ("Set.txt", "Algorithm Hash Path\n--- --- ---\nMD5 " + "0" * 32 + " C:\\long...\n",
         "cannot be understood"),
        ("Set.xml", "<dfxml><fileobject>", "cannot be read"),
        ("Set.xml", "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><dfxml>&x;</dfxml>",
         "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused_and_never_changed(
    dfc: Runner, evidence: Path, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / name, code=5)
    assert said in done.err
    assert "changed" not in done.out


def test_xml_that_reaches_beyond_itself_is_refused(tmp_path: Path) -> None:
    for declared in ("<!ENTITY x SYSTEM 'file:///etc/hostname'>", "<!ENTITY x 'many'>"):
        text = f"<?xml version='1.0'?><!DOCTYPE d [{declared}]><dfxml>&x;</dfxml>"
        (tmp_path / "l.xml").write_text(text)
        with pytest.raises(ManifestError, match="cannot be read"):
            read_manifest(tmp_path / "l.xml")


@pytest.mark.parametrize(
    "data",
    [
        b"<!---->" * 20_000, b"a" + b" " * 200_000 + b"x", b"a " * 100_000, b"<?xml" * 50_000,
        b"x:" * 100_000, b"MD5 hash of " + b":" * 100_000, b"\0\1" * 100_000,
    ],
)  # fmt: skip
def test_a_list_made_to_keep_a_reader_busy_is_done_with_at_once(
    tmp_path: Path, data: bytes
) -> None:
    # Backtracking would take longer than anybody waits: reaching the end is the test.
    (tmp_path / "l.md5").write_bytes(data)
    with pytest.raises(ManifestError):
        read_manifest(tmp_path / "l.md5")


def test_a_bare_hash_is_of_the_file_that_it_is_named_after(
    dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png.md5").write_text(MD5["a.png"] + "\n")
    assert (
        "matched" in dfc("verify-hash", evidence / "a.png", "--hashes", tmp_path / "a.png.md5").out
    )
    (evidence / "a.png").write_bytes(b"other")
    dfc("verify-hash", evidence / "a.png", "--hashes", tmp_path / "a.png.md5", code=4)


def test_a_bare_hash_that_is_given_is_of_what_is_checked(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    (tmp_path / "paper.md5").write_text(MD5["a.png"] + "\n")
    dfc("verify-hash", evidence / "a.png", "--hashes", tmp_path / "paper.md5")
    dfc("verify-hash", evidence / "sub" / "b.png", "--hashes", tmp_path / "paper.md5", code=4)
    assert "a folder has none" in (
        dfc("verify-hash", evidence, "--hashes", tmp_path / "paper.md5", code=5).err
    )
    archive = as_zip(tmp_path / "X.zip", FILES)
    arguments = (archive, "--model", make_model(), "--out", tmp_path / "r.csv", "--hashes")
    dfc(*arguments, tmp_path / "paper.md5", code=4)
    (tmp_path / "paper.sha1").write_text(hashlib.sha1(archive.read_bytes()).hexdigest())
    assert "intact" in dfc(*arguments, tmp_path / "paper.sha1", "--strict").out


def test_a_list_in_which_nothing_is_right_is_asked_about(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    wrong = "".join(f"{hashlib.md5(n.encode()).hexdigest()}  {n}\n" for n in MD5)
    (tmp_path / "l.md5").write_text(wrong)
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / "l.md5", code=4)
    assert "is this list of another algorithm, or of another set?" in done.out
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    done = dfc(*arguments, "--hashes", tmp_path / "l.md5", code=4)
    assert "of another algorithm, or of another set?" in done.err
    (tmp_path / "l.md5").write_text(wrong + f"{MD5['a.png']}  a.png\n".replace("a.png", "d.png"))
    (evidence / "d.png").write_bytes(FILES[b"a.png"])
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / "l.md5", code=4)
    assert "another algorithm" not in done.out


@pytest.mark.parametrize(
    ("listed", "there"),
    [
        (unicodedata.normalize("NFC", "한글 Ü.png").encode(),
         unicodedata.normalize("NFD", "한글 Ü.png").encode()),
        (b"Set/PHOTO.PNG".rpartition(b"/")[2], b"photo.png"),
        ("사진.png".encode("cp949"), "사진.png".encode()),
        ("写真.png".encode("cp932"), "写真.png".encode()),
        ("ﬁle.png".encode(), b"file.png"),
    ],
)  # fmt: skip
def test_a_name_in_another_form_is_no_difference(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, listed: bytes, there: bytes
) -> None:
    assert same_form(listed, there)
    data = png((1, 2, 3))
    evidence = as_folder(tmp_path / "Set", {there: data, b"other.png": png()})
    other = hashlib.md5(png()).hexdigest().encode()
    text = (
        hashlib.md5(data).hexdigest().encode() + b"  " + listed + b"\n" + other + b"  other.png\n"
    )
    (tmp_path / "l.md5").write_bytes(text)
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / "l.md5")
    assert "1 renamed_form" in done.out
    assert "verdict        intact" in done.out
    arguments = ("--model", make_model(), "--hashes", tmp_path / "l.md5", "--out")
    dfc(evidence, *arguments, tmp_path / "r.csv", "--strict")
    assert len(rows(tmp_path / "r.csv")) == 3
    (Path(evidence) / there.decode()).write_bytes(png((9, 9, 9)))
    dfc(evidence, *arguments, tmp_path / "s.csv", code=4)


def test_names_that_are_two() -> None:
    assert not same_form(b"a.png", b"b.png")
    assert not same_form("사진.png".encode("cp949"), "사전.png".encode())
    assert not same_form(b"a/x.png", b"b/x.png")


SYSTEM = (b".DS_Store", b"sub/._a.png", b"Thumbs.db", b"desktop.ini", b"__MACOSX/._a.png")


@pytest.mark.parametrize("name", SYSTEM)
def test_what_systems_make_by_themselves_is_named_and_may_be_accepted(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, name: bytes
) -> None:
    assert made_by_system(name)
    evidence = as_folder(tmp_path / "Set", {**FILES, name: png((5, 5, 5))})
    (tmp_path / "l.md5").write_text(PLAIN)
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / "l.md5", code=4)
    assert "a file that operating systems make by themselves" in done.out
    dfc("verify-hash", evidence, "--hashes", tmp_path / "l.md5", "--allow", "new:system")
    out = tmp_path / "r.csv"
    arguments = (evidence, "--model", make_model(), "--hashes", tmp_path / "l.md5", "--out", out)
    dfc(*arguments, code=4)
    dfc(*arguments, "--allow", "new:system", code=4)  # a picture in its place is not scored
    assert [row[2] for row in rows(out)[1:]] == [n.decode() for n in FILES]
    (evidence / name.decode()).write_bytes(b"of the system")
    dfc(*arguments, "--allow", "new:system", "--force")


@pytest.mark.parametrize("name", [b"photo.png", b"DS_Store", b"a.Thumbs.db.png", b"x._a.png"])
def test_what_nobody_makes_by_itself(name: bytes) -> None:
    assert not made_by_system(name)


def test_a_contradiction_names_both_lists(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    (tmp_path / "one.md5").write_text(PLAIN)
    (tmp_path / "two.md5").write_text(PLAIN.replace(MD5["a.png"], "0" * 32))
    given = ("--hashes", tmp_path / "one.md5", "--hashes", tmp_path / "two.md5")
    said = dfc("verify-hash", evidence, *given, code=5).err
    for word in ("one.md5", "two.md5", "a.png"):
        assert word in said


DIGEST = "083c11a3b2d4e5f60718293a4b5c6d7e"


@pytest.mark.parametrize(
    "text",
    [
        DIGEST.upper(), "08-3C-11-A3-B2-D4-E5-F6-07-18-29-3A-4B-5C-6D-7E",
        "083c11a3 b2d4e5f6 0718293a 4b5c6d7e", "MD5:" + DIGEST, "md5 = " + DIGEST,
        f" {DIGEST}\n",
    ],
)  # fmt: skip
def test_digests_as_they_stand_on_paper(text: str) -> None:
    assert [one.hexdigest for one in digests_given(text, None, None)] == [DIGEST]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DIGEST[:-1], "31 digits, and md5 has 32: one is missing"),
        (DIGEST + "ab", "34 digits, and md5 has 32: 2 are too many"),
        ("O" + DIGEST[1:], "character 1 is 'O', no hexadecimal digit, perhaps the digit 0"),
        (DIGEST[:4] + "l" + DIGEST[5:], "character 5 is 'L', no hexadecimal digit, perhaps"),
        ("?" + DIGEST[1:], "character 1 is '?', no hexadecimal digit;"),
        (DIGEST + "01234567", "40 digits are sha1, not md5 (32); give it with --sha1"),
        (DIGEST * 2, "64 digits are sha256, not md5 (32); give it with --sha256"),
        (DIGEST * 4, "128 digits are sha512, not md5 (32); which is not taken here"),
        (f"{DIGEST}  ImageSet.zip", "a name follows the digest ('ImageSet.zip')"),
        ("sha1:" + DIGEST, "calls itself sha1; give it with --sha1"),
        ("", "0 digits"),
    ],
)
def test_each_slip_has_its_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError, match="--md5") as refused:
        digests_given(text, None, None)
    assert said in str(refused.value)
