"""The sweep covers every family of the libraries; its page says what was found; a tenth runs."""

import json
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.running import ROOT

for library in ("torch", "transformers", "timm", "torchvision"):
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed", allow_module_level=True)
pytestmark = [pytest.mark.parity, pytest.mark.slow]

from benchmarks.export_sweep import page, timm_members, torchvision_members, transformers_members
from benchmarks.export_sweep.__main__ import PAGE, RESULTS, all_members, merged
from benchmarks.export_sweep.members import Member
from benchmarks.export_sweep.processes import outcomes
from benchmarks.export_sweep.trial import Verdict

_SEED = 104
"""Draws a tenth without the networks that take minutes."""


def test_every_family_has_a_member() -> None:
    import timm
    from torchvision import models
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES as IMAGE_CLASSIFIERS,
    )

    assert set(transformers_members.SMALL) == set(IMAGE_CLASSIFIERS)
    named = {*timm_members.PROVEN, *timm_members.OPENED}
    assert named == set(timm.list_modules())

    def families(names: Iterable[str]) -> set[str]:
        return {models.get_model_builder(one).__module__ for one in names}

    assert families(torchvision_members.NETWORKS) == families(models.list_models(module=models))


def test_the_page_and_the_results_are_of_these_members() -> None:
    rows = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert {(row["library"], row["name"]) for row in rows} == {
        (one.library, one.name) for one in all_members()
    }
    verdicts = [row["verdict"] for row in rows]
    assert not {Verdict.WRONG, Verdict.INTERNAL_ERROR, Verdict.TIME_LIMIT} & set(verdicts)
    assert sum(row["proven"] for row in rows) >= 60
    assert all(row["why"] for row in rows if row["verdict"] == Verdict.REFUSED)


def test_the_page_is_written_from_the_results(tmp_path: Path) -> None:
    copy = tmp_path / "page.md"
    copy.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    page.write_page(json.loads(RESULTS.read_text(encoding="utf-8")), copy)
    assert copy.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_rows_measured_again_replace_the_old_ones() -> None:
    def row(name: str, verdict: str) -> dict[str, object]:
        return {"library": "timm", "family": "f", "name": name, "verdict": verdict}

    found = merged([row("b", "old"), row("a", "old")], [row("a", "new")])
    assert [(one["name"], one["verdict"]) for one in found] == [("a", "new"), ("b", "old")]


def crash(_: Path) -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def hang(_: Path) -> None:
    import time

    time.sleep(60)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # what it is about
def test_a_crash_and_a_hang_are_one_row_each() -> None:
    members = [
        Member("timm", "f", make.__name__, make, {})  # type: ignore[arg-type]
        for make in (crash, hang)
    ]
    found = {row["name"]: row for row in outcomes(members, 2, 2.0)}
    assert found["crash"]["verdict"] == Verdict.INTERNAL_ERROR
    assert "-9" in str(found["crash"]["why"])
    assert found["hang"]["verdict"] == Verdict.TIME_LIMIT


def test_a_tenth_of_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.export_sweep", "--tenth", str(_SEED), "--opened",
         "--processes", "1"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "17 of 17" in done.stdout
