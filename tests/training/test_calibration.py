from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from hydra_auto.training.calibration import fit
from hydra_auto.training.metrics import numbers

pytestmark = pytest.mark.train


@pytest.fixture
def aims():
    return np.random.default_rng(0).beta(1, 2, (400, 4)).clip(0.01, 0.99)


def test_calibration_undoes_shrinking_and_shifting(aims):
    shrunk = expit(0.5 * logit(aims) - 0.3)
    found = fit(shrunk, aims)
    assert found.scale == pytest.approx([2.0] * 4, rel=0.02)
    assert found.shift == pytest.approx([0.6] * 4, abs=0.03)


def test_calibrated_predictions_are_left_alone(aims):
    found = fit(aims, aims)
    assert found.scale == pytest.approx([1.0] * 4, rel=0.02)
    assert found.shift == pytest.approx([0.0] * 4, abs=0.02)


def test_the_numbers_of_a_perfect_prediction_are_perfect(aims):
    found = numbers(aims, aims)
    assert found["spearman_mean"] == pytest.approx(1.0)
    assert found["mean_absolute_error"] == 0.0
    assert found["high_found"] == found["high_right"] == 1.0


def test_a_constant_prediction_orders_nothing(aims):
    found = numbers(aims, np.full_like(aims, 0.3))
    assert found["spearman_mean"] == found["spearman_largest"] == 0.0
