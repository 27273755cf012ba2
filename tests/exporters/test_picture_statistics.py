"""The statistics of the built-in model against NumPy and SciPy, asked another way."""

import numpy as np
import pytest

pytest.importorskip("torch")
fft = pytest.importorskip("scipy.fft")

import torch

from exporters.architectures.picture_statistics.blocks import Blocks
from exporters.architectures.picture_statistics.contrast import contrasts
from exporters.architectures.picture_statistics.histograms import Histograms
from exporters.architectures.picture_statistics.network import (
    GROUPS,
    PictureStatistics,
)
from exporters.architectures.picture_statistics.planes import (
    exact_planes,
    scaled,
    square_5,
)
from exporters.architectures.picture_statistics.prediction import predictions


def pixels(seed: int, side: int = 96) -> np.ndarray:
    """A walk with noise: neighbours are alike, as in pictures."""
    generator = np.random.default_rng(seed)
    walk = np.cumsum(np.cumsum(generator.normal(0, 0.4, (3, side, side)), axis=1), axis=2)
    walk = walk - walk.min() + generator.normal(0, 2, walk.shape)
    made: np.ndarray = np.clip(walk * 200 / walk.max(), 0, 255).round()
    return made


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))[None]


def test_groups_have_the_sizes_that_are_said() -> None:
    network = PictureStatistics(2).eval()
    figures = network.statistics(tensor(pixels(1)))
    assert figures.shape == (1, sum(GROUPS.values()))
    assert torch.isfinite(figures).all()
    assert network(tensor(pixels(1))).shape == (1, 2)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_pictures_have_figures(value: int) -> None:
    flat = np.full((3, 64, 64), float(value))
    assert torch.isfinite(PictureStatistics(2).statistics(tensor(flat))).all()


def test_histograms_over_colours_count_what_numpy_counts() -> None:
    values = pixels(2)
    colours, _ = Histograms()(tensor(values))
    steps = [np.diff(values, axis=axis).clip(-2, 2).reshape(3, -1) for axis in (1, 2)]
    levels = np.concatenate(steps, axis=1)
    counts: dict[tuple[int, ...], int] = {}
    for triple in levels.T.astype(int).tolist():
        smallest = min(tuple(triple), tuple(-level for level in triple))
        counts[smallest] = counts.get(smallest, 0) + 1
    shares = np.array(list(counts.values())) / levels.shape[1]
    got = colours[0, :63].square().numpy() - 1e-7  # the first of eight: differences, step 1
    assert np.allclose(np.sort(got[got > 1e-6]), np.sort(shares), atol=1e-6)
    assert got.sum() == pytest.approx(1, abs=1e-4)


def test_a_mirrored_or_negated_picture_has_the_same_neighbours() -> None:
    values = pixels(3)
    _, first = Histograms()(tensor(values))
    for other in (values[:, :, ::-1], values[:, ::-1], 255 - values, values.transpose(0, 2, 1)):
        _, again = Histograms()(tensor(other.copy()))
        assert torch.equal(first, again)


def test_residuals_of_whole_pixels_are_whole() -> None:
    residual = square_5(tensor(pixels(4)))
    assert torch.equal(residual, residual.round())
    flat = square_5(torch.full((1, 3, 9, 9), 77.0))
    assert float(flat.abs().max()) == 0


def test_prediction_is_the_least_squares_solution() -> None:
    values = pixels(5)
    planes = exact_planes(tensor(values))
    figures = predictions(tensor(values), planes)[0].numpy()
    luma = planes[0, 0].double().numpy()
    offsets = [(0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (2, 1), (1, 2), (2, 2), (0, 3), (3, 0)]
    side = luma.shape[0]

    def at(down: int, right: int) -> np.ndarray:
        made: np.ndarray = luma[3 + down : side - 3 + down, 3 + right : side - 3 + right].ravel()
        return made

    known = np.stack(
        [np.mean([at(a * d, b * r) for a in (1, -1) for b in (1, -1)], axis=0) for d, r in offsets]
    )
    known = known - known.mean(axis=1, keepdims=True)
    target = at(0, 0) - at(0, 0).mean()
    products = known @ known.T / target.size
    added = 1e-4 * (np.trace(products) / 10 + 1000.0**2)
    wanted = np.linalg.solve(products + added * np.eye(10), known @ target / target.size)
    assert np.allclose(figures[:10], wanted, atol=1e-9)
    error = target - wanted @ known
    assert figures[10] == pytest.approx(np.log(error.std()), abs=1e-6)


def test_coefficients_are_those_of_scipys_dct() -> None:
    planes = scaled(exact_planes(tensor(pixels(6))))
    luma = planes[0, 0].numpy()
    blocks = luma.reshape(12, 8, 12, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    wanted = np.sqrt(np.square(fft.dctn(blocks, axes=(1, 2), norm="ortho")).mean(axis=0) + 1e-4)
    figures = Blocks().coefficients(planes)[0].numpy()
    rows, columns = np.triu_indices(8)
    logs = (np.log(wanted) + np.log(wanted).T) / 2
    assert np.allclose(figures[:35], logs[rows, columns][1:], atol=1e-9)


def test_blocking_shows_in_phases_and_contrast_does_not_depend_on_brightness() -> None:
    values = pixels(7, 128)
    blocky = values.reshape(3, 16, 8, 16, 8).mean(axis=(2, 4)).repeat(8, 1).repeat(8, 2).round()

    def phases(picture: np.ndarray) -> np.ndarray:
        whole = exact_planes(tensor(picture))
        planes = scaled(whole)
        made: np.ndarray = Blocks().phases(planes, planes[..., 1:-1, 1:-1])[0].numpy()
        return made

    along = slice(24, 28)  # the gradient's, of luma
    assert phases(blocky)[along].min() > phases(values)[along].max() + 0.5
    low, high = (scaled(exact_planes(tensor(values * 0.5 + k))) for k in (0, 40))
    assert torch.allclose(contrasts(low), contrasts(high), atol=1e-6)
