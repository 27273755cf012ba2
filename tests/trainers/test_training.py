"""Trainings from end to end, small ones."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.running import Runner

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import torch

from exporters.cli.app import main as export_main

Lay = Callable[..., Path]

TINY = ("--recipe", "apples", "--backbone", "timm:test_resnet", "--from-scratch", "--device", "cpu",
        "--set", "size=64", "--batch-size", "16", "--epochs", "2")  # fmt: skip


@pytest.fixture
def dfc_export(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs dfc-export in this process."""
    return Runner(capsys, export_main)


def digest(run: Path) -> str:
    return hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture
def tiny_swin(tmp_path: Path) -> Path:
    """A folder as a hub model's: a Swin of the smallest size with its processor."""
    config = transformers.SwinConfig(
        image_size=32, patch_size=2, embed_dim=24, depths=[1, 1, 1], num_heads=[1, 2, 4],
        window_size=4, num_labels=3, drop_path_rate=0.0,
    )  # fmt: skip
    torch.manual_seed(5)
    folder = tmp_path / "swin"
    transformers.SwinForImageClassification(config).save_pretrained(folder)
    transformers.ViTImageProcessor(
        size={"height": 32, "width": 32}, resample=3, image_mean=[0.5] * 3, image_std=[0.25] * 3
    ).save_pretrained(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["--from-scratch", "pretrained"])
def test_dfc305_from_labels_to_figures(
    dfc_train: Runner,
    dfc_export: Runner,
    dfc: Runner,
    lay_data: Lay,
    tiny_swin: Path,
    tmp_path: Path,
    begin: str,
) -> None:
    data = lay_data(100)
    run, model, result = tmp_path / "run", tmp_path / "m.onnx", tmp_path / "r.csv"
    scratch = [begin] if begin == "--from-scratch" else []
    said = dfc_train(
        data, "--out", run, "--recipe", "dfc305", "--backbone", tiny_swin, *scratch,
        "--learning-rate", "3e-3", "--epochs", 3, "--set", "accumulation=1", "--device", "cpu",
    )  # fmt: skip
    assert ("random weights" in said.err) == bool(scratch)
    record = json.loads((run / "training.json").read_text())
    assert record["recipe"]["learning_rate"] == 3e-3
    assert record["recipe"]["epochs"] == 3
    assert record["preprocessing"]["graph"]["std"] == [0.25] * 3  # the folder's own processor
    assert record["classes"] == [{"name": "AI", "label": 0}, {"name": "Real", "label": 1}]
    history = json.loads((run / "history.json").read_text())
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert history[-1]["loss"] < history[0]["loss"]
    # The epoch that is kept is the one with the best accuracy, as the challenge's entry had it.
    assert record["validation"]["accuracy"] == max(row["validation_accuracy"] for row in history)
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert not (run / "checkpoints").exists()

    dfc_export(run, "--out", model)
    dfc("classify", data, "--model", model, "--out", result, "--device", "cpu")
    found = json.loads(dfc("evaluate", result, "--labels", data, "--json").out)
    assert found["pictures"] == 200
    assert found["overall"]["roc_auc"] > 0.9
    card = json.loads(dfc("inspect", model, "--json").out)["card"]
    assert card["training"]["data"]["digest"] == record["data"]["digest"]
    assert card["training"]["seed"] == 0
    assert card["training"]["trainer"]["libraries"]["torch"] == torch.__version__


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "order"),
    [
        ("dfc305", "AI,Real"),
        ("cnn-vit", "Real,AI"),
        ("aiornot", "AI,Real"),
        ("apples", "AI,Real"),
        ("fake-or-real", "Real,AI"),
    ],
)
def test_each_recipe_takes_two_steps(
    dfc_train: Runner, lay_data: Lay, tiny_swin: Path, tmp_path: Path, recipe: str, order: str
) -> None:
    run = tmp_path / "run"
    more: list[object] = ["--backbone", tiny_swin] if recipe == "dfc305" else ["--from-scratch"]
    if recipe in {"apples", "cnn-vit"}:
        more += ["--set", "size=64"]
    if recipe == "fake-or-real":
        more += ["--set", "size=64"]
    dfc_train(
        lay_data(6), "--out", run, "--recipe", recipe, *more, "--set", "max_steps=2",
        "--batch-size", 4, "--set", "accumulation=1", "--device", "cpu",
    )  # fmt: skip
    record = json.loads((run / "training.json").read_text())
    steps = [step["step"] for step in record["preprocessing"]["host"]]
    assert ("opencv_denoise" in steps) == (recipe == "cnn-vit")
    assert record["steps"] == 2
    assert ",".join(entry["name"] for entry in record["classes"]) == order
    assert [row["epoch"] for row in json.loads((run / "history.json").read_text())]


def test_a_recipes_own_cleaning_stands_against_a_backbones_processor(
    dfc_train: Runner, lay_data: Lay, tiny_swin: Path, tmp_path: Path
) -> None:
    from exporters.checkpoints.hints import Hints
    from exporters.checkpoints.opening import open_checkpoint

    run = tmp_path / "run"
    dfc_train(
        lay_data(4), "--out", run, "--recipe", "cnn-vit", "--backbone", tiny_swin,
        "--set", "size=32", "--set", "max_steps=1", "--batch-size", 4, "--device", "cpu",
    )  # fmt: skip
    subject = open_checkpoint(run, Hints())
    assert subject.preparation is not None
    steps = subject.preparation.preprocessing.as_record()["host"]
    assert [step["step"] for step in steps] == [  # type: ignore[attr-defined]
        "exif_transpose", "rgb", "opencv_denoise", "opencv_equalize_luma", "opencv_resize",
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    data = lay_data(20)
    runs = [tmp_path / name for name in ("one", "two", "other")]
    for run, seed, workers in zip(runs, (3, 3, 4), (0, 1, 0), strict=True):
        dfc_train(data, "--out", run, *TINY, "--seed", seed, "--workers", workers)
    first, again, other = map(digest, runs)
    assert first == again != other
    for name in ("history.json", "pictures.csv", "training.json"):
        assert (runs[0] / name).read_bytes() == (runs[1] / name).read_bytes()


def test_a_training_that_was_stopped_goes_on_to_the_same_bytes(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainers.fitting import fit

    data = lay_data(20)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    dfc_train(data, "--out", whole, *TINY)

    def stop(_self: object, _args: object, state: object, _control: object, **_: object) -> None:
        if getattr(state, "epoch", 0) > 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fit._Watch, "on_step_end", stop)
        assert "--resume" in dfc_train(data, "--out", broken, *TINY, code=130).err
    assert not (broken / "training.json").exists()
    assert "--resume" in dfc_train(data, "--out", broken, *TINY, code=2).err
    said = dfc_train(data, "--out", broken, *TINY, "--seed", 9, "--resume", code=2).err
    assert "seed differ" in said
    dfc_train(data, "--out", broken, *TINY, "--resume")
    assert digest(broken) == digest(whole)
    assert (broken / "training.json").read_bytes() == (whole / "training.json").read_bytes()
    assert "has finished" in dfc_train(data, "--out", broken, *TINY, "--resume", code=2).err


def test_an_unfinished_training_is_not_exported(dfc_export: Runner, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "plan.json").write_text("{}")
    said = dfc_export(tmp_path / "run", "--out", tmp_path / "m.onnx", code=10).err
    assert "has not finished" in said


def test_class_names_that_say_nothing_reach_the_card(
    dfc_train: Runner, dfc_export: Runner, dfc: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    data = lay_data(10, ("kitsch", "museum"))
    dfc_train(data, "--out", tmp_path / "run", *TINY, "--classes", "kitsch,museum",
              "--set", "order=real,ai")  # fmt: skip
    dfc_export(tmp_path / "run", "--out", tmp_path / "m.onnx")
    card = json.loads(dfc("inspect", tmp_path / "m.onnx", "--json").out)["card"]
    assert card["classes"] == [{"name": "museum", "label": 1}, {"name": "kitsch", "label": 0}]


def test_what_a_maker_says_of_a_model_is_shown_by_each_run(
    dfc_train: Runner, dfc_export: Runner, dfc: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    data = lay_data(6)
    dfc_train(data, "--out", tmp_path / "run", *TINY, "--epochs", 1)
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"notice": "a trial, not for casework", "validation": {"auc": 1}}))
    dfc_export(tmp_path / "run", "--out", tmp_path / "m.onnx", "--facts", facts)
    ended = dfc("classify", data, "--model", tmp_path / "m.onnx", "--out", tmp_path / "r.csv")
    assert "MODEL: a trial, not for casework" in ended.err
    assert "MODEL          a trial, not for casework" in ended.out
    quiet = dfc("classify", data, "--model", tmp_path / "m.onnx", "--out", tmp_path / "q.csv", "-q")
    assert "a trial, not for casework" in quiet.err
    lines = (tmp_path / "r.audit.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["data"]["model_notice"] == "a trial, not for casework"
    facts.write_text('{"score": 1}')
    assert "no more than" in dfc_export(
        tmp_path / "run", "--out", tmp_path / "n.onnx", "--facts", facts, code=2
    ).err  # fmt: skip
