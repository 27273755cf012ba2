"""Figures against scikit-learn asked directly, and against what the systems published."""

import numpy as np
import pytest

sklearn_metrics = pytest.importorskip("sklearn.metrics")

from forensic_cli.evaluation.measures import (
    CALIBRATION_BINS,
    Scored,
    expected_calibration_error,
    measure,
)
from forensic_cli.evaluation.resampling import intervals, resampled


def random_set(generator: np.random.Generator) -> Scored:
    size = int(generator.integers(2, 200))
    is_ai = generator.random(size) < generator.random()
    p_ai = generator.random(size)
    if generator.random() < 0.5:
        p_ai = np.round(p_ai, int(generator.integers(1, 3)))  # ties
    return Scored(is_ai, p_ai >= 0.5, p_ai)


@pytest.mark.slow
def test_a_hundred_random_sets_equal_scikit_learn() -> None:
    generator = np.random.default_rng(305)
    both = 0
    for _ in range(100):
        scored = random_set(generator)
        got = measure(scored)
        truth, called = (~scored.is_ai).astype(int), (~scored.called_ai).astype(int)
        wanted = sklearn_metrics.precision_recall_fscore_support(
            truth, called, labels=[0, 1], zero_division=0.0
        )
        for place, one in enumerate((got.ai, got.real)):
            shown = (one.precision, one.recall, one.f1, one.support)
            assert shown == pytest.approx([figure[place] for figure in wanted], abs=1e-12)
        means = (got.macro_precision, got.macro_recall, got.macro_f1)
        assert means == pytest.approx([figure.mean() for figure in wanted[:3]], abs=1e-12)
        assert got.accuracy == pytest.approx(
            sklearn_metrics.accuracy_score(truth, called), abs=1e-12
        )
        assert np.array_equal(
            got.confusion, sklearn_metrics.confusion_matrix(truth, called, labels=[0, 1])
        )
        brier = sklearn_metrics.brier_score_loss(scored.is_ai, scored.p_ai, pos_label=True)
        assert got.brier == pytest.approx(brier, abs=1e-12)
        if len(set(truth)) == 1:
            assert got.roc_auc is None
            assert got.best_threshold is None
            continue
        both += 1
        area = sklearn_metrics.roc_auc_score(scored.is_ai, scored.p_ai)
        average = sklearn_metrics.average_precision_score(scored.is_ai, scored.p_ai)
        assert got.roc_auc == pytest.approx(area, abs=1e-12)
        assert got.average_precision == pytest.approx(average, abs=1e-12)
        assert got.best_threshold is not None
        cut = scored.p_ai >= got.best_threshold.p_ai
        assert got.best_threshold.macro_f1 == pytest.approx(
            sklearn_metrics.f1_score(scored.is_ai, cut, average="macro"), abs=1e-12
        )
        others = [
            sklearn_metrics.f1_score(scored.is_ai, scored.p_ai >= other, average="macro")
            for other in generator.choice(scored.p_ai, 1)
        ]
        assert got.best_threshold.macro_f1 >= max(others) - 1e-12
    assert both > 75


def test_resamples_have_scikit_learns_figures() -> None:
    generator = np.random.default_rng(1)
    for _ in range(50):
        scored = random_set(generator)
        size = len(scored)
        places = generator.integers(size, size=(4, size))
        counts = np.stack([np.bincount(row, minlength=size) for row in places])
        got = resampled(scored, counts)
        for number, row in enumerate(places):
            drawn = Scored(scored.is_ai[row], scored.called_ai[row], scored.p_ai[row])
            wanted = measure(drawn)
            assert got["accuracy"][number] == pytest.approx(wanted.accuracy, abs=1e-12)
            assert got["f1_ai"][number] == pytest.approx(wanted.ai.f1, abs=1e-12)
            assert got["macro_f1"][number] == pytest.approx(wanted.macro_f1, abs=1e-12)
            assert got["recall_real"][number] == pytest.approx(wanted.real.recall, abs=1e-12)
            assert got["brier"][number] == pytest.approx(wanted.brier, abs=1e-12)
            if wanted.roc_auc is None:
                assert not np.isfinite(got["roc_auc"][number])
            else:
                assert got["roc_auc"][number] == pytest.approx(wanted.roc_auc, abs=1e-12)
                assert got["average_precision"][number] == pytest.approx(
                    wanted.average_precision, abs=1e-12
                )


def test_intervals_hold_the_figure_and_come_out_the_same_again() -> None:
    generator = np.random.default_rng(2)
    is_ai = generator.random(400) < 0.5
    p_ai = np.clip(0.3 * is_ai + generator.random(400) * 0.7, 0, 1)
    scored = Scored(is_ai, p_ai >= 0.5, p_ai)
    first, again = intervals(scored, 500, 0), intervals(scored, 500, 0)
    assert first == again
    area = measure(scored).roc_auc
    assert area is not None
    assert first["roc_auc"].low < area < first["roc_auc"].high
    # The known width: an accuracy's standard error is the root of p (1 - p) / n.
    accuracy = measure(scored).accuracy
    width = first["accuracy"].high - first["accuracy"].low
    assert width == pytest.approx(2 * 1.96 * (accuracy * (1 - accuracy) / 400) ** 0.5, rel=0.15)


def test_calibration_error_by_hand() -> None:
    # Two bins: scores of 0.9 are right half the time, scores of 0.6 always.
    p_ai = np.array([0.9, 0.9, 0.4, 0.4])
    scored = Scored(np.array([True, False, False, False]), p_ai >= 0.5, p_ai)
    assert expected_calibration_error(scored) == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)
    assert CALIBRATION_BINS == 15


def from_confusion(ai_as_ai: int, ai: int, real_as_real: int, real: int) -> Scored:
    is_ai = np.repeat([True, False], [ai, real])
    called = np.repeat([True, False, True, False], [ai_as_ai, ai - ai_as_ai, real - real_as_real, real_as_real])  # fmt: skip  # noqa: E501
    return Scored(is_ai, called, np.where(called, 0.9, 0.1))


def test_the_table_that_the_aiornot_cnn_published() -> None:
    got = measure(from_confusion(round(0.5534 * 19338), 19338, round(0.8451 * 24104), 24104))
    shown = [round(v, 4) for v in (got.ai.precision, got.ai.recall, got.ai.f1)]
    assert shown == pytest.approx([0.7414, 0.5534, 0.6338], abs=1e-4)
    shown = [round(v, 4) for v in (got.real.precision, got.real.recall, got.real.f1)]
    assert shown == pytest.approx([0.7023, 0.8451, 0.7671], abs=1e-4)
    assert round(got.accuracy, 4) == pytest.approx(0.7153, abs=1e-4)
    assert round(got.macro_f1, 4) == pytest.approx(0.7004, abs=1e-4)
    assert (got.ai.support, got.real.support) == (19338, 24104)
