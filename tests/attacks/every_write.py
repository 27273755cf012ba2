"""Kill a run at every call with which it writes, or fill the disk there; go on, and compare.

``python -m tests.attacks.every_write [--full-disk] [--step N]`` needs strace. After each kill the
same command with ``--resume`` must give the same bytes as a run that nothing befell; after a full
disk the run must end with exit code 8, leave no file under a final name cut, and go on from there.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.support.pictures import png
from tests.support.running import DEMO_MODEL

CALLS = "write,pwrite64,writev,fsync,ftruncate,rename,link,unlink,mkdir,rmdir"
FINAL = ("r.csv", "r.exceptions.csv", "r.details.parquet")
RUN = """
import sys
from forensic_cli.cli import classify
classify.SEGMENT_SIZE = 3
from forensic_cli.cli.app import main
main()
"""


def evidence(root: Path) -> Path:
    """Eight pictures, a copy, and what is no picture."""
    root.mkdir()
    for index in range(8):
        (root / f"p{index}.png").write_bytes(png((30 * index, 10, 240 - 30 * index)))
    (root / "copy.png").write_bytes((root / "p3.png").read_bytes())
    (root / "text.jpg").write_text("no picture\n")
    return root


def command(root: Path, out: Path, *more: str) -> list[str]:
    """A run with small segments."""
    asked = (root, "--model", DEMO_MODEL, "--out", out, "--quiet", "--workers", 1, *more)
    return [sys.executable, "-c", RUN, *map(str, asked)]


def calls_of(root: Path, folder: Path) -> int:
    """How many of the calls an undisturbed run makes, in its main thread."""
    log = folder / "strace"
    traced = ["strace", "-o", str(log), "-e", f"trace={CALLS}"]
    done = subprocess.run([*traced, *command(root, folder / "r.csv")], check=False)
    assert done.returncode == 0, done.returncode
    return sum(line.partition("(")[0] in CALLS.split(",") for line in log.read_text().splitlines())


def disturbed(root: Path, out: Path, inject: str) -> int:
    """How a run ends into whose calls something is injected."""
    traced = ["strace", "-o", "/dev/null", "-e", f"trace={CALLS}", "-e", f"inject={CALLS}:{inject}"]
    done = subprocess.run(
        [*traced, *command(root, out)], check=False, capture_output=True, timeout=120
    )
    return done.returncode


def check(at: int, root: Path, folder: Path, calm: dict[str, bytes], *, full: bool) -> str:
    """What is wrong after a disturbance at one call; nothing where all holds."""
    out = folder / "r.csv"
    inject = f"error=ENOSPC:when={at}+" if full else f"signal=SIGKILL:when={at}"
    code = disturbed(root, out, inject)
    # 7 where what is written is memory that a decode worker shares: that can be full, too.
    if full and code not in {0, 7, 8}:
        return f"exit code {code}"
    for name in FINAL:
        if (folder / name).exists() and (folder / name).read_bytes() != calm[name]:
            return f"{name} is there, and cut"
    done = subprocess.run(command(root, out, "--resume"), check=False, capture_output=True)
    if done.returncode != 0:
        return f"resumed: {done.returncode} {done.stderr.decode()[-300:]}"
    if {name: (folder / name).read_bytes() for name in FINAL} != calm:
        return "other bytes"
    log = folder / "r.audit.jsonl"
    verify = [sys.executable, "-m", "forensic_cli", "verify-run", str(log)]
    if subprocess.run(verify, check=False, capture_output=True).returncode != 0:
        return "does not verify"
    left = [path.name for path in folder.iterdir() if path.name not in {*FINAL, log.name}]
    left = [name for name in left if ".aborted-" not in name]
    return f"left: {left}" if left else ""


def run_all(scratch: Path, *, full: bool, step: int) -> tuple[int, Counter[str]]:
    """Disturb every call, or every ``step``-th; how many were, and what was wrong how often."""
    root = evidence(scratch / "Set")
    (scratch / "calm").mkdir()
    calls = calls_of(root, scratch / "calm")
    calm = {name: (scratch / "calm" / name).read_bytes() for name in FINAL}
    wrong: Counter[str] = Counter()
    places = range(1, calls + 1, step)
    for at in places:
        folder = scratch / f"at-{at}"
        folder.mkdir()
        if said := check(at, root, folder, calm, full=full):
            wrong[said] += 1
            sys.stdout.write(f"call {at}: {said}\n")
    return len(places), wrong


def main() -> None:
    """Run, and print the outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full-disk", action="store_true")
    parser.add_argument("--step", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        number, wrong = run_all(Path(scratch), full=asked.full_disk, step=asked.step)
    sys.stdout.write(f"{number - wrong.total()} of {number} hold\n")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
