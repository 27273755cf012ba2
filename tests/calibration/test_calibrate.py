"""From known pictures to a statement, as an examiner does it; and what is refused."""

import csv
import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("sklearn")

from forensic_cli.calibration.document import Calibration
from forensic_cli.errors import ModelError
from tests.support.models import ModelMaker
from tests.support.running import Runner

GAIN = 6
"""Of the colour model: log odds = GAIN x (red - blue), both from 0 to 1."""


def picture(path: Path, log_odds: float, place: int, kind: str = "PNG") -> None:
    """A picture to which the model answers about so; each has bytes of its own."""
    half = max(-0.5, min(0.5, log_odds / GAIN / 2))
    red, blue = round(255 * (0.5 + half)), round(255 * (0.5 - half))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 40), (red, place % 256, blue)).save(path, kind)


def known(root: Path, *, sources: int = 6, each: int = 10, right: float = 1.0) -> Path:
    """Pictures of known answers, alike within a source, and their labels."""
    rng = np.random.default_rng(11)
    rows = ["path,label,source"]
    place = 0
    for truth, middle in (("ai", right), ("real", -right)):
        for source in range(sources):
            shift = rng.normal(0, 0.4)
            for _ in range(each):
                name = f"{truth}{source}/{place}.png"
                picture(root / "known" / name, middle + shift + rng.normal(0, 0.9), place)
                rows.append(f"{name},{truth},{truth}{source}")
                place += 1
    (root / "labels.csv").write_text("\n".join(rows) + "\n")
    return root / "known"


@pytest.fixture
def model(make_model: ModelMaker) -> Path:
    return make_model(weights=[[GAIN, 0], [0, 0], [0, GAIN]])


def run(dfc: Runner, evidence: Path, model: Path, out: Path) -> Path:
    dfc(evidence, "--model", model, "--out", out, "--quiet")
    return out.with_name(out.stem + ".audit.jsonl")


@pytest.fixture
def log(dfc: Runner, model: Path, tmp_path: Path) -> Path:
    return run(dfc, known(tmp_path), model, tmp_path / "k.csv")


def calibrate(dfc: Runner, log: Path, *more: object, code: int = 0) -> Any:
    folder = log.parent
    options = ("--labels", folder / "labels.csv", "--out", folder / "m.json", "--force")
    done = dfc("calibrate", log, *options, "--date", "2026-01-02", *more, code=code)
    return done.err if code else json.loads((folder / "m.json").read_text())


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_from_known_pictures_to_a_calibration(dfc: Runner, log: Path, tmp_path: Path) -> None:
    found = calibrate(dfc, log)
    assert (found["data"]["ai"], found["data"]["real"]) == (60, 60)
    assert found["data"]["left_out"] == {"not_labelled": 0, "not_scored": 0, "same_content": 0}
    assert found["data"]["trained_on"] is None
    assert 0 < found["held_out"]["cllr"] < 1
    low, high = found["held_out"]["cllr_over_sources"]
    assert low < found["held_out"]["cllr"] < high
    assert found["bounds"]["upper"] <= math.log10(7) + 1e-12
    assert found["bounds"]["lower"] >= -math.log10(7) - 1e-12
    assert found["scope"]["formats"] == ["PNG"]
    assert (
        found["model"]["sha256"]
        == hashlib.sha256((tmp_path / "model.onnx").read_bytes()).hexdigest()
    )
    assert len(found["pictures"]) == 120
    assert found["created"] == "2026-01-02"


def test_the_order_of_rows_changes_nothing(dfc: Runner, log: Path, tmp_path: Path) -> None:
    calibrate(dfc, log)
    first = (tmp_path / "m.json").read_bytes()
    head, *rows = (tmp_path / "labels.csv").read_text().splitlines()
    (tmp_path / "labels.csv").write_text("\n".join([head, *rows[::-1]]) + "\n")
    calibrate(dfc, log)
    assert (tmp_path / "m.json").read_bytes() == first


def test_statements_of_a_run(dfc: Runner, log: Path, model: Path, tmp_path: Path) -> None:
    document = calibrate(dfc, log)
    case = tmp_path / "case"
    for place, odds in enumerate((-2.0, -1.0, 0.0, 0.05, 1.0, 2.0)):
        picture(case / f"{place}, odd.png", odds, 250 - place)
    picture(case / "jpeg.jpg", 1.0, 3, "JPEG")
    (case / "known.png").write_bytes(next((tmp_path / "known" / "ai0").iterdir()).read_bytes())
    Image.new("RGB", (400, 300), (180, 1, 90)).save(case / "large.png")
    case_log = run(dfc, case, model, tmp_path / "2023.csv")
    before = {path: path.read_bytes() for path in tmp_path.glob("2023.*")}
    done = dfc("statements", case_log, "--calibration", tmp_path / "m.json")
    rows = rows_of(tmp_path / "2023.statements.csv")
    assert [row["filename"] for row in rows] == [
        r["filename"] for r in rows_of(tmp_path / "2023.csv")
    ]
    by_name = {row["filename"].rpartition("/")[2]: row for row in rows}
    assert by_name["jpeg.jpg"]["statement"] == "out_of_scope"
    assert by_name["jpeg.jpg"]["log10_lr"] == ""
    assert "format JPEG" in by_name["jpeg.jpg"]["reason"]
    assert "short side 300" in by_name["large.png"]["reason"]
    assert by_name["known.png"]["statement"] == "known_picture"
    lower, upper = document["bounds"]["lower"], document["bounds"]["upper"]
    ratios = []
    for place in range(6):
        row = by_name[f"{place}, odd.png"]
        odds = float(row["score_log_odds"])
        free = (document["method"]["intercept"] + document["method"]["slope"] * odds) / math.log(10)
        wanted = min(max(free, lower), upper)
        assert float(row["log10_lr"]) == pytest.approx(wanted, abs=0.0051)
        assert float(row["low"]) <= float(row["log10_lr"]) <= float(row["high"])
        ratios.append(float(row["log10_lr"]))
        side = "inconclusive"
        if abs(wanted) >= 0.3:
            side = "supports_ai" if wanted > 0 else "supports_real"
        assert row["statement"] == side
    assert ratios == sorted(ratios)
    assert {by_name[f"{place}, odd.png"]["statement"] for place in range(6)} == {
        "supports_ai", "supports_real", "inconclusive",
    }  # fmt: skip
    record = json.loads((tmp_path / "2023.statements.json").read_text())
    text = (tmp_path / "2023.statements.csv").read_bytes()
    assert record["statements"]["sha256"] == hashlib.sha256(text).hexdigest()
    calibration = hashlib.sha256((tmp_path / "m.json").read_bytes()).hexdigest()
    assert record["calibration"]["sha256"] == calibration
    assert sum(record["statements"]["counts"].values()) == len(rows) == 9
    assert record["trained_on_known"] is False
    assert "No prior was used" in done.out
    assert "not known whether the model was trained" in done.out
    assert {path: path.read_bytes() for path in before} == before
    dfc("verify-run", case_log)
    assert (
        "--force replaces it"
        in dfc("statements", case_log, "--calibration", tmp_path / "m.json", code=2).err
    )


def test_what_a_model_was_trained_on_is_refused(dfc: Runner, log: Path, tmp_path: Path) -> None:
    picture_in = next((tmp_path / "known" / "real2").iterdir())
    digest = hashlib.sha256(picture_in.read_bytes()).hexdigest()
    listed = tmp_path / "pictures.csv"
    listed.write_text(f"path,group,sha256\nx.png,elsewhere,{digest}\n")
    said = calibrate(dfc, log, "--trained-on", listed, code=5)
    assert f"1 of these pictures were trained on ({digest}" in said
    listed.write_text("path,group,sha256\nx.png,ai3,00\n")
    assert "1 of these sources were trained on (ai3" in calibrate(dfc, log, "--trained-on", listed, code=5)  # fmt: skip  # noqa: E501
    listed.write_text("path,group,sha256\nx.png,elsewhere,00\n")
    found = calibrate(dfc, log, "--trained-on", listed)
    assert found["data"]["trained_on"] == hashlib.sha256(listed.read_bytes()).hexdigest()
    listed.write_text("path\nx\n")
    assert "no column sha256" in calibrate(dfc, log, "--trained-on", listed, code=5)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"sources": 4, "each": 20}, "of 4 sources are too few"),
        ({"each": 8}, "48 AI pictures of 6 sources are too few"),
        ({"right": -1.0}, "the slope is -"),
        ({"right": 0.25}, "bear no likelihood ratio"),
    ],
)
def test_sets_that_bear_no_calibration(
    dfc: Runner, model: Path, tmp_path: Path, made: dict[str, Any], said: str
) -> None:
    log = run(dfc, known(tmp_path, **made), model, tmp_path / "k.csv")
    assert said in calibrate(dfc, log, code=5)
    assert not (tmp_path / "m.json").exists()


def test_labels_without_sources_are_refused(dfc: Runner, log: Path, tmp_path: Path) -> None:
    rows = (tmp_path / "labels.csv").read_text().splitlines()
    (tmp_path / "labels.csv").write_text("\n".join(row.rpartition(",")[0] for row in rows) + "\n")
    assert "names no source" in calibrate(dfc, log, code=5)


def test_one_content_with_two_answers_is_refused(dfc: Runner, model: Path, tmp_path: Path) -> None:
    evidence = known(tmp_path)
    copy = next((evidence / "ai0").iterdir()).read_bytes()
    (evidence / "real0" / "copy.png").write_bytes(copy)
    with (tmp_path / "labels.csv").open("a") as stream:
        stream.write("real0/copy.png,real,real0\n")
    log = run(dfc, evidence, model, tmp_path / "k.csv")
    assert "of the same content have different labels" in calibrate(dfc, log, code=5)


def test_copies_count_once(dfc: Runner, model: Path, tmp_path: Path) -> None:
    evidence = known(tmp_path)
    copy = next((evidence / "ai0").iterdir()).read_bytes()
    (evidence / "ai0" / "copy.png").write_bytes(copy)
    with (tmp_path / "labels.csv").open("a") as stream:
        stream.write("ai0/copy.png,ai,ai0\n")
    log = run(dfc, evidence, model, tmp_path / "k.csv")
    found = calibrate(dfc, log)
    assert found["data"]["left_out"]["same_content"] == 1
    assert found["data"]["ai"] == 60


def test_a_calibration_of_another_model_is_refused(
    dfc: Runner, log: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    calibrate(dfc, log)
    other = make_model("other.onnx", weights=[[2, 0], [0, 0], [0, 2]])
    case = tmp_path / "case"
    picture(case / "a.png", 1.0, 1)
    case_log = run(dfc, case, other, tmp_path / "2023.csv")
    said = dfc("statements", case_log, "--calibration", tmp_path / "m.json", code=6).err
    assert "a score means something else there" in said
    assert not (tmp_path / "2023.statements.csv").exists()


def test_an_altered_run_is_refused(dfc: Runner, log: Path, tmp_path: Path) -> None:
    calibrate(dfc, log)
    details = tmp_path / "k.details.parquet"
    details.write_bytes(details.read_bytes()[:-1] + b"x")
    assert (
        "is not what the log says"
        in dfc("statements", log, "--calibration", tmp_path / "m.json", code=9).err
    )
    assert not list(tmp_path.glob("*statements*"))
    assert "is not what the log says" in calibrate(dfc, log, code=9)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2), (("kind",), "card"), (("method", "slope"), -0.1),
        (("method", "slope"), "1"), (("method", "covariance"), [1, 2]), (("bounds", "lower"), 0.5),
        (("bounds", "upper"), 1e999), (("band",), -1), (("scope",), None), (("pictures",), 3),
        (("propositions",), ["one"]), (("model",), {}),
    ],
)  # fmt: skip
def test_files_that_are_no_calibration(
    dfc: Runner, log: Path, path: tuple[str, ...], value: object
) -> None:
    document = calibrate(dfc, log)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ModelError, match="not a calibration that can be used"):
        Calibration.from_json(json.dumps(document).encode())


def test_statements_need_no_further_library(dfc: Runner, log: Path, tmp_path: Path) -> None:
    calibrate(dfc, log)
    code = (
        "import sys; sys.modules['sklearn'] = None; sys.modules['matplotlib'] = None; "
        "from forensic_cli.cli.app import main; main()"
    )
    options = ("statements", log, "--calibration", tmp_path / "m.json")
    subprocess.run([sys.executable, "-c", code, *options], check=True, stdout=subprocess.DEVNULL)
    assert len(rows_of(tmp_path / "k.statements.csv")) == 120
    assert {row["statement"] for row in rows_of(tmp_path / "k.statements.csv")} == {"known_picture"}
