"""The check alone, and the manifest that ``hash`` makes."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, NEEDS_ROOT, ROOT, Runner, as_nobody, let_in

ODD_NAMES = (b"new\nline.png", b"back\\slash.png", b" leading", b"bad\xff\xfe", b"*s", b"cr\r")


@pytest.fixture
def manifest(dfc: Runner, evidence: Path, tmp_path: Path) -> Path:
    path = tmp_path / "Set.md5"
    dfc("hash", evidence, "--out", path)
    return path


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_intact(dfc: Runner, evidence: Path, manifest: Path) -> None:
    done = dfc("verify-hash", evidence, "--hashes", manifest)
    assert (
        "10 matched, 0 changed, 0 conflict, 0 moved, 0 duplicate, 0 missing, 0 new, 0 unreadable"
        in done.out
    )
    assert "verdict        intact" in done.out
    assert "cannot exclude a collision" in done.out


def test_one_flipped_byte(dfc: Runner, evidence: Path, manifest: Path) -> None:
    flip(evidence / "p4.png")
    done = dfc("verify-hash", evidence, "--hashes", manifest, code=4)
    assert "9 matched, 1 changed" in done.out
    assert "changed        p4.png  (expected md5:" in done.out


def test_one_missing(dfc: Runner, evidence: Path, manifest: Path) -> None:
    (evidence / "p4.png").unlink()
    done = dfc("verify-hash", evidence, "--hashes", manifest, code=4)
    assert "9 matched, 0 changed, 0 conflict, 0 moved, 0 duplicate, 1 missing, 0 new" in done.out
    assert "missing        p4.png" in done.out


def test_one_extra(dfc: Runner, evidence: Path, manifest: Path) -> None:
    (evidence / "new\x1b[2J.png").write_bytes(png((7, 7, 7)))
    done = dfc("verify-hash", evidence, "--hashes", manifest, code=4)
    assert "10 matched, 0 changed, 0 conflict, 0 moved, 0 duplicate, 0 missing, 1 new" in done.out
    assert "new            new\\x1b[2J.png  (found md5:" in done.out


def test_one_moved(dfc: Runner, evidence: Path, manifest: Path) -> None:
    (evidence / "p4.png").rename(evidence / "sub" / "renamed.png")
    done = dfc("verify-hash", evidence, "--hashes", manifest, code=4)
    assert "9 matched, 0 changed, 0 conflict, 1 moved, 0 duplicate, 0 missing, 0 new" in done.out
    assert "moved          p4.png  (is now sub/renamed.png)" in done.out


def test_all_at_once(dfc: Runner, evidence: Path, manifest: Path) -> None:
    flip(evidence / "p0.png")
    (evidence / "p1.png").unlink()
    (evidence / "p2.png").rename(evidence / "q.png")
    (evidence / "x.png").write_bytes(b"x")
    (evidence / "p5.png").unlink()
    (evidence / "p5.png").symlink_to("p6.png")
    done = dfc("verify-hash", evidence, "--hashes", manifest, code=4)
    assert (
        "6 matched, 2 changed, 0 conflict, 1 moved, 0 duplicate, 1 missing, 1 new, 0 unreadable"
        in done.out
    )


def test_a_link_that_the_manifest_does_not_name_is_counted_only(
    dfc: Runner, evidence: Path, manifest: Path
) -> None:
    (evidence / "link").symlink_to("p0.png")
    done = dfc("verify-hash", evidence, "--hashes", manifest)
    assert "not hashed     link" in done.out
    assert "1 not_hashed" in done.out


@NEEDS_ROOT
def test_what_cannot_be_read_is_5(
    dfc: Runner, evidence: Path, manifest: Path, tmp_path: Path
) -> None:
    let_in(tmp_path)
    (evidence / "p4.png").chmod(0o600)
    with as_nobody():
        done = dfc("verify-hash", evidence, "--hashes", manifest, code=5)
    assert (
        "9 matched, 0 changed, 0 conflict, 0 moved, 0 duplicate, 0 missing, 0 new, 1 unreadable"
        in done.out
    )


def test_malformed_manifest(dfc: Runner, evidence: Path, manifest: Path) -> None:
    manifest.write_text(manifest.read_text() + "oops\n")
    assert "line 11" in dfc("verify-hash", evidence, "--hashes", manifest, code=5).err


def test_a_manifest_inside_the_evidence_is_no_extra_entry(
    dfc: Runner, evidence: Path, manifest: Path
) -> None:
    inside = shutil.copy(manifest, evidence / "Set.md5")
    dfc("verify-hash", evidence, "--hashes", inside)
    dfc("verify-hash", evidence, "--hashes", manifest, code=4)


def test_two_manifests_are_one_reference(
    dfc: Runner, evidence: Path, manifest: Path, tmp_path: Path
) -> None:
    other = tmp_path / "Set.sha256"
    dfc("hash", evidence, "--out", other)
    arguments = ("verify-hash", evidence, "--hashes", manifest, "--hashes", other)
    assert "compared       md5, sha256" in dfc(*arguments).out
    other.write_text(other.read_text().replace("p0.png", "p9.png"))
    assert "9 matched" not in dfc(*arguments, code=4).out


def test_manifests_are_found_by_the_name_of_the_evidence(
    dfc: Runner, evidence: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    (work / "hashes").mkdir(parents=True)
    monkeypatch.chdir(work)
    assert "no manifest for 'Set'" in dfc("verify-hash", evidence, code=2).err
    shutil.copy(manifest, work / "hashes" / "Set.md5")
    assert "reference      hashes/Set.md5" in dfc("verify-hash", evidence).out
    (work / "hashes" / "Set.md5").rename(evidence.parent / "Set.md5")
    dfc("verify-hash", evidence)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_a_single_file(dfc: Runner, evidence: Path, algorithm: str) -> None:
    path = evidence / "p0.png"
    line = subprocess.run([f"{algorithm}sum", path], capture_output=True, check=True, text=True)
    digits = line.stdout.split()[0]
    done = dfc("verify-hash", path, f"--{algorithm}", digits.upper())
    assert f"found          {algorithm}:{digits}" in done.out
    wrong = ("0" if digits[0] != "0" else "1") + digits[1:]
    dfc("verify-hash", path, f"--{algorithm}", wrong, code=4)
    dfc("verify-hash", path, "--md5", "00", code=2)
    dfc("verify-hash", path.with_name("none"), f"--{algorithm}", digits, code=5)
    dfc("verify-hash", evidence, f"--{algorithm}", digits, code=2)


def test_a_single_file_by_its_manifest(dfc: Runner, evidence: Path, manifest: Path) -> None:
    dfc("verify-hash", evidence / "p0.png", "--hashes", manifest)
    flip(evidence / "p0.png")
    dfc("verify-hash", evidence / "p0.png", "--hashes", manifest, code=4)
    assert "nothing says" in dfc("verify-hash", manifest, "--hashes", manifest, code=2).err


def test_without_a_target_every_manifest_is_checked(
    dfc: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no manifest in hashes/" in dfc("verify-hash", code=2).err
    shutil.copytree(ROOT / "samples" / "ImageSet", "samples/ImageSet")
    shutil.copytree(ROOT / "hashes", "hashes")
    done = dfc("verify-hash")
    assert "12 matched" in done.out
    Path("container.bin").write_bytes(b"x")
    Path("hashes/other.md5").write_text("9dd4e461268c8034f5c8564e155c67a6  container.bin\n")
    assert "1 matched" in dfc("verify-hash").out
    Path("container.bin").write_bytes(b"y")
    assert "changed        container.bin" in dfc("verify-hash", code=4).out
    Path("container.bin").unlink()
    assert "missing        container.bin" in dfc("verify-hash", code=4).out
    Path("hashes/other.md5").write_text("junk\n")
    done = dfc("verify-hash", code=5)
    assert "12 matched" in done.out


@pytest.mark.parametrize("program", ["md5sum", "sha1sum", "sha256sum", "sha512sum", "b2sum"])
def test_coreutils_agree_with_what_hash_writes(dfc: Runner, tmp_path: Path, program: str) -> None:
    root = tmp_path / "Odd"
    root.mkdir()
    for name in ODD_NAMES:
        with open(os.path.join(os.fsencode(root), name), "wb") as stream:
            stream.write(name)
    suffix = "b2" if program == "b2sum" else program.removesuffix("sum")
    out = tmp_path / f"Odd.{suffix}"
    done = dfc("hash", root, "--out", out)
    assert f"cd {tmp_path} && {program} -c {out}" in done.out
    check = subprocess.run(
        [program, "--strict", "-c", out], cwd=tmp_path, capture_output=True, check=False
    )
    assert check.returncode == 0, check.stderr
    assert check.stdout.count(b": OK\n") == len(ODD_NAMES)
    dfc("verify-hash", root, "--hashes", out)


def test_hash_of_a_single_file(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.md5"
    dfc("hash", evidence / "p0.png", "--out", out)
    subprocess.run(["md5sum", "-c", out], cwd=evidence, capture_output=True, check=True)


def test_hash_refuses(dfc: Runner, evidence: Path, manifest: Path, tmp_path: Path) -> None:
    before = manifest.read_bytes()
    (evidence / "p0.png").write_bytes(b"new")
    assert "--force" in dfc("hash", evidence, "--out", manifest, code=2).err
    assert manifest.read_bytes() == before
    dfc("hash", evidence, "--out", manifest, "--force")
    assert manifest.read_bytes() != before
    assert "end in one of" in dfc("hash", evidence, "--out", tmp_path / "x.txt", code=2).err
    dfc("hash", evidence, "--out", evidence / "x.md5", code=8)
    dfc("hash", evidence, "--out", tmp_path / "no" / "x.md5", code=8)
    dfc("hash", tmp_path / "nowhere", "--out", tmp_path / "x.md5", code=5)
    assert not list(tmp_path.glob("*x.md5*"))


@NEEDS_ROOT
def test_hash_never_leaves_a_file_out_in_silence(
    dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    let_in(tmp_path)
    (evidence / "p4.png").chmod(0o600)
    with as_nobody():
        done = dfc("hash", evidence, "--out", tmp_path / "x.md5", code=5)
    assert "1 of 10 entries cannot be read" in done.err
    assert not (tmp_path / "x.md5").exists()


def test_one_extra_file_is_not_the_new_place_of_two(
    dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    """Two missing names of equal content, known by other algorithms; one file that has it."""
    content = (evidence / "p3.png").read_bytes()
    dfc("hash", evidence, "--out", tmp_path / "Set.md5")
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "more.sha256").write_text(f"{sha256}  twin.png\n")
    (evidence / "p3.png").rename(evidence / "q.png")
    arguments = ("--hashes", tmp_path / "Set.md5", "--hashes", tmp_path / "more.sha256")
    done = dfc("verify-hash", evidence, *arguments, code=4)
    assert "1 moved, 0 duplicate, 1 missing, 0 new" in done.out


@NEEDS_ROOT
def test_a_folder_that_cannot_be_entered_is_not_missing(
    dfc: Runner, evidence: Path, manifest: Path, tmp_path: Path
) -> None:
    let_in(tmp_path)
    (evidence / "sub").chmod(0o700)
    with as_nobody():
        done = dfc("verify-hash", evidence, "--hashes", manifest, code=5)
    assert (
        "8 matched, 0 changed, 0 conflict, 0 moved, 0 duplicate, 0 missing, 0 new, 3 unreadable"
        in done.out
    )


@pytest.fixture
def namesakes(tmp_path: Path) -> Path:
    """Three files of one base name and different content."""
    root = tmp_path / "Twins"
    for folder in ("", "a", "b"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "i.png").write_bytes(png((len(folder), ord(folder or "x"), 0)))
    return root


def test_a_file_is_held_to_its_own_entry(dfc: Runner, namesakes: Path, tmp_path: Path) -> None:
    dfc("hash", namesakes, "--out", tmp_path / "Twins.md5")
    for folder in ("", "a", "b"):
        dfc("verify-hash", namesakes / folder / "i.png", "--hashes", tmp_path / "Twins.md5")
    shutil.copy(namesakes / "b" / "i.png", namesakes / "a" / "i.png")
    target = namesakes / "a" / "i.png"
    dfc("verify-hash", target, "--hashes", tmp_path / "Twins.md5", code=4)
    inside = subprocess.run(
        ["md5sum", "i.png", "a/i.png"], cwd=namesakes, capture_output=True, check=True
    )
    (tmp_path / "inside.md5").write_bytes(inside.stdout)
    for name in ("i.png", "a/i.png"):
        dfc("verify-hash", namesakes / name, "--hashes", tmp_path / "inside.md5")
    elsewhere = tmp_path / "i.png"
    shutil.copy(target, elsewhere)
    done = dfc("verify-hash", elsewhere, "--hashes", tmp_path / "Twins.md5", code=2)
    assert "several entries" in done.err


def test_a_digest_and_a_manifest_both_count(dfc: Runner, evidence: Path, manifest: Path) -> None:
    path = evidence / "p0.png"
    good = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    dfc("verify-hash", path, "--md5", good, "--hashes", manifest)
    wrong = manifest.read_text().replace(good, "0" * 32)
    manifest.write_text(wrong)
    dfc("verify-hash", path, "--md5", good, "--hashes", manifest, code=4)
    dfc("verify-hash", path, "--md5", good, "--hashes", manifest.with_name("no.md5"), code=5)


def test_extra_files_are_seen_whatever_the_manifest_is_called(
    dfc: Runner, evidence: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(evidence.parent)
    (evidence / "extra.png").write_bytes(b"x")
    other = manifest.rename(manifest.with_name("case42.md5"))
    assert "new            extra.png" in dfc("verify-hash", "--hashes", other, code=4).out


def test_manifests_of_one_name_are_taken_together(
    dfc: Runner, evidence: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    (work / "hashes").mkdir(parents=True)
    monkeypatch.chdir(work)
    evidence.rename(work / "Set")
    lines = manifest.read_text().splitlines(keepends=True)
    (work / "hashes" / "Set.md5").write_text("".join(lines[:5]))
    (work / "hashes" / "Set.more").write_text("".join(lines[5:]))
    (work / "hashes" / "README.md").write_text("about these")
    (work / "hashes" / "Set.md5.asc").write_text("-----BEGIN PGP SIGNATURE-----")
    (work / "hashes" / "Set.md5~").write_text("old")
    (work / "hashes" / "Set.n.md5").write_text(f"{'0' * 32}  nothing\n")
    done = dfc("verify-hash", code=4)
    assert "10 matched, 0 changed, 0 conflict, 0 moved, 0 duplicate, 0 missing, 0 new" in done.out
    for name in ("README.md", "Set.md5.asc", "Set.md5~"):
        assert f"left out       hashes/{name}" in done.out
    assert "10 matched" in dfc("verify-hash", "Set").out


def test_hash_never_writes_into_the_evidence(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    outward = evidence / "list.md5"
    outward.symlink_to(tmp_path / "list.md5")
    dfc("hash", evidence, "--out", outward, "--force", code=8)
    assert outward.is_symlink()
    (tmp_path / "inward").symlink_to(evidence)
    dfc("hash", evidence, "--out", tmp_path / "inward" / "x.md5", code=8)
    own = tmp_path / "own.md5"
    own.write_text("evidence itself")
    assert dfc("hash", own, "--out", own, "--force", code=8).err
    assert own.read_text() == "evidence itself"


def test_hash_of_a_link_says_where_to_check_it(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(evidence)
    done = dfc("hash", link, "--out", tmp_path / "link.md5")
    folder = done.out.split("cd ")[1].split(" &&")[0]
    check = ["md5sum", "--quiet", "-c", str(tmp_path / "link.md5")]
    subprocess.run(check, cwd=folder, check=True, capture_output=True)


def test_a_set_that_was_unpacked_into_itself(dfc: Runner, tmp_path: Path) -> None:
    root = tmp_path / "Set"
    (root / "Set").mkdir(parents=True)
    for name in ("0001.png", "0002.png", "Set/0001.png"):
        (root / name).write_bytes(png((len(name), 0, int(name[-5]))))
    dfc("hash", root, "--out", tmp_path / "Set.md5")
    dfc("verify-hash", root, "--hashes", tmp_path / "Set.md5")


@pytest.mark.parametrize("suffix", ["b2", "b2sum"])
def test_b2sum_by_its_suffix(dfc: Runner, evidence: Path, tmp_path: Path, suffix: str) -> None:
    names = [path for path in evidence.rglob("*") if path.is_file()]
    listed = subprocess.run(["b2sum", *names], capture_output=True, check=True)
    manifest = tmp_path / f"Set.{suffix}"
    manifest.write_bytes(listed.stdout)
    dfc("verify-hash", evidence, "--hashes", manifest)


def test_two_manifests_about_two_sets(
    dfc: Runner, evidence: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(evidence.parent)
    shutil.copytree(evidence, "Other")
    Path("Other/p0.png").unlink()
    other = manifest.with_name("Other.md5")
    dfc("hash", "Other", "--out", other)
    done = dfc("verify-hash", "--hashes", manifest, "--hashes", other)
    assert "10 matched" in done.out
    assert "9 matched" in done.out


def test_a_manifest_without_a_suffix_is_not_passed_over(
    dfc: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hashes").mkdir()
    Path("a.bin").write_bytes(b"x")
    Path("hashes/MD5SUMS").write_text(f"{'0' * 32}  a.bin\n")
    assert "changed        a.bin" in dfc("verify-hash", code=4).out


def test_a_run_never_replaces_the_reference_that_it_found(
    dfc: Runner, evidence: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hashes").mkdir()
    found = manifest.rename(tmp_path / "hashes" / "Set.md5")
    before = found.read_bytes()
    dfc(evidence, "--model", DEMO_MODEL, "--out", "hashes/Set.md5", "--force", code=2)
    assert found.read_bytes() == before
