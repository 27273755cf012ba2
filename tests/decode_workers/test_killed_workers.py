"""Decode workers killed at any moment: what they held is decoded again; nothing else changes."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.hostile import noise
from tests.support.nasty_tree import unchanged
from tests.support.pictures import encoded
from tests.support.running import DEMO_MODEL, command, decode_workers, decoders

PICTURES = 1200
FILES = ("r.csv", "r.exceptions.csv")


@pytest.mark.slow
def test_fifty_random_kills_in_one_run(tmp_path: Path) -> None:
    root = tmp_path / "Set"
    root.mkdir()
    for index in range(PICTURES):
        picture = noise(300 + index % 50, 300, index)
        (root / f"{index:04d}.png").write_bytes(encoded(picture, "PNG"))
    (root / "0100.png").write_bytes(b"no picture")
    (root / "0200.png").write_bytes((root / "0201.png").read_bytes()[:5000])
    arguments = command(root, "--model", DEMO_MODEL, "--quiet", "--out")
    for name in ("calm", "killed"):
        (tmp_path / name).mkdir()
    subprocess.run([*arguments, tmp_path / "calm" / "r.csv"], check=False)

    draw = random.Random(6)  # noqa: S311 - any moments will do
    kills = 0
    out = tmp_path / "killed" / "r.csv"
    with unchanged(root), subprocess.Popen([*arguments, out], stderr=subprocess.PIPE) as run:
        while run.poll() is None:
            time.sleep(draw.uniform(0, 0.25))
            if kills < 50 and (workers := draw.choice((decode_workers, decoders))(run.pid)):
                kills += _killed(draw.choice(workers))
        assert run.returncode == 3, run.stderr and run.stderr.read()
    assert kills == 50
    for name in FILES:
        calm, killed = ((tmp_path / way / name).read_bytes() for way in ("calm", "killed"))
        assert calm == killed
    log = (tmp_path / "killed" / "r.audit.jsonl").read_text().splitlines()
    lost = [event for event in map(json.loads, log) if event["event"] == "decoder_lost"]
    assert lost
    assert all("SIGKILL" in event["data"]["reason"] for event in lost)
    assert (tmp_path / "calm" / "r.csv").read_bytes().count(b"\n") == PICTURES - 1


def _killed(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
