"""Cards, names and lists made to be read as something else."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest

from forensic_cli.errors import ModelError
from forensic_cli.foundation.markdown_text import inert
from forensic_cli.model_card.card import ModelCard
from forensic_cli.outputs.csv import defused
from tests.support.colour_model import colour_card, colour_model
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, ROOT, Runner


def with_card(path: Path, text: str) -> Path:
    model = colour_model(16, [[4, 0], [0, 0], [0, 4]], None)
    onnx.helper.set_model_props(model, {"dfc.card": text})
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000, "1e99999999"])
@pytest.mark.parametrize("place", ["limits", "training"])
def test_a_number_that_no_log_can_hold(
    dfc: Runner, evidence: Path, tmp_path: Path, number: str, place: str
) -> None:
    text = json.dumps(colour_card(16))[:-1] + f', "{place}": {{"x": [{number}]}}}}'
    model = with_card(tmp_path / "m.onnx", text)
    dfc(evidence, "--model", model, "--out", tmp_path / "r.csv", code=6)


def classes(first: str, second: str) -> dict[str, Any]:
    named = [{"name": first, "label": 0}, {"name": second, "label": 1}]
    return colour_card(16) | {"classes": named}


@pytest.mark.parametrize(
    ("ai", "real"),
    [
        ("Real photo", "AI-generated"), ("x", "AI-generated"), ("Real photo", "x"),
        ("x", "deepfake"), ("human_art", "x"), ("x", "GAN"), ("Natural", "x"),
        ("x", "stable diffusion"), ("x", "fake_image"), ("authentic-picture", "x"),
    ],
)  # fmt: skip
def test_class_names_that_contradict_their_label(ai: str, real: str) -> None:
    with pytest.raises(ModelError, match="the labels do not fit"):
        ModelCard.from_json(json.dumps(classes(ai, real)))


@pytest.mark.parametrize(
    ("ai", "real"),
    [
        ("AI-generated", "Real photo"), ("deepfake", "pristine"), ("not real", "not fake"),
        ("class_0", "class_1"), ("fake of real", "real or fake"), ("Hair", "Again"),
        ("unreal engine", "realism"),
    ],
)  # fmt: skip
def test_class_names_that_do_not(ai: str, real: str) -> None:
    assert ModelCard.from_json(json.dumps(classes(ai, real))).classes[0].name == ai


FORMULAS = ["=1+1", "a;=1+1", "a\t=1+1", 'a;"=1+1', "a; =1+1", "a;@x", "a\t-2", "a|+1", "a;;=2"]


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_formula_in_any_cell(name: str, separator: str) -> None:
    cells = next(csv.reader([f'1{separator}"{defused(name)}"'.replace('""', '"')]))
    for cell in [*cells, *re.split(r"[;\t|]", defused(name))]:
        assert not cell.strip(" \"'").startswith(("=", "@")) or cell.strip(' "').startswith("'")


def test_both_files_have_a_safe_copy(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    (evidence / "a;=cmd()").write_text("no picture")
    (evidence / "a;=x.png").write_bytes(png())
    out = tmp_path / "r.csv"
    dfc(evidence, "--model", make_model(), "--out", out, "--excel-safe")
    for name in ("r.spreadsheet.csv", "r.exceptions.spreadsheet.csv"):
        text = (tmp_path / name).read_text(encoding="utf-8-sig")
        assert ";'=" in text
        assert ";=" not in text
    assert ";=cmd()" in (tmp_path / "r.exceptions.csv").read_text()
    dfc("verify-run", tmp_path / "r.audit.jsonl")


@pytest.mark.parametrize(
    "name",
    ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "a | b", "`code`", "**bold**",
     "https://evil.example", "www.evil.example", "&lt;b&gt;", "a\n# head", "![x](http://e)",
     "<https://evil.example>", "a@b.example"],
)  # fmt: skip
def test_a_name_in_markdown(name: str) -> None:
    text = inert(name)
    bare = re.sub(r"\\[\\`*_{}\[\]()<>#+!|~&:@$^=.-]", "", text)
    assert not set("`*_[]()<>#!|&:@") & set(bare)
    assert "\n" not in text
    assert "www." not in bare


def test_a_model_s_name_in_a_comparison(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    card = colour_card(16) | {"name": "a|b<b>[x](http://e)"}
    named = with_card(tmp_path / "m.onnx", json.dumps(card))
    labels = tmp_path / "labels.csv"
    rows = [f"Set/{path.relative_to(evidence)},{index % 2}" for index, path in
            enumerate(sorted(evidence.rglob("*.png")))]  # fmt: skip
    labels.write_text("filename,label\n" + "\n".join(rows) + "\n")
    dfc("compare", named, DEMO_MODEL, evidence, "--labels", labels, "--out", tmp_path / "c", code=3)
    text = (tmp_path / "c" / "comparison.md").read_text()
    assert "<b>" not in text
    assert "](" not in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table[:4]} == {
        len(re.findall(r"(?<!\\)\|", table[0]))
    }


@pytest.mark.parametrize("columns", ["MD5,MD5,FileNames", "MD5,SHA1,MD5,FileNames"])
def test_a_list_with_two_columns_of_one_name(
    dfc: Runner, evidence: Path, tmp_path: Path, columns: str
) -> None:
    digests = ",".join("0" * (40 if one == "SHA1" else 32) for one in columns.split(",")[:-1])
    (tmp_path / "l.csv").write_text(f"{columns}\n{digests},Set\\p0.png\n")
    done = dfc("verify-hash", evidence, "--hashes", tmp_path / "l.csv", code=5)
    assert "two columns md5" in done.err


def test_the_same_in_hashdeep(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    path = tmp_path / "l.hashdeep"
    dfc("hash", evidence, "--out", path, "--format", "hashdeep")
    text = path.read_text().replace("size,md5,sha256,filename", "size,md5,md5,filename")
    path.write_text(text)
    assert "two columns md5" in dfc("verify-hash", evidence, "--hashes", path, code=5).err


def test_a_size_in_hashdeep_that_is_another(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    path = tmp_path / "l.hashdeep"
    dfc("hash", evidence, "--out", path, "--format", "hashdeep")
    dfc("verify-hash", evidence, "--hashes", path)
    size = (evidence / "p4.png").stat().st_size
    lines = path.read_text().splitlines()
    lines = [f"9{line}" if line.endswith("p4.png") else line for line in lines]
    path.write_text("\n".join(lines) + "\n")
    done = dfc("verify-hash", evidence, "--hashes", path, code=4)
    assert f"expected 9{size} bytes, found {size}; the digests agree" in done.out


def test_a_machine_without_proc(tmp_path: Path, evidence: Path) -> None:
    code = (
        "import os\nreal = os.path.exists\n"
        "os.path.exists = lambda path: path != '/proc/self/statm' and real(path)\n"
        "from forensic_cli.cli.app import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(evidence), "--out", str(tmp_path / "r.csv")],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 7
    assert "/proc is not mounted" in done.stderr
