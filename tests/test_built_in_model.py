"""The model that is used where none is named: small, sound, and loud about what it is."""

import json
from pathlib import Path

import pytest

from forensic_cli.settings import BUILT_IN_MODEL
from tests.support.running import SAMPLES, Runner

NOTICE = "demonstration model, not validated for casework; give --model"


def test_it_says_what_it_is_on_the_screen_and_in_the_log(dfc: Runner, tmp_path: Path) -> None:
    ended = dfc("classify", SAMPLES / "ImageSet", "--out", tmp_path / "r.csv", code=3)
    assert NOTICE in ended.err
    assert NOTICE in ended.out
    events = [json.loads(line) for line in (tmp_path / "r.audit.jsonl").read_text().splitlines()]
    loaded = next(one["data"] for one in events if one["event"] == "model_loaded")
    assert loaded["notice"] == NOTICE
    assert "demonstration" in loaded["name"]
    assert loaded["self_test"].startswith("passed")
    assert events[-1]["data"]["model_notice"] == NOTICE
    quiet = dfc("classify", SAMPLES / "ImageSet", "--out", tmp_path / "q.csv", "--quiet", code=3)
    assert NOTICE in quiet.err
    assert (tmp_path / "q.csv").read_bytes() == (tmp_path / "r.csv").read_bytes()


def test_its_card_says_how_little_it_is_worth(dfc: Runner) -> None:
    card = json.loads(dfc("inspect", BUILT_IN_MODEL, "--json").out)["card"]
    assert card["architecture"] == "picture-statistics"
    assert "not for casework" in card["intended_use"]
    assert "worse than chance" in card["limits"]
    figures = card["validation"]["models"]
    ours = figures["built-in (picture-statistics)"]
    for other in set(figures) - {"built-in (picture-statistics)"}:
        assert ours["lossless"]["low"] > figures[other]["lossless"]["high"]
    assert len(ours["lossless"]["folds"]) == 5
    sources = {row["source"] for row in card["validation"]["by_held_out_source"]}
    assert set(card["training"]["data"]) >= {"digest", "train"}
    assert set(card["training_data"]["sources"]) < sources  # those of val were held out too
    changed = card["validation"]["after_jpeg_or_resize"]
    for name in ("jpeg95", "jpeg85", "jpeg75", "jpeg50", "size0.5", "size0.75", "size1.5"):
        assert 0 < changed[f"{name}, lossless"]["auc"] < 1


def test_it_is_small_and_holds_no_pictures() -> None:
    assert BUILT_IN_MODEL.stat().st_size < 25_000_000
    folder = {path.name for path in BUILT_IN_MODEL.parent.iterdir()} - {"__pycache__"}
    assert folder == {"demonstration.onnx", "README.md"}


@pytest.mark.parametrize("batch", [1, 3])
def test_a_batch_changes_nothing(dfc: Runner, tmp_path: Path, batch: int) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    dfc("classify", SAMPLES / "ImageSet", "--out", one, "--batch-size", batch, code=3)
    dfc("classify", SAMPLES / "ImageSet", "--out", other, "--batch-size", 8, code=3)
    assert one.read_bytes() == other.read_bytes()


def test_selftest_takes_it_unnamed(dfc: Runner) -> None:
    assert "passed" in dfc("selftest").out
