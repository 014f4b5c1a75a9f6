"""Values with 95 % intervals from a bootstrap over groups: whole conversations or problems are redrawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.stats import rankdata

RESAMPLES: Final = 1_000
_LOW, _HIGH = 2.5, 97.5

Array = Any  # a float or int array; its shape is in the docstrings


class Interval(NamedTuple):
    """A value with the ends of its 95 % interval; all three are 0 where there was nothing to measure."""

    value: float
    low: float
    high: float

    def rounded(self, digits: int = 4) -> list[float]:
        """For JSON."""
        return [round(float(part), digits) for part in self]


NOTHING: Final = Interval(0.0, 0.0, 0.0)


def _numbered(groups: Sequence[Hashable]) -> tuple[Array, int]:
    """Number of each row's group, int64 [rows], and how many groups there are."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], np.int64), len(numbers)


def interval_of_ratio(
    above: Sequence[float], below: Sequence[float], groups: Sequence[Hashable], seed: int
) -> Interval:
    """Sum of ``above`` divided by sum of ``below``.

    Args:
        above: One number a row.
        below: One number >= 0 a row.
        groups: Group of each row.
        seed: Of the resampling.
    """
    if not len(above):
        return NOTHING
    numbers, count = _numbered(groups)
    tops = np.bincount(numbers, np.asarray(above, np.float64), count)
    bottoms = np.bincount(numbers, np.asarray(below, np.float64), count)
    if bottoms.sum() <= 0:
        return NOTHING
    drawn = np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
    totals = bottoms[drawn].sum(1)
    ratios = tops[drawn].sum(1)[totals > 0] / totals[totals > 0]
    low, high = np.percentile(ratios, (_LOW, _HIGH))
    return Interval(float(tops.sum() / bottoms.sum()), float(low), float(high))


def interval_of_mean(values: Sequence[float], groups: Sequence[Hashable], seed: int) -> Interval:
    """Mean over rows."""
    return interval_of_ratio(values, [1.0] * len(values), groups, seed)


def interval_of(
    statistic: Callable[[Array], float], groups: Sequence[Hashable], seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Any statistic of rows.

    Args:
        statistic: Makes a number of row indices, int64 [n], in which rows recur.
        groups: Group of each row.
        seed: Of the resampling.
        resamples: How often.
    """
    if not len(groups):
        return NOTHING
    numbers, count = _numbered(groups)
    order = np.argsort(numbers, kind="stable")
    blocks = np.split(order, np.cumsum(np.bincount(numbers, minlength=count))[:-1])
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        drawn = rng.integers(count, size=count)
        is_single = count == len(numbers)  # then a group is its row
        found.append(statistic(drawn if is_single else np.concatenate([blocks[i] for i in drawn])))
    low, high = np.percentile(found, (_LOW, _HIGH))
    return Interval(float(statistic(np.arange(len(groups)))), float(low), float(high))


def rank_correlation(one: Array, other: Array) -> float:
    """Spearman's rho of two vectors; 0 where one is constant, because it then orders nothing."""
    if len(one) < 2:  # noqa: PLR2004 - two points make an order
        return 0.0
    first, second = rankdata(one), rankdata(other)  # spearmanr does the same, five times slower
    first, second = first - first.mean(), second - second.mean()
    spread = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / spread if spread > 0 else 0.0


def interval_of_correlation(
    one: Sequence[float], other: Sequence[float], groups: Sequence[Hashable], seed: int, resamples: int = 300
) -> Interval:
    """Spearman's rho of two columns, one number a row."""
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return interval_of(lambda rows: rank_correlation(first[rows], second[rows]), groups, seed, resamples)
