"""What people see, or do not see, never changes what a run does; and names can do nothing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forensic_cli.cli.app import PROGRAM
from forensic_cli.cli.console import RunConsole
from forensic_cli.events import EvidenceVerified, Progressed
from forensic_cli.records import Verdict
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Runner, command, spawn

NEEDS_SCRIPT = pytest.mark.skipif(shutil.which("script") is None, reason="needs script(1)")


def arguments(evidence: Path, tmp_path: Path) -> list[str]:
    return command(evidence, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")


@pytest.mark.parametrize("redirect", ["2>&1 | true", "2>/dev/full", ">/dev/full", ">&- 2>&-"])
def test_a_screen_that_takes_nothing_stops_nothing(
    evidence: Path, tmp_path: Path, redirect: str
) -> None:
    quoted = " ".join(f"'{part}'" for part in arguments(evidence, tmp_path))
    shell = f"{quoted} {redirect}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, check=False)
    assert done.returncode == 0, done
    assert (tmp_path / "r.audit.jsonl").exists()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("nowhere --model x --out y", 6),
        ("nowhere --model {model} --out y", 5),
        ("verify-run nowhere", 2),
        ("inspect {model} --json", 0),
        ("--no-such-option", 2),
    ],
)
@pytest.mark.parametrize("redirect", ["2>/dev/full", ">/dev/full 2>&1", "2>&1 | true"])
def test_a_screen_that_takes_nothing_changes_no_exit_code(
    tmp_path: Path, line: str, code: int, redirect: str
) -> None:
    program = " ".join(f"'{part}'" for part in command())
    shell = f"{program} {line.format(model=DEMO_MODEL)} {redirect}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == code, done
    assert b"Traceback" not in done.stderr


def test_no_file_is_opened_where_closed_streams_were(tmp_path: Path) -> None:
    """Or whatever prints would write into the audit log."""
    code = (
        "import os, sys\n"
        "from forensic_cli.cli.streams import make_safe\n"
        "make_safe()\n"
        "with open(sys.argv[1], 'w') as stream:\n"
        "    os.write(1, b'noise')\n"
        "    os.write(2, b'noise')\n"
        "    print('said')\n"
        "    stream.write(str(stream.fileno() > 2))\n"
    )
    shell = f'"{sys.executable}" -c "$1" "$2" <&- >&- 2>&-'
    subprocess.run(["bash", "-c", shell, "bash", code, tmp_path / "x"], check=True)
    assert (tmp_path / "x").read_text() == "True"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_names_that_a_terminal_cannot_show(evidence: Path, tmp_path: Path, encoding: str) -> None:
    odd = evidence.with_name("해질녘")
    evidence.rename(odd)
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(
        arguments(odd, tmp_path), capture_output=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("columns", ["0", "1", "39", "200"])
def test_no_width_hides_a_warning(evidence: Path, tmp_path: Path, columns: str) -> None:
    environment = os.environ | {"COLUMNS": columns}
    done = spawn(*arguments(evidence, tmp_path)[3:], "--quiet", env=environment)
    assert "NOT VERIFIED" in done.stderr


def test_escapes_and_markup_in_names_are_inert(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    dfc("hash", evidence, "--out", tmp_path / "Set.md5")
    (evidence / "[bold red]x\x1b]0;title\x07\u202e.png").write_bytes(png())
    rest = ("--model", make_model(), "--out", tmp_path / "r.csv", "--hashes", tmp_path / "Set.md5")
    done = dfc(evidence, *rest, code=4)
    assert "new: [bold red]x\\x1b]0;title\\x07\\u202e.png" in done.err
    assert "\x1b" not in done.err + done.out


def on_a_terminal(evidence: Path, tmp_path: Path, columns: str) -> str:
    quoted = " ".join(f"'{part}'" for part in arguments(evidence, tmp_path))
    done = subprocess.run(
        ["script", "--quiet", "--return", "--command", quoted, "/dev/null"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TERM": "xterm", "COLUMNS": columns},
    )
    assert done.returncode == 0, done.stdout
    assert "10 listed = 9 scored" in done.stdout
    return done.stdout


@NEEDS_SCRIPT
def test_a_live_line_on_a_terminal(evidence: Path, tmp_path: Path) -> None:
    shown = on_a_terminal(evidence, tmp_path, "100")
    assert "classifying" in shown
    assert "10/10" in shown


@NEEDS_SCRIPT
@pytest.mark.parametrize("columns", ["0", "1", "39"])
def test_a_terminal_too_narrow_for_it(evidence: Path, tmp_path: Path, columns: str) -> None:
    assert "NOT VERIFIED: no reference hash was given" in on_a_terminal(evidence, tmp_path, columns)


def test_plain_lines_tell_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with RunConsole(quiet=False) as console:
        console(Progressed("classifying", 0, 3000))
        now = 112.0
        console(Progressed("classifying", 1200, 3000))
        console(Progressed("classifying", 1201, 3000))
        now = 130.0
        console(Progressed("classifying", 3000, 3000))
    assert capsys.readouterr().err.splitlines() == [
        "classifying: 1,200 of 3,000, 100.0/s, about 18 s left",
        "classifying: 3,000 of 3,000, 100.0/s",
    ]


def test_quiet_keeps_the_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    with RunConsole(quiet=True) as console:
        console(Progressed("classifying", 1, 1))
        for verdict, counts in ((Verdict.INTACT, "matched"), (Verdict.DIFFERS, "changed")):
            console(
                EvidenceVerified(
                    verdict=verdict,
                    algorithms=("md5",),
                    references=({"path": "x", "origin": "given"},),
                    counts={counts: 1},
                )
            )
    assert capsys.readouterr().err == "NOT INTACT: 1 changed\n"


def test_the_short_form() -> None:
    assert PROGRAM._with_default(["ImageSet", "--out", "x"]) == [
        "classify",
        "ImageSet",
        "--out",
        "x",
    ]
    assert PROGRAM._with_default(["--out", "x", "ImageSet"])[0] == "classify"
    assert PROGRAM._with_default(["verify-hash"]) == ["verify-hash"]
    assert PROGRAM._with_default(["./verify-hash", "--out", "x"])[0] == "classify"
    assert PROGRAM._with_default([]) == []


def test_a_folder_called_like_a_command(
    dfc: Runner, evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence.rename(tmp_path / "verify-hash")
    monkeypatch.chdir(tmp_path)
    dfc("./verify-hash", "--model", DEMO_MODEL, "--out", "a.csv")
    dfc("classify", "verify-hash", "--model", DEMO_MODEL, "--out", "b.csv")
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert ",verify-hash/p0.png" in Path("a.csv").read_text()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("verify_hash", "verify-hash"),
        ("clasify", "classify"),
        ("HASH", "hash"),
        ("ImageSet", None),
        ("hash.zip", None),
    ],
)
def test_a_mistyped_command(typed: str, meant: str | None) -> None:
    assert PROGRAM._mistyped([typed]) == meant


def test_a_mistyped_command_is_told(dfc: Runner) -> None:
    assert "did you mean verify-hash" in dfc("verify_hash", code=2).err


def test_an_empty_argument_is_not_the_working_folder(dfc: Runner, evidence: Path) -> None:
    for given in (("", "--out", "x"), (evidence, "--out", ""), ("hash", "", "--out", "x.md5")):
        assert "is empty" in dfc(*given, code=2).err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_like_ctrl_c(tmp_path: Path, number: signal.Signals) -> None:
    root = tmp_path / "Set"
    root.mkdir()
    for index in range(5000):
        (root / f"{index}.png").write_bytes(png((index % 256, 0, 0), (40, 40)))
    process = subprocess.Popen(arguments(root, tmp_path), stderr=subprocess.PIPE, text=True)
    log = tmp_path / "r.csv.partial" / "audit.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (
        log.exists() and b"model_loaded" in log.read_bytes()
    ):
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert b"run_aborted" in log.read_bytes().splitlines()[-1]


def test_nohup_means_it(tmp_path: Path) -> None:
    root = tmp_path / "Set"
    root.mkdir()
    for index in range(3000):
        (root / f"{index}.png").write_bytes(png((index % 256, 0, 0), (30, 30)))
    process = subprocess.Popen(
        ["nohup", *arguments(root, tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    log = tmp_path / "r.csv.partial" / "audit.jsonl"
    deadline = time.monotonic() + 60
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0
