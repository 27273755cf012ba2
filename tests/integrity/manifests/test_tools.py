"""What the programs of the field write is read, and what is written here they accept."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.containers import NOT_UTF8, ODD_NAMES, as_ad1, as_folder
from tests.support.running import Runner

NAMES = (*ODD_NAMES, NOT_UTF8, b"(x) = y.png", b"-dash", b"#hash", b"* star")
FILES = {name: name * 10 for name in NAMES}
LINE_ENDS = {b"new\nline.png": b"1", b"cr\rreturn.png": b"2"}


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")


def run(folder: Path, *arguments: bytes | str) -> bytes:
    return subprocess.run(arguments, cwd=folder, capture_output=True, check=True).stdout


def relative(files: dict[bytes, bytes]) -> list[bytes]:
    return [b"./" + name for name in files]


@pytest.mark.parametrize(
    "command",
    ["md5sum", "sha256sum --tag", "md5sum -z", "sha1sum --tag -z", "b2sum", "cksum -a sha224"],
)
def test_coreutils(dfc: Runner, tmp_path: Path, command: str) -> None:
    needs(command.split(maxsplit=1)[0])
    files = FILES | LINE_ENDS
    folder = as_folder(tmp_path / "Set", files)
    suffix = ".b2" if command == "b2sum" else ".txt"
    (tmp_path / f"list{suffix}").write_bytes(run(folder, *command.split(), "--", *relative(files)))
    done = dfc("verify-hash", folder, "--hashes", tmp_path / f"list{suffix}")
    assert f"{len(files)} matched, 0 changed" in done.out


@pytest.mark.parametrize("command", ["openssl md5", "openssl sha256 -r", "openssl dgst -sha512"])
def test_openssl(dfc: Runner, tmp_path: Path, command: str) -> None:
    needs("openssl")
    folder = as_folder(tmp_path / "Set", FILES)
    (tmp_path / "list").write_bytes(run(folder, *command.split(), *relative(FILES)))
    done = dfc("verify-hash", folder, "--hashes", tmp_path / "list")
    assert f"{len(FILES)} matched, 0 changed" in done.out


@pytest.mark.parametrize("options", ["-r", "-r -l", "-r -c md5,sha1,sha256,tiger"])
def test_hashdeep(dfc: Runner, tmp_path: Path, options: str) -> None:
    needs("hashdeep")
    folder = as_folder(tmp_path / "Set", FILES)
    (tmp_path / "list").write_bytes(run(tmp_path, "hashdeep", *options.split(), "Set"))
    done = dfc("verify-hash", folder, "--hashes", tmp_path / "list")
    assert f"{len(FILES)} matched, 0 changed" in done.out


@pytest.mark.parametrize("options", ["-r", "-r -l"])
def test_md5deep(dfc: Runner, tmp_path: Path, options: str) -> None:
    needs("md5deep")
    folder = as_folder(tmp_path / "Set", FILES)
    (tmp_path / "list").write_bytes(run(tmp_path, "md5deep", *options.split(), "Set"))
    done = dfc("verify-hash", folder, "--hashes", tmp_path / "list")
    assert f"{len(FILES)} matched, 0 changed" in done.out


def test_bagit(dfc: Runner, tmp_path: Path) -> None:
    bagit = pytest.importorskip("bagit")
    files = FILES | LINE_ENDS
    for name in (NOT_UTF8, b"percent%0A.png"):  # it takes no such name; it does not escape this one
        del files[name]
    folder = as_folder(tmp_path / "Set", files)
    bagit.make_bag(str(folder), checksums=["md5", "sha512"])
    done = dfc("verify-hash", folder)
    assert "compared       md5, sha512" in done.out
    assert "0 new, 0 unreadable" in done.out
    (folder / "data" / "-dash").write_bytes(b"other")
    assert "changed        data/-dash" in dfc("verify-hash", folder, code=4).out


def test_ours_is_accepted_by_coreutils(dfc: Runner, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "Set", FILES | LINE_ENDS)
    for form in ("md5sum", "sha256sum"):
        dfc("hash", folder, "--out", tmp_path / form, "--format", form)
        run(tmp_path, form, "--strict", "-c", form)
        dfc("verify-hash", folder, "--hashes", tmp_path / form)
    (folder / "-dash").write_bytes(b"other")
    with pytest.raises(subprocess.CalledProcessError):
        run(tmp_path, "md5sum", "--strict", "-c", "md5sum")


def test_ours_is_accepted_by_hashdeep(dfc: Runner, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "Set", FILES)
    made = dfc("hash", folder, "--out", tmp_path / "list", "--format", "hashdeep")
    dfc("verify-hash", folder, "--hashes", tmp_path / "list")
    needs("hashdeep")
    check = made.out.partition("&& ")[2].strip()
    done = subprocess.run(check, shell=True, cwd=tmp_path, capture_output=True, check=False)  # noqa: S602
    assert b"Audit passed" in done.stdout
    assert done.returncode == 0
    (folder / "-dash").write_bytes(b"other")
    done = subprocess.run(check, shell=True, cwd=tmp_path, capture_output=True, check=False)  # noqa: S602
    assert done.returncode == 1


def test_what_hashdeep_s_form_cannot_hold(dfc: Runner, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "Set", LINE_ENDS)
    done = dfc("hash", folder, "--out", tmp_path / "list", "--format", "hashdeep", code=2)
    assert "line end" in done.err
    assert not (tmp_path / "list").exists()


def test_ours_is_accepted_by_bagit(dfc: Runner, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "data", {b"a.png": b"a", b"sub/b.png": b"b"})
    dfc("hash", folder, "--out", tmp_path / "manifest-sha256.txt", "--format", "bagit")
    dfc("verify-hash", folder, "--hashes", tmp_path / "manifest-sha256.txt")
    dfc("hash", folder, "--out", tmp_path / "other.txt", "--format", "bagit", code=2)
    bagit = pytest.importorskip("bagit")
    (tmp_path / "bagit.txt").write_text(
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", encoding="utf-8"
    )
    assert bagit.Bag(str(tmp_path)).is_valid()


# --- the same lists over other evidence ---------------------------------------------------------


def test_a_list_made_on_windows(dfc: Runner, tmp_path: Path) -> None:
    files = {b"a.png": b"a", b"sub/b.png": b"b"}
    folder = as_folder(tmp_path / "Set", files)
    lines = run(folder, "md5sum", "--", *files).decode().replace("/", "\\")
    (tmp_path / "list").write_text(lines.replace("  ", "  C:\\case\\Set\\"), encoding="utf-8")
    dfc("verify-hash", folder, "--hashes", tmp_path / "list")
    other = lines.replace("  ", "  C:\\case\\Other\\").replace(".png", ".jpg")
    (tmp_path / "list").write_text(other, encoding="utf-8")
    done = dfc("verify-hash", folder, "--hashes", tmp_path / "list", code=5)
    assert "another set" in done.err


def test_ftk_s_list_over_the_image_it_is_of(dfc: Runner, tmp_path: Path) -> None:
    files = {b"a.png": b"a", b"sub/b.png": b"b"}
    image = as_ad1(tmp_path / "X.ad1", files, 2)
    rows = [
        f'"{line[:32]}","","X.ad1\\E:\\ImageSet\\{line[34:]}"'
        for line in run(as_folder(tmp_path / "Set", files), "md5sum", "--", *files)
        .decode()
        .replace("/", "\\")
        .splitlines()
    ]
    text = "\r\n".join(("MD5,SHA1,FileNames", *rows, ""))
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    assert (
        "2 matched, 0 changed" in dfc("verify-hash", image, "--hashes", tmp_path / "list.csv").out
    )


def test_one_algorithm_agrees_and_another_does_not(dfc: Runner, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "Set", {b"a.png": b"a"})
    dfc("hash", folder, "--out", tmp_path / "list", "--format", "hashdeep")
    text = (tmp_path / "list").read_text()
    sha256 = text.splitlines()[-1].split(",")[2]
    (tmp_path / "list").write_text(text.replace(sha256, "0" * 64))
    done = dfc("verify-hash", folder, "--hashes", tmp_path / "list", code=4)
    assert "0 matched, 0 changed, 1 conflict" in done.out
    assert "conflict       a.png  (md5 agrees; expected sha256:0000" in done.out


def test_a_list_of_a_container_and_of_others(dfc: Runner, tmp_path: Path) -> None:
    """A list of all that arrived names the image among other files."""
    image = as_ad1(tmp_path / "X.ad1", {b"a.png": b"a"}, 2)
    (tmp_path / "note.txt").write_text("note")
    (tmp_path / "list").write_bytes(run(tmp_path, "md5sum", "X.ad1", "X.ad2", "note.txt"))
    done = dfc("verify-hash", image, "--hashes", tmp_path / "list")
    assert "2 matched, 0 changed" in done.out
    with (tmp_path / "X.ad2").open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(b"\xff")
    done = dfc("verify-hash", image, "--hashes", tmp_path / "list", code=4)
    assert "changed        X.ad2" in done.out
