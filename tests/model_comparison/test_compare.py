"""``dfc-classify compare``: the table that examiners choose a model by."""

import csv
import json
from pathlib import Path

import pytest

from forensic_cli.inference.session import Session
from tests.support import ad1_writer
from tests.support.containers import as_ad1, as_tar
from tests.support.models import ModelMaker
from tests.support.running import Runner

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

# p0 ... p7 grow redder and less blue; sub/copy.png is p3 again.
LABELS = "path,label\n" + "".join(f"p{k}.png,{int(k > 3)}\n" for k in range(8)) + "sub/copy.png,1\n"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(LABELS)
    return path


def test_five_models_of_different_sizes(
    dfc: Runner, make_model: ModelMaker, evidence: Path, labels: Path, tmp_path: Path
) -> None:
    models = [make_model(f"m{side}.onnx", side=side) for side in (8, 16, 32, 64)]
    # The fifth says the opposite of the others.
    models.append(make_model("m5.onnx", weights=[[0, 4], [0, 0], [4, 0]]))
    out = tmp_path / "out"
    shown = dfc("compare", *models, evidence, "--labels", labels, "--out", out, code=3).out
    assert "text.jpg" in shown  # NOT TAKEN
    record = json.loads((out / "comparison.json").read_text())
    assert record["pictures"] == 9
    rows = record["models"]
    assert [row["file"] for row in rows] == [
        "m8.onnx",
        "m16.onnx",
        "m32.onnx",
        "m64.onnx",
        "m5.onnx",
    ]
    assert all(row["images_per_second"] > 0 < row["latency_p50"] <= row["latency_p95"] for row in rows)  # fmt: skip  # noqa: E501
    assert [row["size"] for row in rows] == [path.stat().st_size for path in models]
    assert record["agreement"][0] == [1.0, 1.0, 1.0, 1.0, pytest.approx(record["agreement"][4][0])]
    assert record["agreement"][4][4] == 1.0
    assert record["agreement"][0][4] < 0.5
    assert rows[0]["measures"]["accuracy"] + rows[4]["measures"]["accuracy"] < 1.5
    with (out / "comparison.csv").open() as stream:
        table = list(csv.reader(stream))
    assert len(table) == 6
    assert len((out / "comparison.md").read_text().splitlines()) == 2 + 5 + 5 + 2 + 5 + 1 - 1
    assert (out / "f1_speed.png").read_bytes().startswith(b"\x89PNG")


def test_answers_are_those_of_classify(
    dfc: Runner, make_model: ModelMaker, evidence: Path, labels: Path, tmp_path: Path
) -> None:
    model = make_model()
    dfc("classify", evidence, "--model", model, "--out", tmp_path / "r.csv", code=0)
    one = json.loads(dfc("evaluate", tmp_path / "r.csv", "--labels", labels, "--json").out)[
        "overall"
    ]
    dfc("compare", model, evidence, "--labels", labels, "--out", tmp_path / "c", code=3)
    other = json.loads((tmp_path / "c" / "comparison.json").read_text())["models"][0]["measures"]
    for key in ("confusion", "macro_f1", "roc_auc"):
        assert one[key] == other[key]
    assert one["brier"] == pytest.approx(other["brier"], abs=1e-6)  # six decimals in the CSV


def test_an_output_that_is_there_is_kept(
    dfc: Runner, make_model: ModelMaker, evidence: Path, labels: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "comparison.csv").write_text("mine")
    command = ("compare", make_model(), evidence, "--labels", labels, "--out", out)
    assert "--force" in dfc(*command, code=2).err
    assert (out / "comparison.csv").read_text() == "mine"


def test_a_model_alone_is_no_comparison(dfc: Runner, make_model: ModelMaker, labels: Path) -> None:
    assert "last" in dfc("compare", make_model(), "--labels", labels, code=2).err


def test_a_model_that_cannot_be_used_is_named(
    dfc: Runner, make_model: ModelMaker, evidence: Path, labels: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing")
    command = ("compare", make_model(), broken, evidence, "--labels", labels)
    assert "broken.onnx" in dfc(*command, code=6).err


@pytest.mark.parametrize("kind", ["ad1", "tar.gz"])
def test_the_same_table_out_of_a_container(
    dfc: Runner, make_model: ModelMaker, evidence: Path, labels: Path, tmp_path: Path, kind: str
) -> None:
    files = {
        path.relative_to(evidence).as_posix().encode(): path.read_bytes()
        for path in evidence.rglob("*.png")
    }
    container = tmp_path / f"Set.{kind}"
    as_ad1(container, files, 2) if kind == "ad1" else as_tar(container, files, "gzip")
    model = make_model()
    measures = []
    for number, place in enumerate((evidence, container)):
        out = tmp_path / str(number)
        dfc("compare", model, place, "--labels", labels, "--out", out, code=0 if number else 3)
        record = json.loads((out / "comparison.json").read_text())
        measures.append((record["pictures"], record["models"][0]["measures"]))
    assert measures[0] == measures[1]


def test_what_is_not_as_its_image_says_is_not_measured(
    dfc: Runner, make_model: ModelMaker, evidence: Path, tmp_path: Path
) -> None:
    sound, other = ((evidence / name).read_bytes() for name in ("p0.png", "p7.png"))
    entries = [
        ad1_writer.Entry(b"a.png", sound),
        ad1_writer.Entry(b"b.png", other),
        ad1_writer.Entry(b"c.png", sound, md5=b"0" * 32),
    ]
    ad1_writer.write(tmp_path / "X.ad1", entries)
    (tmp_path / "l.csv").write_text("path,label\na.png,0\nb.png,1\nc.png,1\n")
    arguments = (make_model(), tmp_path / "X.ad1", "--labels", tmp_path / "l.csv")
    done = dfc("compare", *arguments, "--out", tmp_path / "out", code=3)
    assert "hash_mismatch" in done.out + done.err


def test_devices_of_different_batch_sizes(
    dfc: Runner,
    make_model: ModelMaker,
    evidence: Path,
    labels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One model on CUDA, say, and one that only the CPU runs."""
    sizes = {"a.onnx": 8, "b.onnx": 2}
    monkeypatch.setattr(Session, "batch_size", lambda self, _: sizes[self.model.path.name])
    models = [make_model(name) for name in sizes]
    out = tmp_path / "c"
    dfc("compare", *models, evidence, "--labels", labels, "--out", out, code=3)
    record = json.loads((out / "comparison.json").read_text())
    assert record["batch_size"] == 2
    assert record["agreement"] == [[1.0, 1.0], [1.0, 1.0]]
