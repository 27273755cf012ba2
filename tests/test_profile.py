"""``--profile`` says where the time went, beside the results and not among them."""

import threading
import time
from pathlib import Path

import pytest

from forensic_cli.foundation.stage_clock import StageClock
from tests.support.hostile import scans
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, SAMPLES, Runner


def stages(said: str) -> dict[str, float]:
    """Seconds by stage, of the table."""
    lines = said[said.index("stage  ") :].splitlines()[1:]
    table = (line.rsplit(maxsplit=2) for line in lines if not line.startswith(("in all", "bound")))
    return {name: float(seconds) for name, seconds, _ in table}


def test_a_table_at_the_end(dfc: Runner, tmp_path: Path) -> None:
    common = (SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", "--force")
    plain = dfc(*common, code=3)
    told = dfc(*common, "--profile", code=3)
    assert "stage" not in plain.err
    found = stages(told.err)
    wanted = {"list", "verify", "load", "read", "hash", "decode", "prepare", "infer", "write"}
    assert wanted <= set(found)
    assert all(seconds >= 0 for seconds in found.values())
    assert "bound by " in told.err
    assert plain.out.splitlines()[:5] == told.out.splitlines()[:5]


def test_time_goes_to_the_stage_that_takes_it(dfc: Runner, tmp_path: Path) -> None:
    """A decoder that is cut off was decoding; here most of all."""
    (tmp_path / "Set").mkdir()
    (tmp_path / "Set" / "a.png").write_bytes(png((1, 2, 3)))
    slow = scans(2048, 150)
    (tmp_path / "Set" / "b.jpg").write_bytes(slow[: len(slow) - 2000])
    common = (tmp_path / "Set", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    told = dfc(*common, "--profile", "--quiet", code=3)
    found = stages(told.err)
    assert found["decode"] > 10 * found["prepare"]
    assert found["wait for decoding"] >= 0.5 * found["decode"]
    assert "bound by decoding" in told.err or "around them" in told.err


def test_work_is_cpu_time_and_waiting_is_not() -> None:
    clock = StageClock()
    with clock.work("read"):
        time.sleep(0.2)
    with clock.waiting("wait for decoding"):
        time.sleep(0.2)
    found = clock.seconds()
    assert found["read"] < 0.1
    assert found["wait for decoding"] >= 0.2
    assert clock.elapsed() >= 0.4


def test_threads_add_up_and_errors_count() -> None:
    clock = StageClock()

    def fail() -> None:
        for _ in range(1000):
            clock.add("hash", 0.001)
        with pytest.raises(ValueError, match="so"), clock.waiting("verify"):
            time.sleep(0.05)
            msg = "so"
            raise ValueError(msg)

    threads = [threading.Thread(target=fail) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = clock.seconds()
    assert found["hash"] == pytest.approx(4.0)
    assert found["verify"] >= 0.2
    assert list(found) == ["verify", "hash"]  # in the order of the stages
