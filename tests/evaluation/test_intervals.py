from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from hydra_auto.evaluation.intervals import (
    NOTHING,
    interval_of,
    interval_of_correlation,
    interval_of_mean,
    interval_of_ratio,
    rank_correlation,
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


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(2).random(30)
    assert interval_of_mean(values, range(30), 7) == interval_of_mean(values, range(30), 7)


def test_rank_correlation_is_spearmans_with_ties():
    rng = np.random.default_rng(3)
    one, other = rng.integers(0, 5, 200), rng.random(200)
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0]])
def test_what_orders_nothing_correlates_with_nothing(values):
    assert rank_correlation(values, list(range(len(values)))) == 0.0


def test_a_clear_order_has_an_interval_near_one():
    found = interval_of_correlation(list(range(50)), [i**2 for i in range(50)], list(range(50)), 1)
    assert found.value == pytest.approx(1.0)
    assert found.low > 0.99
