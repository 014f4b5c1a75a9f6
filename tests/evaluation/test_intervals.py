from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import somersd, spearmanr
from sklearn.metrics import roc_auc_score

from hydra_auto.evaluation.intervals import (
    NOTHING,
    concordance,
    interval_of,
    interval_of_mean,
    interval_of_ratio,
    rank_correlations,
    weights_of,
)


def test_the_interval_of_a_mean_holds_it_and_narrows_with_more_groups():
    rng = np.random.default_rng(1)
    few, many = rng.random(20), rng.random(2_000)
    narrow, wide = (interval_of_mean(v, range(len(v)), 1) for v in (many, few))
    assert wide.low < wide.value < wide.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3


def test_rows_of_one_group_count_as_one_draw():
    values = [0.0] * 50 + [1.0] * 50
    apart = interval_of_mean(values, range(100), 1)
    together = interval_of_mean(values, ["a"] * 50 + ["b"] * 50, 1)
    assert (together.low, together.high) == (0.0, 1.0)
    assert apart.high < 0.65


def test_a_ratio_is_of_the_sums():
    found = interval_of_ratio([1.0, 9.0], [1.0, 4.0], ["a", "b"], 1)
    assert found.value == 2.0
    assert (found.low, found.high) == (1.0, 2.25)


def test_nothing_measured_is_nothing():
    assert interval_of_mean([], [], 1) == NOTHING
    assert interval_of_ratio([0.0], [0.0], ["a"], 1) == NOTHING
    assert interval_of(lambda rows: float(len(rows)), [], 1) == NOTHING


@pytest.mark.parametrize(
    ("groups", "ends"), [(range(200), (0.0, 0.0183)), ([i // 10 for i in range(200)], (0.0, 0.1684))]
)
def test_a_share_that_all_groups_agree_on_is_as_uncertain_as_so_many_draws(groups, ends):
    never = interval_of_mean([False] * 200, list(groups), 1)
    always = interval_of_mean([True] * 200, list(groups), 1)
    assert (never.value, always.value) == (0.0, 1.0)
    assert (never.low, never.high) == pytest.approx(ends, abs=1e-4)
    assert (always.low, always.high) == pytest.approx((1 - ends[1], 1.0), abs=1e-4)


def test_other_shares_and_other_numbers_keep_the_bootstrap():
    once = [True] + [False] * 199
    assert interval_of_mean(once, range(200), 1) == interval_of_mean([float(v) for v in once], range(200), 1)
    assert interval_of_mean([0.0] * 200, range(200), 1) == (0.0, 0.0, 0.0)
    assert interval_of_mean([1.0] * 200, range(200), 1) == (1.0, 1.0, 1.0)
    assert interval_of_mean(np.array([], bool), [], 1) == NOTHING


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(2).random(30)
    assert interval_of_mean(values, range(30), 7) == interval_of_mean(values, range(30), 7)


GROUPS = [i // 3 for i in range(90)]  # three rows each


def columns():
    rng = np.random.default_rng(3)
    one = rng.integers(0, 5, 90) / 4  # many ties
    return one, one + rng.normal(0, 1, 90)


def test_rank_correlation_is_spearmans_with_ties():
    one, other = columns()
    assert rank_correlations(one, other, GROUPS, 1).value == pytest.approx(spearmanr(one, other).statistic)


def test_every_resample_is_spearmans_of_the_rows_drawn():
    one, other = columns()
    found = rank_correlations(one, other, GROUPS, 1, 50).resampled
    drawn = weights_of(30, 1, 50)
    assert (drawn.sum(1) == 30).all()
    for weights, rho in zip(drawn, found, strict=True):
        rows = [i for i, group in enumerate(GROUPS) for _ in range(int(weights[group]))]
        assert rho == pytest.approx(spearmanr(one[rows], other[rows]).statistic)


def test_large_columns_are_worked_on_in_parts(monkeypatch):
    one, other = columns()
    whole = rank_correlations(one, other, GROUPS, 1)
    monkeypatch.setattr("hydra_auto.evaluation.intervals._CELLS", 1_000)
    parts = rank_correlations(one, other, GROUPS, 1)
    assert parts.resampled == pytest.approx(whole.resampled)


def test_of_several_columns_it_is_the_mean():
    one, other = columns()
    both = rank_correlations(np.stack([one, -one], 1), np.stack([other, other], 1), GROUPS, 1)
    assert both.value == pytest.approx(0.0)
    assert both.resampled == pytest.approx(np.zeros(len(both.resampled)))


def test_a_difference_is_paired():
    one, other = columns()
    found = rank_correlations(one, other, GROUPS, 1)
    assert found.less(found) == (0.0, 0.0, 0.0)  # a difference was measured, and there is none
    worse = rank_correlations(np.roll(one, 1), other, GROUPS, 1)
    assert found.less(worse).low > 0


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0, 2.0]])
def test_what_orders_nothing_has_no_correlation(values):
    rows = np.arange(len(values))
    constant = rank_correlations(np.array(values), rows, rows, 1)
    assert constant.value == 0.0
    assert constant.interval() is None
    assert rank_correlations(rows, np.array(values), rows, 1).interval() is None


def test_nothing_is_ahead_of_or_behind_a_constant():
    rows = np.arange(30)
    ordered, constant = (rank_correlations(one, rows, rows, 1) for one in (rows, np.ones(30)))
    assert ordered.less(constant) is None
    assert constant.less(ordered) is None


def test_one_column_that_orders_something_is_enough():
    rows = np.arange(30)
    both = rank_correlations(np.stack([rows, np.ones(30)], 1), np.stack([rows, rows], 1), rows, 1)
    found = both.interval()
    assert found is not None
    assert found.value == pytest.approx(0.5)


def test_a_clear_order_has_an_interval_near_one():
    rows = np.arange(50)
    found = rank_correlations(rows, rows**2, rows, 1).interval()
    assert found.value == pytest.approx(1.0)
    assert found.low > 0.99


def test_concordance_is_somers_d_of_the_values_given_the_grades():
    one, other = columns()
    grades = np.digitize(other, [-0.5, 0.5, 1.0])
    found = concordance(one, grades, GROUPS, 1)
    assert 2 * found.value - 1 == pytest.approx(somersd(grades, one).statistic)
    assert found.pairs == sum(a < b for a in grades for b in grades)
    assert 0 < found.tied < 0.5


def test_concordance_of_two_grades_is_the_area_under_the_roc_curve_in_every_resample():
    one, other = columns()
    grades = (other > 0.5).astype(float)
    groups = [i % 30 for i in range(90)]  # apart from one another
    found = concordance(one, grades, groups, 1, 50)
    assert found.value == pytest.approx(roc_auc_score(grades, one))
    for weights, share in zip(weights_of(30, 1, 50), found.resampled, strict=True):
        rows = [i for i, group in enumerate(groups) for _ in range(int(weights[group]))]
        assert share == pytest.approx(roc_auc_score(grades[rows], one[rows]))


def test_concordance_needs_two_grades_and_values_that_differ():
    rows = np.arange(10.0)
    assert concordance(rows, np.ones(10), rows, 1) is None
    constant = concordance(np.ones(10), rows, rows, 1)
    assert (constant.value, constant.tied, constant.interval()) == (0.5, 1.0, None)
    low, high = concordance(rows, rows, rows, 1).interval()[1:]
    assert (low, high) == (1.0, 1.0)


def test_the_order_of_rows_does_not_matter_to_concordance():
    one, other = columns()
    mixed = np.random.default_rng(5).permutation(90)
    groups = [GROUPS[i] for i in mixed]
    assert concordance(one[mixed], other[mixed], groups, 1).value == pytest.approx(
        concordance(one, other, GROUPS, 1).value
    )
