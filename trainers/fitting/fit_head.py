"""Fit the one layer of picture-statistics: scikit-learn's logistic regression on its figures."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from torch.utils.data import DataLoader

from exporters.architectures.picture_statistics.network import PictureStatistics
from forensic_cli.errors import UsageError
from forensic_cli.evaluation.measures import Floats, Measures, Scored, measure
from forensic_cli.foundation.ordered_map import ordered_map
from forensic_cli.records import LABEL_AI
from forensic_cli.settings import available_cores
from trainers.data.dataset import Pictures
from trainers.fitting.fit import Fitted, figures_of
from trainers.fitting.machine import Machine
from trainers.recipes.recipe import Recipe

_LEAST_SPREAD = 1e-3  # of a figure: one that hardly varies says nothing, and must not be blown up
_MOST_ITERATIONS = 5000


def fit_head(  # noqa: PLR0913 - the parts of the job
    network: PictureStatistics,
    recipe: Recipe,
    train: Pictures,
    validation: Pictures,
    tests: Mapping[str, Pictures],
    on: Machine,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> Fitted:
    """Fit, and measure.

    The problem is convex: what comes out hangs on the figures alone, not on an order or a seed.

    Args:
        network: Changed in place.
        recipe: Says the weight decay and how often the pictures are augmented.
        train: Pictures with their weights.
        validation: Only measured.
        tests: The same of the test parts.
        on: Device and workers.
        tell: Told what was found.
        progress: Told pictures done, and of how many.

    Raises:
        UsageError: It does not converge.
    """
    network.to(on.device).eval()
    parts = []
    for epoch in range(recipe.epochs):
        train.set_epoch(epoch)
        parts.append(statistics_of(network, train, on, progress))
    figures, classes, weights = (np.concatenate(kind) for kind in zip(*parts, strict=True))
    steps = solve(network, figures, classes, weights, recipe.weight_decay)
    ai = recipe.labels.index(LABEL_AI)
    best = _measured(network, validation, on, ai)
    row = {f"validation_{name}": value for name, value in figures_of(best).items()}
    row |= {"epoch": float(recipe.epochs), "step": float(steps)}
    tell(f"validation: area under ROC {best.roc_auc or 0:.4f}, macro F1 {best.macro_f1:.4f}")
    measured = {name: _measured(network, part, on, ai) for name, part in tests.items()}
    return Fitted([row], best, steps, measured)


def solve(
    network: PictureStatistics,
    figures: Floats,
    classes: npt.NDArray[np.int64],
    weights: Floats,
    weight_decay: float,
) -> int:
    """Set what standardises the figures, and the layer on them.

    Args:
        network: Changed in place.
        figures: N x figures.
        classes: Output indices, N.
        weights: The weights of each picture, N.
        weight_decay: As in the recipe.

    Returns:
        Iterations.

    Raises:
        UsageError: It does not converge.
    """
    mean = np.average(figures, axis=0, weights=weights)
    spread = np.sqrt(np.average(np.square(figures - mean), axis=0, weights=weights))
    network.mean.copy_(torch.from_numpy(mean))
    network.spread.copy_(torch.from_numpy(np.maximum(spread, _LEAST_SPREAD)))
    solver = LogisticRegression(
        C=1 / (weight_decay * weights.sum()), tol=1e-6, max_iter=_MOST_ITERATIONS
    )
    solver.fit(_standardised(network, figures), classes, sample_weight=weights)
    steps = int(solver.n_iter_[0])
    if steps >= _MOST_ITERATIONS:
        msg = "the layer does not converge; a larger --set weight_decay= helps"
        raise UsageError(msg)
    # Two logits whose difference is the solver's one.
    rows = np.concatenate((-solver.coef_, solver.coef_)) / 2
    biases = np.concatenate((-solver.intercept_, solver.intercept_)) / 2
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(rows))
        network.head.bias.copy_(torch.from_numpy(biases))
    return steps


def statistics_of(
    network: PictureStatistics,
    pictures: Pictures,
    on: Machine,
    progress: Callable[[int, int], None],
) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """Figures (N x figures, float64), output indices and weights of pictures.

    A picture at a time, each on one thread: what comes out hangs on nothing else.
    """
    loader = DataLoader(pictures, batch_size=1, num_workers=on.workers)
    threads = available_cores() if on.device == "cpu" else 1
    before = torch.get_num_threads()
    torch.set_num_threads(1)

    def look(batch: Mapping[str, torch.Tensor]) -> Floats:
        with torch.inference_mode():
            figures = network.statistics(batch["pixel_values"].to(on.device))
        made: Floats = figures[0].cpu().double().numpy()
        return made

    rows, classes, weights = [], [], []

    def noted(batch: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        classes.append(int(batch["labels"]))
        weights.append(float(batch["weights"]))
        return batch

    try:
        with ThreadPoolExecutor(threads) as executor:
            for row in ordered_map(executor, look, map(noted, loader), 2 * threads):
                rows.append(row)
                progress(len(rows), len(pictures))
    finally:
        torch.set_num_threads(before)
    return np.stack(rows), np.array(classes), np.array(weights)


def _standardised(network: PictureStatistics, figures: Floats) -> Floats:
    with torch.inference_mode():
        rows = torch.from_numpy(figures).float().to(network.mean.device)
        made: Floats = network.standardised(rows).cpu().double().numpy()
    return made


def probabilities(network: PictureStatistics, figures: Floats) -> Floats:
    """Of each output, N x outputs, for ready figures."""
    with torch.inference_mode():
        rows = torch.from_numpy(_standardised(network, figures)).float().to(network.mean.device)
        made: Floats = torch.softmax(network.head(rows).cpu().double(), dim=1).numpy()
    return made


def _measured(network: PictureStatistics, pictures: Pictures, on: Machine, ai: int) -> Measures:
    figures, classes, _ = statistics_of(network, pictures, on, lambda *_: None)
    shares = probabilities(network, figures)
    return measure(Scored(classes == ai, shares.argmax(axis=1) == ai, shares[:, ai]))
