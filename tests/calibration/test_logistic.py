"""The line that a calibration is, and what is known of its uncertainty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic_cli.calibration.logistic import Flags, Floats, Line, fit
from forensic_cli.errors import LabelsError


def drawn(
    seed: int, each: int = 30, sources: int = 12, common: float = 0.5
) -> tuple[Floats, Flags, list[str]]:
    """Log odds of pictures that are alike within a source."""
    rng = np.random.default_rng(seed)
    is_ai = np.repeat(np.arange(sources) % 2 == 0, each)
    shift = np.repeat(rng.normal(0, common, sources), each)
    log_odds = np.where(is_ai, 1.0, -1.0) + shift + rng.normal(0, 1, sources * each)
    return log_odds, is_ai, [f"s{k}" for k in np.repeat(np.arange(sources), each)]


def test_it_is_scikit_learns_without_a_penalty() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    log_odds, is_ai, sources = drawn(1)
    is_ai[-17:] = False
    line = fit(log_odds, is_ai, sources)
    weights = np.where(is_ai, 0.5 / is_ai.sum(), 0.5 / (~is_ai).sum())
    theirs = linear_model.LogisticRegression(C=1e12, tol=1e-12, max_iter=10_000)
    theirs.fit(log_odds[:, None], is_ai, sample_weight=weights * len(is_ai))
    assert line.intercept == pytest.approx(float(theirs.intercept_[0]), abs=1e-5)
    assert line.slope == pytest.approx(float(theirs.coef_[0, 0]), abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(0.2, 5), copies=st.integers(1, 4), seed=st.integers(0, 99))
def test_what_must_not_change_it(scale: float, copies: int, seed: int) -> None:
    log_odds, is_ai, sources = drawn(seed)
    line = fit(log_odds, is_ai, sources)
    scaled = fit(log_odds * scale, is_ai, sources)
    assert scaled.slope * scale == pytest.approx(line.slope, rel=1e-6)
    assert scaled.intercept == pytest.approx(line.intercept, abs=1e-6)
    # More pictures of one class of the same kind do not move it: classes weigh alike.
    more = np.concatenate([log_odds, *[log_odds[is_ai]] * copies])
    truth = np.concatenate([is_ai, *[is_ai[is_ai]] * copies])
    names = [*sources, *[name for name, ai in zip(sources, is_ai, strict=True) if ai] * copies]
    assert fit(more, truth, names).slope == pytest.approx(line.slope, rel=1e-6)
    order = np.random.default_rng(seed).permutation(len(log_odds))
    shuffled = fit(log_odds[order], is_ai[order], [sources[k] for k in order])
    assert shuffled.slope == pytest.approx(line.slope, rel=1e-9)
    assert shuffled.covariance == pytest.approx(line.covariance, rel=1e-6, abs=1e-12)


def test_scores_that_say_nothing_give_a_ratio_of_one() -> None:
    rng = np.random.default_rng(3)
    is_ai = np.arange(4000) % 2 == 0
    line = fit(rng.normal(0, 2, 4000), is_ai, [str(k) for k in range(4000)])
    assert abs(line.log_lr(2.0)) < 0.2


def test_the_interval_is_as_wide_as_other_sources_make_it() -> None:
    """Against lines fitted to fresh sources; pictures alone would make it far too narrow."""
    widths, lines = [], []
    for seed in range(200):
        line = fit(*drawn(seed, sources=40))
        widths.append(line.half_width(2.0) / 1.96)
        lines.append(line.log_lr(2.0))
    assert np.mean(widths) == pytest.approx(np.std(lines), rel=0.15)
    alone = fit(*drawn(0, sources=40)[:2], [str(k) for k in range(1200)])
    assert alone.half_width(2.0) < 0.75 * np.mean(widths) * 1.96


def test_separated_classes_have_no_line() -> None:
    log_odds = np.array([-3.0, -2, -1, 1, 2, 3])
    with pytest.raises(LabelsError, match="separate the known pictures completely"):
        fit(log_odds, log_odds > 0, list("abcdef"))


def test_the_half_width() -> None:
    line = Line(0.1, 0.5, (0.04, -0.01, 0.09))
    assert line.half_width(2.0) == pytest.approx(1.959964 * (0.04 - 0.04 + 0.36) ** 0.5, rel=1e-6)
