"""What happens to a training picture, and what a wrong answer costs."""

from typing import get_args

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("accelerate")

import torch

from trainers.fitting.augmentation import mirrored, steps_of
from trainers.fitting.classifier import Classifier
from trainers.recipes.published import APPLES
from trainers.recipes.recipe import Augmentation


@pytest.mark.parametrize("name", get_args(Augmentation))
def test_each_augmentation_changes_pictures_by_its_seed_alone(name: Augmentation) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (90, 110, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    (step,) = steps_of((name,), 64)

    def drawn(seed: int) -> bytes:
        torch.manual_seed(seed)
        made = step(image)
        assert made.mode == "RGB"
        return bytes(str(made.size), "ascii") + made.tobytes()

    results = [drawn(seed) for seed in range(12)]
    assert results == [drawn(seed) for seed in range(12)]
    assert len(set(results)) > 1


@pytest.mark.parametrize("size", [(1, 1), (5, 90), (200, 3), (64, 64)])
def test_mirrored_pictures_reach_the_size(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (1, 2, 3))
    made = mirrored(image, 64)
    assert made.width >= 64 <= made.height
    assert made.crop((0, 0, *size)).tobytes() == image.tobytes()


def test_losses_by_hand() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    labels = torch.tensor([0, 0])
    weights = torch.tensor([1.0, 3.0])

    class Fixed(torch.nn.Module):
        def forward(self, _: torch.Tensor) -> torch.Tensor:
            return logits

    def loss(*settings: str) -> float:
        made = Classifier(Fixed(), APPLES.changed(settings))
        return float(made(torch.zeros(2, 3, 1, 1), labels, weights)["loss"])

    right = np.array([1 / (1 + np.exp(-2.0)), 1 / (1 + np.exp(1.0))])
    plain = -np.log(right)
    assert loss() == pytest.approx(float((plain * [1, 3]).mean()), rel=1e-5)
    focal = plain * (1 - right) ** 2
    assert loss("loss=focal") == pytest.approx(float((focal * [1, 3]).mean()), rel=1e-5)
    smooth = 0.95 * plain - 0.05 * np.log(1 - right)
    assert loss("label_smoothing=0.1") == pytest.approx(float((smooth * [1, 3]).mean()), rel=1e-5)


def test_a_sigmoid_network_learns_its_second_class() -> None:
    class One(torch.nn.Module):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return pixels.mean(dim=(2, 3))[:, :1]

    made = Classifier(One(), APPLES)
    answer = made(torch.full((1, 3, 2, 2), 1.5), torch.tensor([1]))
    assert answer["logits"].tolist() == [[0.0, 1.5]]
    assert float(answer["loss"]) == pytest.approx(float(np.log1p(np.exp(-1.5))), rel=1e-5)
