from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from scipy.special import expit, logit

from hydra_auto.training.annotations import PARALLEL, REAL, Item
from hydra_auto.training.calibration import (
    Calibration,
    calibrated,
    calibration_error,
    fit,
    floor_of,
    text_weights,
    uncalibrated,
)
from hydra_auto.training.metrics import numbers

pytestmark = pytest.mark.train


@pytest.fixture
def aims():
    return np.random.default_rng(0).beta(1, 2, (40_000, 4)).clip(0.01, 0.99)


EQUAL = np.full(40_000, 1 / 40_000)


def test_calibration_undoes_shrinking_and_shifting(aims):
    shrunk = expit(0.5 * logit(aims) - 0.3)
    found = fit(shrunk, aims, EQUAL, prior_texts=0)
    assert found.scale == pytest.approx([2.0] * 4, rel=0.02)
    assert found.shift == pytest.approx([0.6] * 4, abs=0.03)


def test_calibrated_predictions_are_left_alone(aims):
    found = fit(aims, aims, EQUAL)
    assert found.scale == pytest.approx([1.0] * 4, rel=0.02)
    assert found.shift == pytest.approx([0.0] * 4, abs=0.02)


@tries(max_examples=15)
@example(rows=[(0.0, 0.0, 1.0), (1.0, 0.0, 1.0)], prior_texts=0.0)  # nothing is needed whatever the level
@given(
    rows=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 1)), min_size=2, max_size=8),
    prior_texts=st.sampled_from([0.0, 1.0, 400.0]),
)
def test_a_calibration_keeps_the_order_whatever_it_was_fitted_on(rows, prior_texts):
    levels, aims, weights = np.array(rows).T
    found = fit(levels[:, None], aims[:, None], weights / weights.sum(), prior_texts)
    said = logit(np.linspace(0.001, 0.999, 50))
    calibrated = expit(found.scale[0] * said + found.shift[0])
    calibrated[calibrated <= found.floor[0]] = 0.0
    assert found.scale[0] > 0
    assert (np.diff(calibrated) >= 0).all()


def test_few_texts_move_little(aims):
    few = aims[:100]
    assert fit(expit(0.5 * logit(few)), few, EQUAL[:100] * 400).scale == pytest.approx([1.0] * 4, abs=0.1)


def test_texts_without_weight_do_not_count(aims):
    said = np.concatenate([expit(0.5 * logit(aims)), aims])
    weights = np.concatenate([EQUAL, np.zeros(40_000)])
    assert fit(said, np.concatenate([aims, aims]), weights, prior_texts=0).scale == pytest.approx(
        [2.0] * 4, rel=0.02
    )


def test_real_and_chat_messages_count_the_same_and_high_ones_more():
    def item(source, name, level, languages):
        return Item(
            source=source,
            set_name=source,
            item_id=name,
            texts=dict.fromkeys(languages, name),
            requirements=(level, 0.0, 0.0, 0.0),
        )

    items = [
        item(REAL, "a", 0.0, ["en"]),
        item(REAL, "b", 1.0, ["ru"]),
        item(PARALLEL, "c", 0.0, ["en", "de"]),
    ]
    assert text_weights(items, 0.0) == pytest.approx([0.25, 0.25, 0.25, 0.25])
    assert text_weights(items, 2.0) == pytest.approx([1 / 6, 3 / 6, 1 / 6, 1 / 6])


def test_the_numbers_of_a_perfect_prediction_are_perfect(aims):
    found = numbers(aims, aims)
    assert found["spearman_mean"] == pytest.approx(1.0)
    assert found["mean_absolute_error"] == 0.0
    assert found["high_found"] == found["high_right"] == 1.0


def test_a_constant_prediction_orders_nothing(aims):
    found = numbers(aims, np.full_like(aims, 0.3))
    assert found["spearman_mean"] == found["spearman_largest"] == 0.0


def test_the_floor_is_where_half_of_the_messages_need_nothing():
    levels = np.linspace(0.001, 0.1, 100)
    weights = np.full(100, 0.01)
    mostly_nothing = np.where(np.arange(100) < 20, 0.0, levels)
    assert floor_of(levels, mostly_nothing, weights) == pytest.approx(0.020)
    assert floor_of(levels, np.where(np.arange(100) == 5, 0.0, levels), weights) == 0.0


def test_a_floor_stays_below_a_step_of_the_rubric():
    levels = np.linspace(0.001, 0.5, 100)
    assert floor_of(levels, np.zeros(100), np.full(100, 0.01)) == 0.05


def test_texts_without_weight_move_no_floor():
    levels = np.linspace(0.001, 0.1, 100)
    weights = np.where(np.arange(100) < 20, 0.0, 1.0)
    assert floor_of(levels, np.where(np.arange(100) < 20, 0.0, levels), weights) < 0.021
    assert floor_of(levels, np.where(np.arange(100) < 50, 0.0, levels), weights) == pytest.approx(0.05)


def test_undoing_a_calibration_takes_nothing_for_half_the_floor():
    found = Calibration((1.0,) * 4, (0.0,) * 4, (0.04,) * 4)
    assert uncalibrated(np.zeros((3, 4)), found) == pytest.approx(np.full((3, 4), 0.02))


def test_undoing_a_calibration_gives_what_the_heads_said(aims):
    said = expit(0.5 * logit(aims) - 0.3)
    found = fit(said, aims, EQUAL)
    stretched = expit(logit(said) * np.array(found.scale) + np.array(found.shift))
    assert uncalibrated(stretched, found) == pytest.approx(said, abs=1e-6)


def test_calibrated_levels_are_stretched_and_nothing_up_to_the_floor():
    found = Calibration((2.0,) * 4, (0.0, 0.0, 2.0, 2.0), (0.0, 0.04, 0.04, 0.2))
    said = np.full((1, 4), 0.1)
    doubled = 0.01 / (0.01 + 0.81)  # odds of 1 to 9, squared
    shifted = expit(logit(doubled) + 2)
    assert doubled < 0.04 < shifted < 0.2
    assert calibrated(said, found)[0] == pytest.approx([doubled, 0.0, shifted, 0.0])


def test_without_a_shift_only_the_scale_is_fitted(aims):
    found = fit(expit(0.5 * logit(aims)), aims, EQUAL, prior_texts=0, shifting=False)
    assert found.scale == pytest.approx([2.0] * 4, rel=0.02)
    assert found.shift == (0.0,) * 4


def test_calibration_error_is_the_gap_within_bins():
    levels = np.full((10, 4), 0.35)
    aims = np.full((10, 4), 0.55)
    assert calibration_error(levels, aims) == {"brier": [0.04] * 4, "ece": [0.2] * 4}
    assert calibration_error(aims, aims)["ece"] == [0.0] * 4
