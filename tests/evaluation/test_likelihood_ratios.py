"""Scores as likelihood ratios: figures equal to those of an independent implementation.

The golden numbers are from lir 0.1.29 (Netherlands Forensic Institute), taken once.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

from forensic_cli.evaluation.likelihood_ratios import (
    LN10,
    best_monotone,
    bounds,
    cllr,
    cross_entropy,
    devpav,
    likelihood_figures,
)
from forensic_cli.finished_run.details import log_odds_by
from tests.evaluation.test_error_rates import run_of
from tests.support.models import ModelMaker
from tests.support.running import Runner

REAL = (-3.1, -2.4, -2.2, -1.7, -1.5, -0.9, -0.6, -0.4, 0.2, 0.9)
AI = (-1.1, -0.3, 0.1, 0.5, 0.8, 1.2, 1.6, 2.3, 2.9, 3.8)
LOG_LR = np.array([*REAL, *AI]) * 0.8 + 0.1
IS_AI = np.array([False] * 10 + [True] * 10)


def test_golden_figures() -> None:
    found = likelihood_figures(LOG_LR, IS_AI)
    assert found is not None
    assert found.cllr == pytest.approx(0.6264935892902201, abs=1e-14)
    assert found.cllr_min == pytest.approx(0.43774437510817343, abs=1e-14)
    assert found.devpav == pytest.approx(0.19667979802863622, abs=1e-14)
    assert found.bounds == pytest.approx((-0.54721105, 0.59932204), abs=1e-5)  # theirs: a grid


@pytest.mark.parametrize(
    ("log10_odds", "cost"),
    [(-1, 0.2952078477832648), (0, 0.6264935892902201), (0.5, 0.5151659103926493),
     (2, 0.06301316516876036)],
)  # fmt: skip
def test_golden_cross_entropy(log10_odds: float, cost: float) -> None:
    assert cross_entropy(LOG_LR, IS_AI, log10_odds) == pytest.approx(cost, abs=1e-14)


def test_saying_nothing_costs_one_bit() -> None:
    assert cllr(np.zeros(20), IS_AI) == 1
    assert bounds(np.zeros(20), IS_AI) == (0, 0)


def test_misleading_ratios_cost_more_than_one_bit() -> None:
    assert cllr(-LOG_LR * 3, IS_AI) > 1


def test_the_best_monotone_change_knows_ranks_only() -> None:
    best = best_monotone(LOG_LR, IS_AI)
    assert np.array_equal(best, best_monotone(np.exp(LOG_LR), IS_AI))
    ordered = best[np.argsort(LOG_LR)]
    assert (ordered[1:] >= ordered[:-1]).all()
    assert cllr(best, IS_AI) <= min(cllr(LOG_LR * scale, IS_AI) for scale in (0.3, 0.7, 1, 2))


def test_the_distance_of_what_is_calibrated_is_zero() -> None:
    line = np.linspace(-2, 2, 9)
    assert devpav(line, line) == 0
    assert devpav(line, line + LN10) == pytest.approx(1)
    assert devpav(line, -line) == pytest.approx(np.abs(2 * line / LN10).mean(), rel=0.2)
    assert devpav(np.ones(3), np.ones(3)) is None


def test_more_pictures_bear_larger_ratios() -> None:
    rng = np.random.default_rng(7)
    widths = []
    for count in (20, 200, 2000):
        is_ai = np.arange(2 * count) < count
        log_lr = rng.normal(np.where(is_ai, 4, -4), math.sqrt(8))  # calibrated by construction
        low, high = bounds(log_lr, is_ai)
        assert low < 0 < high <= math.log10(count + 1)
        widths.append(high - low)
    assert widths == sorted(widths)


def test_one_class_has_none() -> None:
    assert likelihood_figures(LOG_LR[:10], IS_AI[:10]) is None


@pytest.mark.parametrize(
    ("labels", "activation", "logits", "odds"),
    [
        ((0, 1), "softmax", [2.0, -1.0], 3.0),
        ((1, 0), "softmax", [2.0, -1.0], -3.0),
        ((1, 0), "sigmoid", [2.5], 2.5),
        ((0, 1), "sigmoid", [2.5], -2.5),
        ((0, 1, 0), "softmax", [1.0, 1.0, 1.0], math.log(2)),
        ((0, 1), "softmax", [800.0, -800.0], 1600.0),
    ],
)
def test_log_odds_of_ai(
    labels: tuple[int, ...], activation: str, logits: list[float], odds: float
) -> None:
    card = {"classes": [{"label": one} for one in labels], "activation": activation}
    assert log_odds_by(card)(logits) == pytest.approx(odds, abs=1e-12)


def test_they_come_from_the_logits_of_the_run(
    dfc: Runner, tmp_path: Path, make_model: ModelMaker
) -> None:
    result, labels = run_of(dfc, tmp_path, make_model(), ("png", "png"))
    plots = tmp_path / "plots"
    done = dfc("evaluate", result, "--labels", labels, "--plots", plots, "--bootstrap", 20)
    assert "Cllr (0 perfect, 1 says nothing, more misleads)" in done.out
    for name in ("tippett.png", "pav.png", "cross_entropy.png"):
        assert (plots / name).stat().st_size > 2000
    found = json.loads(dfc("evaluate", result, "--labels", labels, "--json").out)
    assert found["likelihood_ratios"]["cllr"] > 0
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "r.csv").write_bytes(result.read_bytes())
    found = json.loads(dfc("evaluate", alone / "r.csv", "--labels", labels, "--json").out)
    assert found["likelihood_ratios"] is None
