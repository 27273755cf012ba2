"""The programs that the benchmark compares with give the same answers as this tool."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.parity, pytest.mark.slow]
for library in ("torch", "transformers", "timm", "onnx"):
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed", allow_module_level=True)

from benchmarks.__main__ import PEERS, PNG
from benchmarks.speed import models
from benchmarks.speed.measuring import OURS, Bench


def tiny(checkpoints: Any) -> Any:
    from transformers import ResNetConfig, ResNetForImageClassification

    config = ResNetConfig(
        depths=[1, 1, 1, 1], layer_type="basic", hidden_sizes=[8, 16, 24, 32], embedding_size=8,
        num_labels=2, id2label=checkpoints.AI_FIRST,
        label2id={name: index for index, name in checkpoints.AI_FIRST.items()},
    )  # fmt: skip
    return checkpoints.seeded(lambda: ResNetForImageClassification(config), 224)


def test_all_answer_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(models._NETWORKS, "tiny", tiny)
    found = Bench(tmp_path, 1).compared("tiny", PNG, 5, PEERS[1:])
    assert set(found["ways"]) == {OURS, *(f"{way} {batch}" for way, batch in PEERS[1:])}
    assert found["same_csv"]
    for way in found["ways"].values():
        assert way["labels_equal"] == way["answers"] == 5
        assert way["largest_difference"] < 1e-4
        assert way["seconds"][0] > way["loop_seconds"][0] > 0
