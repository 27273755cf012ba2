"""What is trained on: layouts, splits, broken pictures, weights, augmentation, errors."""

import csv
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.running import Runner

pytest.importorskip("torch")
pytest.importorskip("accelerate")

import torch

from forensic_cli.errors import LabelsError, UsageError
from forensic_cli.ground_truth.labelled import Labelled
from trainers.data.splitting import split_off
from trainers.data.weighting import weights_of
from trainers.fitting.augmentation import steps_of
from trainers.recipes.published import APPLES, RECIPES

Lay = Callable[..., Path]
TINY = ("--recipe", "apples", "--backbone", "timm:test_resnet", "--from-scratch", "--device", "cpu",
        "--set", "size=64", "--batch-size", "16", "--epochs", "1")  # fmt: skip


def labelled(counts: dict[tuple[int, str], int]) -> tuple[Labelled, ...]:
    return tuple(
        Labelled(f"{label}/{group}/{number}", label, group)
        for (label, group), total in counts.items()
        for number in range(total)
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_group_is_never_on_both_sides(seed: int) -> None:
    pictures = labelled({(label, f"{label}-{k}"): 5 + 3 * k for label in (0, 1) for k in range(7)})
    kept, apart = split_off(pictures, 0.2, seed)
    assert sorted((*kept, *apart), key=lambda p: p.path) == sorted(pictures, key=lambda p: p.path)
    assert not {p.group for p in kept} & {p.group for p in apart}
    assert {p.label for p in kept} == {p.label for p in apart} == {0, 1}
    assert split_off(pictures, 0.2, seed) == (kept, apart)


@pytest.mark.parametrize("seed", range(4))
def test_without_groups_a_split_is_stratified(seed: int) -> None:
    pictures = labelled({(0, ""): 40, (1, ""): 160})
    kept, apart = split_off(pictures, 0.1, seed)
    assert Counter(p.label for p in apart) == {0: 4, 1: 16}
    assert len(kept) == 180
    assert split_off(pictures, 0.1, seed + 100)[1] != apart


@pytest.mark.parametrize(
    "counts", [{(0, "a"): 9, (1, "b"): 9}, {(0, ""): 1, (1, ""): 5}, {(0, ""): 5}]
)
def test_too_few_to_split_is_said(counts: dict[tuple[int, str], int]) -> None:
    with pytest.raises(LabelsError, match=r"too few|none of them"):
        split_off(labelled(counts), 0.1, 0)


def test_weights_even_out_classes_and_sources() -> None:
    pictures = labelled({(0, "big"): 64, (0, "small"): 4, (1, ""): 10})
    weights = weights_of(pictures, "group")
    sums: Counter[object] = Counter()
    for picture, weight in zip(pictures, weights, strict=True):
        sums[picture.label] += weight  # type: ignore[assignment]
        sums[picture.group] += weight  # type: ignore[assignment]
    assert sums[0] == pytest.approx(sums[1])
    assert sums["big"] / sums["small"] == pytest.approx((64 / 4) ** 0.5)
    assert np.mean(weights) == pytest.approx(1.0)
    assert weights_of(pictures, "none") == [1.0] * 78


def test_what_cannot_be_decoded_is_listed_and_left_out(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    data = lay_data(8)
    (data / "AI" / "broken.png").write_bytes((data / "AI" / "000.png").read_bytes()[:300])
    (data / "Real" / "note.txt").write_text("no picture")
    (data / "Real" / "gone.png").symlink_to("nowhere")
    ended = dfc_train(data, "--out", tmp_path / "run", *TINY)
    assert "LEFT OUT: 3 of 19" in ended.err
    with (tmp_path / "run" / "pictures.csv").open() as stream:
        rows = {row["path"]: row for row in csv.DictReader(stream)}
    assert len(rows) == 19
    assert rows["AI/broken.png"]["left_out"].startswith("truncated")
    assert rows["Real/note.txt"]["left_out"].startswith("not_an_image")
    assert rows["Real/gone.png"]["left_out"].startswith("read_error")
    assert {row["part"] for row in rows.values()} == {"train", "validation", ""}
    assert json.loads((tmp_path / "run" / "training.json").read_text())["data"]["left_out"] == 3


def test_a_table_with_parts_is_kept_to(dfc_train: Runner, lay_data: Lay, tmp_path: Path) -> None:
    lay_data(12)
    table = tmp_path / "labels.csv"
    parts = ["train"] * 7 + ["val"] * 3 + ["test_new"] * 2
    rows = [f"{name}/{n:03}.png,{label},{parts[n]}" for label, name in enumerate(("AI", "Real")) for n in range(12)]  # fmt: skip  # noqa: E501
    table.write_text("path,label,split\n" + "\n".join(rows) + "\n")
    ended = dfc_train(table, "--images", tmp_path / "data", "--out", tmp_path / "run", *TINY)
    record = json.loads((tmp_path / "run" / "training.json").read_text())
    assert record["data"]["train"] == {"ai": 7, "real": 7, "groups": 0}
    assert record["data"]["validation"] == {"ai": 3, "real": 3, "groups": 0}
    assert record["data"]["tests"] == {"test_new": {"ai": 2, "real": 2, "groups": 0}}
    assert "test_new" in ended.out
    assert record["tests"]["test_new"]["ai"]["support"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--recipe", "swin"), 2, "no recipe 'swin'"),
        (("--set", "lr=1"), 2, "names are backbone"),
        (("--set", "epochs=many"), 2, "epochs takes a whole number"),
        (("--set", "loss=hinge"), 2, "cross_entropy, focal"),
        (("--set", "validation=0.9"), 2, "validation must lie"),
        (("--set", "augmentation=flip,turn"), 2, "augmentation takes"),
        (("--set", "std=0,1,1"), 2, "std above 0"),
        (("--set", "optimiser=lbfgs"), 2, "adamw or sgd"),
        (("--backbone", "resnet"), 2, "no backbone 'resnet'"),
        (("--backbone", "timm:nothing"), 2, "no classifier 'nothing'"),
        (("--backbone", "torchvision:resnet18", "--weights", "x.pth"), 2, "contradict"),
        (("--device", "cuda"), 7, "no CUDA device"),
        (("--precision", "fp16"), 2, "bf16 and fp32"),
        (("--classes", "Real,AI"), 2, "AI class first"),
    ],
)
def test_what_cannot_be_meant(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path, arguments: tuple[str, ...], code: int,
    said: str,
) -> None:  # fmt: skip
    if "cuda" in arguments and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    ended = dfc_train(lay_data(3), "--out", tmp_path / "run", *TINY, *arguments, code=code)
    assert said in ended.err
    assert not (tmp_path / "run").exists()


def test_a_size_that_the_network_does_not_take_is_said_at_once(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    command = (lay_data(3), "--out", tmp_path / "run", *TINY, "--backbone", "aiornot-cnn")
    said = dfc_train(*command, code=2).err
    assert "does not take pictures of 64 x 64" in said
    assert "--set size=" in said


def test_pretrained_backbones_without_weights_say_what_to_do(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    ended = dfc_train(lay_data(3), "--out", tmp_path / "run", "--recipe", "cnn-vit", code=2)
    assert "--weights" in ended.err
    assert "--from-scratch" in ended.err


def test_weights_of_another_network_are_refused_and_a_head_may_differ(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    timm = pytest.importorskip("timm")
    torch.save(timm.create_model("test_resnet", num_classes=1000).state_dict(), tmp_path / "w.pth")
    torch.save(timm.create_model("test_vit", num_classes=2).state_dict(), tmp_path / "v.pth")
    arguments = [word for word in TINY if word != "--from-scratch"]
    data = lay_data(6)
    ended = dfc_train(data, "--out", tmp_path / "r", *arguments, "--weights", tmp_path / "w.pth")
    assert "w.pth; new: fc" in ended.err
    said = dfc_train(
        data, "--out", tmp_path / "s", *arguments, "--weights", tmp_path / "v.pth", code=10
    ).err
    assert "of another network" in said


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_pictures_than_classes(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path, count: int
) -> None:
    data = lay_data(count) if count else tmp_path / "data"
    (data / "AI").mkdir(parents=True, exist_ok=True)
    (data / "Real").mkdir(exist_ok=True)
    said = dfc_train(data, "--out", tmp_path / "run", *TINY, code=5).err
    assert "too few" in said or "no folders" in said or "no picture" in said


def test_prepare_links_and_keeps_sources_together(
    dfc_train: Runner, tmp_path: Path, lay_data: Lay
) -> None:
    images = lay_data(12)
    table = tmp_path / "labels.csv"
    rows = [f"{name}/{n:03}.png,{label},{name}{n % 4}" for label, name in enumerate(("AI", "Real")) for n in range(12)]  # fmt: skip  # noqa: E501
    table.write_text("path,label,source\n" + "\n".join([*rows, "gone.png,0,AI9"]) + "\n")
    out = tmp_path / "made"
    ended = dfc_train("prepare", table, images, "--out", out, "--test", "0.25", code=3)
    assert "NOT THERE" in ended.out
    assert "gone.png" in ended.out
    found = {path.relative_to(out).parts for path in out.rglob("*.png")}
    assert len(found) == 24
    assert {parts[:2] for parts in found} == {(s, c) for s in ("train", "test") for c in ("AI", "Real")}  # fmt: skip  # noqa: E501
    sides = {group: {parts[0] for parts in found if parts[2] == group} for _, _, group, _ in found}
    assert all(len(where) == 1 for where in sides.values())
    one = next(out.rglob("AI__000.png"))
    assert os.stat(one).st_ino == os.stat(images / "AI" / "000.png").st_ino
    assert "--out names a new folder" in dfc_train("prepare", table, images, "--out", out, code=2).err  # fmt: skip  # noqa: E501
    dfc_train(out, "--out", tmp_path / "run", *TINY)  # what it makes can be trained on


def test_every_recipe_can_be_listed_and_changed(dfc_train: Runner) -> None:
    shown = dfc_train("recipes").out
    for name, recipe in RECIPES.items():
        assert name in shown
        recipe.check()
        assert f"learning_rate    {recipe.learning_rate:g}"[:17] in dfc_train("recipes", name).out
    with pytest.raises(UsageError):
        APPLES.changed(["name=x"])


def test_force_replaces_a_training_and_nothing_else(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "mine.txt").write_text("mine")
    data = lay_data(6)
    assert "no folder of dfc-train's" in dfc_train(data, "--out", run, *TINY, "--force", code=2).err
    (run / "mine.txt").unlink()
    dfc_train(data, "--out", run, *TINY)
    (run / "model.onnx").write_text("exported")
    dfc_train(data, "--out", run, *TINY, "--force")
    assert (run / "model.onnx").read_text() == "exported"


def test_a_network_that_diverges_is_said_to(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    command = (lay_data(8), "--out", tmp_path / "run", *TINY, "--learning-rate", "90")
    said = dfc_train(*command, "--set", "std=1e-38,1e-38,1e-38", "--set", "scale=1e-6", code=2).err
    assert "answers no numbers any more" in said


def test_plateau_follows_the_figure_that_picks_the_epoch(tmp_path: Path) -> None:
    from trainers.fitting.fit import _arguments
    from trainers.fitting.machine import Machine

    for best, mode in (("loss", "min"), ("macro_f1", "max")):
        recipe = APPLES.changed(["schedule=plateau", f"best_by={best}"])
        made = _arguments(recipe, tmp_path, Machine("cpu", "fp32", 0), 0)
        assert made.lr_scheduler_kwargs["mode"] == mode
        assert made.greater_is_better == (mode == "max")


def test_the_same_picture_in_two_parts_is_said(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    lay_data(6, under="data/train")
    lay_data(3, under="data/val")  # the first three again
    (tmp_path / "data" / "other").mkdir()
    said = dfc_train(tmp_path / "data", "--out", tmp_path / "run", *TINY).err
    assert "pictures of the same content: 6 stand in more than one part" in said
    assert "'other' holds no class folders and is left out" in said


def test_a_table_may_name_pictures_by_their_whole_path(
    dfc_train: Runner, lay_data: Lay, tmp_path: Path
) -> None:
    data = lay_data(5)
    rows = [f"{path},{int(path.parent.name == 'Real')}" for path in data.rglob("*.png")]
    (tmp_path / "labels.csv").write_text("path,label\n" + "\n".join(rows) + "\n")
    said = dfc_train(tmp_path / "labels.csv", "--out", tmp_path / "run", *TINY).err
    assert "LEFT OUT" not in said


def test_each_epoch_draws_anew_and_each_picture_for_itself(lay_data: Lay) -> None:
    from forensic_cli.ground_truth.classes import ClassNames
    from forensic_cli.ground_truth.reading import read_labels
    from trainers.data.collection import Collection
    from trainers.data.dataset import Pictures
    from trainers.recipes.preprocessing import preprocessing_of

    data = lay_data(4)
    pictures = read_labels(data, ClassNames())
    recipe = APPLES.changed(["size=64"])
    steps = steps_of(("random_resized_crop", "flip"), 64)
    made = Pictures(
        Collection(data, pictures), pictures, preprocessing_of(recipe), {0: 0, 1: 1}, [1.0] * 8,
        steps, cropped=True, seed=3,
    )  # fmt: skip

    def drawn(epoch: int) -> torch.Tensor:
        made.set_epoch(epoch)
        return torch.stack([made[place]["pixel_values"] for place in range(8)])

    first, second = drawn(0), drawn(1)
    assert not torch.equal(first, second)
    assert torch.equal(first, drawn(0))
    assert first.shape == (8, 3, 64, 64)
    assert [int(made[place]["labels"]) for place in range(8)] == [0] * 4 + [1] * 4
