"""Error rates, intervals over sources, and what an evaluation says of its own figures."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from forensic_cli.evaluation.error_rates import _predictive, error_rates, rate
from forensic_cli.evaluation.measures import Scored
from forensic_cli.evaluation.resampling import intervals
from tests.support.models import ModelMaker
from tests.support.running import Runner


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [  # by hand, and as in Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718), (29, 29, 0.8830, 1.0),
    ],
)  # fmt: skip
def test_wilson(count: int, of: int, low: float, high: float) -> None:
    found = rate(count, of)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(("share", "ai"), [(0.5, 0.733), (0.1, 0.234), (0.01, 0.027)])
def test_a_call_means_less_where_ai_is_rare(share: float, ai: float) -> None:
    assert _predictive(share, 0.742, 0.270)["called_ai_is_ai"] == pytest.approx(ai, abs=5e-4)


def test_rates_of_a_set() -> None:
    is_ai = np.array([True] * 4 + [False] * 10)
    p_ai = np.array([0.9, 0.8, 0.6, 0.2, 0.7, 0.55, *np.linspace(0.01, 0.4, 8)])
    found = error_rates(Scored(is_ai, p_ai >= 0.5, p_ai))
    assert found is not None
    assert (found.real_called_ai.count, found.real_called_ai.of) == (2, 10)
    assert (found.ai_called_real.count, found.ai_called_real.of) == (1, 4)
    assert found.recall_at == {"0.01": 0.5, "0.05": 0.5}
    assert found.equal_error == pytest.approx((0.2 + 0.25) / 2)
    assert error_rates(Scored(is_ai[:4], p_ai[:4] >= 0.5, p_ai[:4])) is None


def drawn(seed: int, sources: int, each: int) -> tuple[Scored, list[str]]:
    """Pictures whose scores are alike within a source."""
    rng = np.random.default_rng(seed)
    is_ai = np.repeat(np.arange(sources) % 2 == 0, each)
    common = np.repeat(rng.normal(0, 1, sources), each)
    z = common + rng.normal(0, 0.3, sources * each) + np.where(is_ai, 0.7, -0.7)
    names = np.repeat([f"s{place}" for place in range(sources)], each)
    return Scored(is_ai, z > 0, 1 / (1 + np.exp(-z))), list(names)


def test_sources_of_one_picture_are_pictures() -> None:
    scored, _ = drawn(1, 60, 1)
    each = [f"{place:03}" for place in range(60)]
    assert intervals(scored, 300, 0, each) == intervals(scored, 300, 0)


def test_intervals_over_sources_are_wider_where_pictures_are_alike() -> None:
    scored, names = drawn(2, 20, 30)
    over_pictures, over_sources = intervals(scored, 500, 0), intervals(scored, 500, 0, names)
    for name in ("roc_auc", "accuracy", "macro_f1"):
        pictures = over_pictures[name].high - over_pictures[name].low
        sources = over_sources[name].high - over_sources[name].low
        assert sources > 2 * pictures, name
    # Without anything common, a source says no more than its pictures.
    rng = np.random.default_rng(3)
    shuffled = [names[place] for place in rng.permutation(len(names))]
    alike = intervals(scored, 500, 0, shuffled)["accuracy"]
    width = over_pictures["accuracy"].high - over_pictures["accuracy"].low
    assert alike.high - alike.low == pytest.approx(width, rel=0.5)


def written(folder: Path, rows: list[tuple[float, str, str]]) -> tuple[Path, Path]:
    """A result and its labels: probability of AI, truth, source."""
    result, labels = ["score,label,filename"], ["filename,label,source"]
    for place, (p_ai, truth, source) in enumerate(rows):
        label = 0 if p_ai >= 0.5 else 1
        result.append(f"{max(p_ai, 1 - p_ai):.6f},{label},S/{place}.png")
        labels.append(f"{place}.png,{truth},{source}")
    (folder / "r.csv").write_text("\n".join(result) + "\n")
    (folder / "l.csv").write_text("\n".join(labels) + "\n")
    return folder / "r.csv", folder / "l.csv"


def evaluated(dfc: Runner, result: Path, labels: Path, *more: object) -> Any:
    options = ("--labels", labels, "--json", "--bootstrap", 200, *more)
    return json.loads(dfc("evaluate", result, *options).out)


def rows(*, right: bool = True, sources: int = 6) -> list[tuple[float, str, str]]:
    rng = np.random.default_rng(4)
    made = []
    for source in range(sources):
        for truth in ("ai", "real"):
            for _ in range(5):
                towards = (truth == "ai") == right
                p_ai = float(np.clip(rng.normal(0.75 if towards else 0.25, 0.12), 0.01, 0.99))
                made.append((p_ai, truth, f"{truth}{source}"))
    return made


def test_groups_of_one_class_have_no_figures_of_two(dfc: Runner, tmp_path: Path) -> None:
    found = evaluated(dfc, *written(tmp_path, rows()))
    one = found["groups"]["ai0"]
    for name in ("macro_f1", "macro_recall", "macro_precision", "roc_auc", "error_rates"):
        assert one[name] is None
    assert one["ai"]["f1"] is None
    assert one["ai"]["recall"] == one["accuracy"]
    assert one["real"] == {"precision": None, "recall": None, "f1": None, "support": 0}
    assert not {"macro_f1", "f1_ai", "roc_auc"} & set(one["intervals"])
    assert found["sources"] == {"ai": 6, "real": 6}
    assert found["overall"]["source_intervals"]["roc_auc"]["low"] > 0.5
    assert found["notes"] == []


def test_few_sources_have_no_interval(dfc: Runner, tmp_path: Path) -> None:
    result, labels = written(tmp_path, rows(sources=3))
    found = evaluated(dfc, result, labels)
    assert found["overall"]["source_intervals"] == {}
    assert "3 sources of a class are too few" in found["notes"][0]
    shown = dfc("evaluate", result, "--labels", labels).out
    assert "NOTE           3 sources of a class" in shown
    assert "over sources" not in shown.split("where AI pictures are")[1].split("group")[0]


def test_swapped_classes_are_asked_about(dfc: Runner, tmp_path: Path) -> None:
    found = evaluated(dfc, *written(tmp_path, rows(right=False)))
    assert "the wrong way round?" in found["notes"][0]


def test_chance_is_said(dfc: Runner, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    made = [(float(rng.uniform()), ("ai", "real")[k % 2], f"{k % 12}") for k in range(120)]
    assert (
        "not shown to be better than chance" in evaluated(dfc, *written(tmp_path, made))["notes"][0]
    )


def test_rates_are_printed_as_a_court_asks_for_them(dfc: Runner, tmp_path: Path) -> None:
    made = [(0.9, "real", "a")] * 7 + [(0.1, "real", "a")] * 23 + [(0.9, "ai", "b")] * 9
    result, labels = written(tmp_path, made)
    shown = dfc("evaluate", result, "--labels", labels).out
    assert "real called AI 7 of 30 = 23.3% (95 % interval 11.8% to 40.9%" in shown
    assert "of those called AI are AI" in shown


def test_a_result_is_not_its_own_truth(dfc: Runner, tmp_path: Path) -> None:
    result, _ = written(tmp_path, rows())
    said = dfc("evaluate", result, "--labels", result, code=5).err
    assert "what a model answered and not what is true" in said


def run_of(dfc: Runner, folder: Path, model: Path, formats: tuple[str, str]) -> tuple[Path, Path]:
    """A real run over pictures of two classes, each in a format."""
    from PIL import Image

    (folder / "Set").mkdir()
    rows = ["filename,label"]
    for place in range(12):
        truth = ("ai", "real")[place % 2]
        kind = formats[place % 2]
        colour = (20 * place, 200 - 10 * place, 90)
        Image.new("RGB", (40, 40), colour).save(folder / "Set" / f"{place}.{kind}")
        rows.append(f"{place}.{kind},{truth}")
    (folder / "l.csv").write_text("\n".join(rows) + "\n")
    dfc(folder / "Set", "--model", model, "--out", folder / "r.csv", "--quiet")
    return folder / "r.csv", folder / "l.csv"


def test_a_record_is_tied_to_what_it_is_of(
    dfc: Runner, tmp_path: Path, make_model: ModelMaker
) -> None:
    model = make_model()
    result, labels = run_of(dfc, tmp_path, model, ("png", "png"))
    out = tmp_path / "e.json"
    dfc("evaluate", result, "--labels", labels, "--out", out, "--bootstrap", 50)
    found = json.loads(out.read_text(encoding="utf-8"))
    for key, path in (("result", result), ("labels", labels)):
        assert found[key]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    log = (tmp_path / "r.audit.jsonl").read_bytes().splitlines(keepends=True)
    assert found["run"]["model"]["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    details = (tmp_path / "r.details.parquet").read_bytes()
    assert found["run"]["details"]["sha256"] == hashlib.sha256(details).hexdigest()
    head = dfc("verify-run", tmp_path / "r.audit.jsonl").out
    assert found["run"]["head"] in head
    assert log
    assert found["figures"]["pictures"] == 12
    assert (
        "--force replaces it"
        in dfc("evaluate", result, "--labels", labels, "--out", out, code=2).err
    )


def test_a_format_that_tells_the_classes_apart_is_said(
    dfc: Runner, tmp_path: Path, make_model: ModelMaker
) -> None:
    result, labels = run_of(dfc, tmp_path, make_model(), ("png", "jpg"))
    notes = evaluated(dfc, result, labels)["notes"]
    said = next(note for note in notes if "file format alone" in note)
    assert "JPEG: 0 AI, 6 real; PNG: 6 AI, 0 real" in said


def test_formats_that_tell_nothing_are_not_mentioned(
    dfc: Runner, tmp_path: Path, make_model: ModelMaker
) -> None:
    result, labels = run_of(dfc, tmp_path, make_model(), ("png", "png"))
    assert not any("format" in note for note in evaluated(dfc, result, labels)["notes"])
