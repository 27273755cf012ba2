"""One test per row of the exit-code table, through the real command line."""

import os
import re
import resource
import signal
import subprocess
import time
from pathlib import Path

import onnx
import pytest

from forensic_cli.errors import ExitCode
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import (
    DEMO_MODEL,
    NEEDS_ROOT,
    SAMPLES,
    Runner,
    as_nobody,
    command,
    let_in,
    spawn,
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "result.csv"


@pytest.fixture
def model(make_model: ModelMaker) -> Path:
    return make_model()


def test_0_all_scored(dfc: Runner, evidence: Path, model: Path, out: Path) -> None:
    (evidence / "sub" / "text.jpg").unlink()
    done = dfc(evidence, "--model", model, "--out", out)
    assert "9 listed = 9 scored" in done.out
    assert "NOT VERIFIED" in done.err


def test_0_where_only_what_is_no_picture_is_left_out(
    dfc: Runner, evidence: Path, model: Path, out: Path
) -> None:
    done = dfc(evidence, "--model", model, "--out", out)
    assert "10 listed = 9 scored + 1 not_an_image" in done.out


def test_1_a_bug_is_called_one(
    dfc: Runner, evidence: Path, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensic_cli.classification.results.write_outputs", lambda *_, **__: 1 / 0)
    done = dfc(evidence, "--model", model, "--out", out, code=1)
    assert "internal error: ZeroDivisionError" in done.err
    assert "--debug" in done.err


def test_2_usage(dfc: Runner, evidence: Path, model: Path, out: Path) -> None:
    assert "--out" in dfc(evidence, code=2).err
    assert "--device" in dfc(evidence, "--out", out, "--device", "tpu", code=2).err
    done = dfc(evidence, "--model", model, "--out", out, "--md5", "0" * 32, code=2)
    assert "--hashes" in done.err
    assert "--md5" in dfc("verify-hash", model, "--md5", "xyz", code=2).err


def test_2_refuses_to_overwrite(dfc: Runner, evidence: Path, model: Path, out: Path) -> None:
    exceptions = out.with_name("result.exceptions.csv")
    exceptions.write_text("mine")
    done = dfc(evidence, "--model", model, "--out", out, code=2)
    assert "result.exceptions.csv" in done.err
    assert "--force" in done.err
    assert exceptions.read_text() == "mine"
    dfc(evidence, "--model", model, "--out", out, "--force")
    assert exceptions.read_text() != "mine"


def test_3_some_images_could_not_be_scored(
    dfc: Runner, evidence: Path, model: Path, out: Path
) -> None:
    (evidence / "cut.png").write_bytes(png(size=(400, 400))[:200])
    (evidence / "empty.png").touch()
    done = dfc(evidence, "--model", model, "--out", out, code=3)
    assert "12 listed = 9 scored + 1 empty_file + 1 not_an_image + 1 truncated" in done.out


def test_4_evidence_differs(dfc: Runner, evidence: Path, tmp_path: Path, out: Path) -> None:
    garbage = tmp_path / "model.onnx"
    garbage.write_bytes(b"never looked at")
    dfc("hash", evidence, "--out", tmp_path / "Set.md5")
    path = evidence / "p1.png"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    arguments = (evidence, "--model", garbage, "--out", out, "--hashes", tmp_path / "Set.md5")
    done = dfc(*arguments, code=4)
    assert "changed: p1.png (expected md5:" in done.err
    assert "no model was loaded" in done.err
    assert not out.exists()
    assert (tmp_path / "result.aborted-1.audit.jsonl").exists()


def test_4_strict_wants_a_reference(dfc: Runner, evidence: Path, model: Path, out: Path) -> None:
    done = dfc(evidence, "--model", model, "--out", out, "--strict", code=4)
    assert "--hashes" in done.err


def test_4_stays_where_the_run_goes_on_all_the_same(
    dfc: Runner, evidence: Path, model: Path, tmp_path: Path, out: Path
) -> None:
    dfc("hash", evidence, "--out", tmp_path / "Set.md5")
    (evidence / "p1.png").write_bytes(png((1, 2, 3)))
    arguments = (evidence, "--model", model, "--out", out, "--hashes", tmp_path / "Set.md5")
    done = dfc(*arguments, "--continue-on-mismatch", code=4)
    assert "verification   differs: 9 matched, 1 changed (md5)" in done.out
    assert "9 scored" in done.out


def test_4_manifest_of_another_set(
    dfc: Runner, evidence: Path, model: Path, tmp_path: Path, out: Path
) -> None:
    manifest = tmp_path / "other.md5"
    manifest.write_text(f"{'0' * 32}  x.png\n{'1' * 32}  y.png\n")
    done = dfc(evidence, "--model", model, "--out", out, "--hashes", manifest, code=4)
    assert "another set" in done.err


def test_5_evidence_cannot_be_read(dfc: Runner, tmp_path: Path, model: Path, out: Path) -> None:
    rest = ("--model", model, "--out", out)
    assert "does not exist" in dfc(tmp_path / "nowhere", *rest, code=5).err
    assert "is a file" in dfc(model, *rest, code=5).err
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    assert "is empty" in dfc(tmp_path / "empty", *rest, code=5).err
    assert not out.exists()


@NEEDS_ROOT
def test_5_evidence_without_permission(
    dfc: Runner, tmp_path: Path, evidence: Path, model: Path, out: Path
) -> None:
    let_in(tmp_path)
    tmp_path.chmod(0o777)
    dfc(evidence, "--model", model, "--out", out)  # everything is imported before becoming nobody
    evidence.chmod(0o700)
    with as_nobody():
        done = dfc(evidence, "--model", model, "--out", tmp_path / "other.csv", code=5)
    assert "Permission denied" in done.err


def test_5_manifest_cannot_be_understood(
    dfc: Runner, evidence: Path, model: Path, tmp_path: Path, out: Path
) -> None:
    manifest = tmp_path / "bad.md5"
    manifest.write_text("what is this\n")
    rest = ("--model", model, "--out", out, "--hashes")
    assert "line 1: 'what is this'" in dfc(evidence, *rest, manifest, code=5).err
    assert "check the path" in dfc(evidence, *rest, tmp_path / "no.md5", code=5).err


def test_6_model(dfc: Runner, evidence: Path, tmp_path: Path, out: Path, model: Path) -> None:
    bad = tmp_path / "bad.onnx"
    rest = (evidence, "--out", out, "--model")
    assert "is not there" in dfc(*rest, bad, code=6).err
    bad.write_bytes(b"PK\x03\x04 a checkpoint, say")
    assert "cannot be loaded as ONNX" in dfc(*rest, bad, code=6).err
    bad.write_bytes(b"")
    dfc(*rest, bad, code=6)
    bad.write_bytes(model.read_bytes()[:-100])
    dfc(*rest, bad, code=6)
    graph = onnx.load(model)
    del graph.metadata_props[:]
    onnx.save(graph, bad)
    assert "dfc-export adopt" in dfc(*rest, bad, code=6).err


def test_6_labels_that_do_not_fit(
    dfc: Runner, evidence: Path, out: Path, make_model: ModelMaker
) -> None:
    swapped = [{"name": "real", "label": 0}, {"name": "ai", "label": 1}]
    three = [{"name": "ai", "label": 0}, {"name": "b", "label": 0}, {"name": "real", "label": 1}]
    for classes, said in ((swapped, "'real' means real"), (three, "3 classes")):
        bad = make_model("bad.onnx", classes=classes)
        done = dfc(evidence, "--out", out, "--model", bad, code=6)
        assert "the labels do not fit" in done.err
        assert said in done.err


def test_7_device(dfc: Runner, evidence: Path, model: Path, out: Path) -> None:
    if Path("/dev/nvidia0").exists():
        pytest.skip("there is a GPU")
    done = dfc(evidence, "--model", model, "--out", out, "--device", "cuda", code=7)
    assert "libcuda.so.1" in done.err
    assert "--device cpu" in done.err


def test_7_self_test(dfc: Runner, evidence: Path, out: Path, make_model: ModelMaker) -> None:
    model = make_model(self_test={"logits": [[1.0, 2.0]], "tolerance": 1e-3})
    done = dfc(evidence, "--model", model, "--out", out, code=7)
    assert "self-test failed" in done.err


def test_8_output_place(dfc: Runner, evidence: Path, model: Path, tmp_path: Path) -> None:
    rest = (evidence, "--model", model, "--out")
    assert "does not exist" in dfc(*rest, tmp_path / "no" / "r.csv", code=8).err
    assert "inside the evidence" in dfc(*rest, evidence / "sub" / "r.csv", code=8).err
    link = tmp_path / "elsewhere"
    link.symlink_to(evidence)
    assert "inside the evidence" in dfc(*rest, link / "r.csv", code=8).err
    assert "is a folder" in dfc(*rest, tmp_path, code=8).err
    assert sorted(path.name for path in evidence.iterdir() if "r" in path.name) == []


def test_8_names_that_cannot_be_written(
    dfc: Runner, evidence: Path, model: Path, tmp_path: Path
) -> None:
    rest = (evidence, "--model", model, "--out")
    for length in (234, 245, 251, 300):  # a draft, the partial folder, the result is too long
        assert "name too long" in dfc(*rest, tmp_path / f"{'x' * length}.csv", code=8).err
    (tmp_path / "r.audit.jsonl").mkdir()
    assert "is a folder" in dfc(*rest, tmp_path / "r.csv", "--force", code=8).err
    for nothing in (".", "/"):
        dfc(*rest, nothing, code=2)
    assert not (tmp_path / "r.csv").exists()


def test_8_a_non_utf_8_name_is_as_good_as_any(
    dfc: Runner, evidence: Path, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / os.fsdecode(b"f\xff")
    folder.mkdir()
    dfc(evidence, "--model", model, "--out", folder / os.fsdecode(b"r\xfe.csv"))
    assert len(list(folder.iterdir())) == 4


def test_2_an_output_never_replaces_an_input(dfc: Runner, evidence: Path, model: Path) -> None:
    before = model.read_bytes()
    done = dfc(evidence, "--model", model, "--out", model, "--force", code=2)
    assert "which this command reads" in done.err
    assert model.read_bytes() == before


@NEEDS_ROOT
def test_what_is_out_of_reach_has_the_code_of_what_it_is(
    dfc: Runner, evidence: Path, model: Path, tmp_path: Path, out: Path
) -> None:
    let_in(tmp_path)
    tmp_path.chmod(0o777)
    dfc(evidence, "--model", model, "--out", out)
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    locked = tmp_path / "locked.onnx"
    locked.write_bytes(model.read_bytes())
    locked.chmod(0o600)
    rest = (evidence, "--out", tmp_path / "x.csv", "--model")
    with as_nobody():
        dfc(*rest, locked, code=6)
        dfc(*rest, shut / "m.onnx", code=6)
        dfc("inspect", shut / "m.onnx", code=6)
        dfc(evidence, "--model", model, "--out", shut / "x.csv", code=8)
        dfc(shut / "Set", "--model", model, "--out", tmp_path / "x.csv", code=5)
        dfc(*rest, model, "--hashes", shut / "x.md5", code=5)
        dfc("verify-hash", shut / "x", "--md5", "0" * 32, code=5)
        dfc("hash", shut / "Set", "--out", tmp_path / "x.md5", code=5)
        dfc("verify-run", shut / "r.audit.jsonl", code=2)


def test_5_a_loop_of_links(dfc: Runner, tmp_path: Path, model: Path, out: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    dfc(loop, "--model", model, "--out", out, code=5)
    dfc("hash", loop, "--out", tmp_path / "x.md5", code=5)
    dfc("verify-hash", loop, "--md5", "0" * 32, code=5)


def small_files_only() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))


def test_8_no_room(tmp_path: Path, evidence: Path) -> None:
    """A file size limit stands in for a full disk: the same call fails, with another number."""
    out = tmp_path / "r.csv"
    done = spawn(evidence, "--model", DEMO_MODEL, "--out", out, preexec_fn=small_files_only)
    assert done.returncode == 8, done.stderr
    assert "make room" in done.stderr
    assert not list(tmp_path.glob("r.*csv"))
    assert not list(tmp_path.glob("r.*parquet"))
    again = spawn(evidence, "--model", DEMO_MODEL, "--out", out, "--resume")
    assert again.returncode == 0, again.stderr
    assert out.read_text().startswith("score,label,filename\n")


def test_8_no_room_after_a_committed_segment(tmp_path: Path) -> None:
    """The log of the second segment's failures does not fit; what is sealed is gone on from."""
    root = tmp_path / "Set"
    root.mkdir()
    for index in range(2000):
        (root / f"{index:04d}.png").write_bytes(b"no picture %d" % index)
    out = tmp_path / "r.csv"
    limit = (500_000, 500_000)
    done = spawn(
        root,
        "--model",
        DEMO_MODEL,
        "--out",
        out,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )
    assert done.returncode == 8, done.stderr
    assert (tmp_path / "r.csv.partial" / "segment-000000.arrow").exists()
    assert not out.exists()
    again = spawn(root, "--model", DEMO_MODEL, "--out", out, "--resume")
    assert again.returncode == 0, again.stderr
    assert re.search(r"resuming after \d+ committed segments", again.stderr)
    assert spawn("verify-run", tmp_path / "r.audit.jsonl").returncode == 0


def test_9_log_does_not_verify(dfc: Runner, evidence: Path, model: Path, out: Path) -> None:
    dfc(evidence, "--model", model, "--out", out)
    out.write_text("edited")
    assert "output result.csv" in dfc("verify-run", out.with_name("result.audit.jsonl"), code=9).err


def test_130_interrupted_and_resumed(tmp_path: Path) -> None:
    """Ctrl-C on a real process, in the middle of its work; --resume finishes the job."""
    root = tmp_path / "Set"
    root.mkdir()
    for index in range(6000):
        (root / f"{index:04d}.png").write_bytes(png((index % 256, 0, 0), (40, 40)))
    arguments = command(root, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    sealed = tmp_path / "r.csv.partial" / "segment-000001.arrow"
    deadline = time.monotonic() + 60
    while not sealed.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "--resume" in said
    assert not (tmp_path / "r.csv").exists()
    again = spawn(*arguments[3:], "--resume")
    assert again.returncode == 0, again.stderr
    assert "6,000 listed = 6,000 scored" in again.stdout
    assert (tmp_path / "r.csv").read_text().count("\n") == 6001


@pytest.mark.parametrize("name", ["10", "11"])
def test_codes_of_later_commands_are_reserved(name: str) -> None:
    assert ExitCode(int(name)).meaning


def test_every_code_is_in_the_help(dfc: Runner) -> None:
    text = dfc("--help").out
    for code in ExitCode:
        assert f"{code.value:>5}  {code.meaning}" in text


def test_samples_are_as_the_demo_says(dfc: Runner, out: Path) -> None:
    done = dfc(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", out, code=3)
    assert "12 listed = 10 scored + 1 not_an_image + 1 truncated" in done.out
