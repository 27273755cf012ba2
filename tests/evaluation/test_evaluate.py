"""``dfc-classify evaluate`` as its user sees it."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.support.pictures import png
from tests.support.running import Runner

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

RESULT = """score,label,filename
0.900000,0,Set/a.png
0.800000,0,Set/b.png
0.700000,1,Set/c.png
0.950000,1,"Set/d, e.png"
"""
LABELS = """filename,label,source
a.png,ai,sd
b.png,real,museum
c.png,real,museum
"d, e.png",ai,sd
"""


@pytest.fixture
def result(tmp_path: Path) -> Path:
    path = tmp_path / "result.csv"
    path.write_text(RESULT)
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(LABELS)
    return path


def evaluated(dfc: Runner, result: Path, labels: Path, *more: object, code: int = 0) -> object:
    return json.loads(dfc("evaluate", result, "--labels", labels, "--json", *more, code=code).out)


def test_figures_groups_and_errors(dfc: Runner, result: Path, labels: Path) -> None:
    found = evaluated(dfc, result, labels)
    assert isinstance(found, dict)
    assert found["pictures"] == 4
    assert found["overall"]["accuracy"] == 0.5
    assert found["overall"]["confusion"] == [[1, 1], [1, 1]]
    # Probabilities of AI: a 0.9, b 0.8, c 0.3, d 0.05; AI are a and d.
    assert found["overall"]["roc_auc"] == 0.5
    assert found["groups"]["museum"]["real"]["support"] == 2
    assert found["groups"]["museum"]["roc_auc"] is None
    assert [one["filename"] for one in found["errors"]] == ["Set/d, e.png", "Set/b.png"]
    assert found["errors"][0]["p_ai"] == pytest.approx(0.05)


def test_tables_name_the_errors(dfc: Runner, result: Path, labels: Path) -> None:
    shown = dfc("evaluate", result, "--labels", labels, "--bootstrap", 50).out
    assert "macro mean" in shown
    assert "0.5000" in shown
    assert shown.index("Set/d, e.png") < shown.index("Set/b.png")
    assert "museum" in shown


def test_what_has_no_partner_is_named(dfc: Runner, result: Path, labels: Path) -> None:
    labels.write_text(LABELS.replace("c.png,real,museum\n", "gone.png,real,museum\n"))
    shown = dfc("evaluate", result, "--labels", labels, code=3).out
    assert "NOT SCORED" in shown
    assert "gone.png" in shown
    assert "NOT LABELLED" in shown
    assert "Set/c.png" in shown
    found = evaluated(dfc, result, labels, code=3)
    assert isinstance(found, dict)
    assert (found["unanswered"], found["unlabelled"]) == (["gone.png"], ["Set/c.png"])


@pytest.mark.parametrize(
    ("prefix", "way"),
    [("Set/", "the whole name"), ("", "the path inside the evidence"), ("other/", "inside both")],
)
def test_names_match_in_the_way_that_fits(
    dfc: Runner, result: Path, labels: Path, prefix: str, way: str
) -> None:
    head, *rows = LABELS.splitlines()
    rows = [f'"{prefix}{row[1:]}' if row.startswith('"') else f"{prefix}{row}" for row in rows]
    labels.write_text("\n".join([head, *rows]) + "\n")
    found = evaluated(dfc, result, labels)
    assert isinstance(found, dict)
    assert way in found["matched_by"]


def test_names_that_only_match_ambiguously_are_refused(
    dfc: Runner, result: Path, labels: Path
) -> None:
    labels.write_text("path,label\nx/y/a.png,0\nz/y/a.png,1\n")
    assert "several pictures" in dfc("evaluate", result, "--labels", labels, code=5).err


def test_labels_of_another_set_are_refused(dfc: Runner, result: Path, labels: Path) -> None:
    labels.write_text("path,label\nq.png,0\n")
    assert "of the same set" in dfc("evaluate", result, "--labels", labels, code=5).err


def test_labels_from_folders(dfc: Runner, tmp_path: Path) -> None:
    for name in ("ai/sd/1.png", "real/2.png"):
        (tmp_path / "Set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "Set" / name).write_bytes(png((1, 2, 3)))
    result = tmp_path / "r.csv"
    result.write_text("score,label,filename\n0.6,0,Set/ai/sd/1.png\n0.7,1,Set/real/2.png\n")
    found = evaluated(dfc, result, tmp_path / "Set")
    assert isinstance(found, dict)
    assert found["overall"]["accuracy"] == 1.0
    assert list(found["groups"]) == ["sd"]


def test_polarity_of_a_table_is_the_tools_own_unless_told(
    dfc: Runner, result: Path, labels: Path
) -> None:
    labels.write_text('path,label\na.png,1\nb.png,0\nc.png,0\n"d, e.png",1\n')
    own, told = evaluated(dfc, result, labels), evaluated(dfc, result, labels, "--classes", "1,0")
    assert isinstance(own, dict)
    assert isinstance(told, dict)
    assert own["errors"][0]["filename"] == "Set/a.png"
    assert told["errors"][0]["filename"] == "Set/d, e.png"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not begin with score,label,filename"),
        ("label,filename\n", "does not begin with"),
        ("score,label,filename\n", "nothing was scored"),
        ("score,label,filename\n1.5,0,x\n", "line 2"),
        ("score,label,filename\n0.5,2,x\n", "line 2"),
        ("score,label,filename\n0.5,0\n", "line 2"),
        ("score,label,filename\nnan,0,x\n", "line 2"),
    ],
)
def test_what_is_no_result_is_refused(
    dfc: Runner, result: Path, labels: Path, text: str, said: str
) -> None:
    result.write_text(text)
    assert said in dfc("evaluate", result, "--labels", labels, code=5).err


def test_plots_are_pictures_and_are_not_overwritten(
    dfc: Runner, result: Path, labels: Path, tmp_path: Path
) -> None:
    evidence = tmp_path / "Set"
    evidence.mkdir()
    for name in ("a.png", "b.png", "d, e.png"):
        (evidence / name).write_bytes(png((9, 99, 199)))
    plots = tmp_path / "plots"
    command = ("evaluate", result, "--labels", labels, "--plots", plots, "--pictures", evidence)
    dfc(*command)
    names = {path.name for path in plots.iterdir()}
    assert names == {
        "confusion.png", "roc.png", "precision_recall.png", "reliability.png", "scores.png",
        "pictures.png", "errors.png",
    }  # fmt: skip
    first = {path: path.read_bytes() for path in plots.iterdir()}
    for path in first:
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert len(picture.convert("L").getcolors(1 << 20) or []) > 5  # not an empty page
    assert "--force" in dfc(*command, code=2).err
    dfc(*command, "--force")
    assert {path: path.read_bytes() for path in plots.iterdir()} == first
