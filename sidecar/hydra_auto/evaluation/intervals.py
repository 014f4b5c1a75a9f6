"""Values with 95 % intervals from a bootstrap over groups: whole conversations or problems are redrawn.

A resample is a row of weights, how often each group was drawn, so that a thousand resamples are one matrix
product and no data are copied. The same seed draws the same groups for every statistic: differences of two
are paired. Groups that all agree tell a bootstrap nothing of what others would do; the interval of a share is
Clopper and Pearson's there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.stats import binomtest

RESAMPLES: Final = 1_000
CORRELATION_RESAMPLES: Final = 2_000
_LOW, _HIGH = 2.5, 97.5
_CELLS: Final = 1_000_000  # of a resamples x rows matrix that is worked on at once: 8 MB

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


def interval(value: float, resampled: Array) -> Interval:
    """``value`` with the percentiles of its resamples, float64 [resamples]."""
    low, high = np.percentile(resampled, (_LOW, _HIGH))
    return Interval(float(value), float(low), float(high))


def numbered(groups: Sequence[Hashable]) -> tuple[Array, int]:
    """Number of each row's group, int64 [rows], and how many groups there are."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], np.int64), len(numbers)


@lru_cache(maxsize=4)
def weights_of(count: int, seed: int, resamples: int) -> Array:
    """How often each of ``count`` groups is in each resample, float64 [resamples, count]; read it only."""
    drawn = np.random.default_rng(seed).integers(count, size=(resamples, count))
    drawn += np.arange(resamples)[:, None] * count
    return (
        np.bincount(drawn.ravel(), minlength=resamples * count).reshape(resamples, count).astype(np.float64)
    )


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
    numbers, count = numbered(groups)
    tops = np.bincount(numbers, np.asarray(above, np.float64), count)
    bottoms = np.bincount(numbers, np.asarray(below, np.float64), count)
    if bottoms.sum() <= 0:
        return NOTHING
    tops_drawn, bottoms_drawn = (weights_of(count, seed, RESAMPLES) @ np.stack([tops, bottoms], 1)).T
    drawn = bottoms_drawn > 0
    return interval(tops.sum() / bottoms.sum(), tops_drawn[drawn] / bottoms_drawn[drawn])


def interval_of_mean(values: Sequence[float], groups: Sequence[Hashable], seed: int) -> Interval:
    """Mean over rows; a share, if the values are truth values.

    A share of 0 or 1 gets the exact binomial interval of as many draws as there are groups: none of 200 is
    0 to 0.018.
    """
    found = interval_of_ratio(values, [1.0] * len(values), groups, seed)
    if not len(values) or np.asarray(values).dtype != bool or 0 < found.value < 1:
        return found
    count = len(set(groups))
    return Interval(found.value, *_exact_ends(round(found.value * count), count))


@lru_cache(maxsize=256)
def _exact_ends(successes: int, count: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval; remembered, because a root is searched for it."""
    exact = binomtest(successes, count).proportion_ci()
    return float(exact.low), float(exact.high)


def interval_of(
    statistic: Callable[[Array], float], groups: Sequence[Hashable], seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Any statistic of rows; slow, for what is no sum and no rank correlation.

    Args:
        statistic: Makes a number of row indices, int64 [n], in which rows recur.
        groups: Group of each row.
        seed: Of the resampling.
        resamples: How often.
    """
    if not len(groups):
        return NOTHING
    numbers, count = numbered(groups)
    order = np.argsort(numbers, kind="stable")
    blocks = np.split(order, np.cumsum(np.bincount(numbers, minlength=count))[:-1])
    rng = np.random.default_rng(seed)
    found = [
        statistic(np.concatenate([blocks[i] for i in rng.integers(count, size=count)]))
        for _ in range(resamples)
    ]
    return interval(statistic(np.arange(len(groups))), found)


class RankCorrelation(NamedTuple):
    """Spearman's rho of two columns and, in the same order for every pair of columns, of its resamples.

    ``orders`` is False if a column is constant. It then orders nothing, which is not a measured 0; in a
    resample, and for some of several columns, it counts as 0.
    """

    value: float
    resampled: Array
    orders: bool

    def interval(self) -> Interval | None:
        """Value and ends; None where nothing is ordered."""
        return interval(self.value, self.resampled) if self.orders else None

    def less(self, other: RankCorrelation) -> Interval | None:
        """By how much this one is larger, paired; None where one of them orders nothing."""
        if not (self.orders and other.orders):
            return None
        return interval(self.value - other.value, self.resampled - other.resampled)


def rank_correlations(
    one: Array, other: Array, groups: Sequence[Hashable], seed: int, resamples: int = CORRELATION_RESAMPLES
) -> RankCorrelation:
    """Spearman's rho over all rows, with ties; the mean of the columns' rho where there are several.

    Args:
        one: float64 [rows], or [rows, columns].
        other: Of the same shape.
        groups: Group of each row; at least one.
        seed: Of the resampling.
        resamples: How often.
    """
    numbers, count = numbered(groups)
    drawn = weights_of(count, seed, resamples)
    pairs = list(zip(np.atleast_2d(one.T), np.atleast_2d(other.T), strict=True))
    ranked = [(_Ranked(first), _Ranked(second)) for first, second in pairs]

    def rho(weights: Array) -> Array:
        return np.mean([_correlated(*pair, weights) for pair in ranked], axis=0)

    step = max(1, _CELLS // len(numbers))
    parts = [rho(drawn[start : start + step, numbers]) for start in range(0, resamples, step)]
    return RankCorrelation(
        value=float(rho(np.ones((1, len(numbers))))[0]),
        resampled=np.concatenate(parts),
        orders=any(first.orders and second.orders for first, second in ranked),
    )


class _Ranked:
    """A column sorted once; its ranks in a resample are then a matter of adding weights up."""

    def __init__(self, values: Array) -> None:
        _, self._place, counts = np.unique(values, return_inverse=True, return_counts=True)
        self._order = np.argsort(self._place, kind="stable")
        self._starts = np.cumsum(counts) - counts
        self.orders = len(counts) > 1

    def centred(self, weights: Array) -> Array:
        """Mid-ranks less their mean, float64 [resamples, rows]; rows that are not drawn have one, too."""
        tied = np.add.reduceat(weights[:, self._order], self._starts, axis=1)
        middle = np.cumsum(tied, axis=1) - tied / 2 - weights.sum(1, keepdims=True) / 2
        return middle[:, self._place]


def _correlated(one: _Ranked, other: _Ranked, weights: Array) -> Array:
    """Rho of each resample; 0 where one column is constant, because it then orders nothing."""
    first, second = one.centred(weights), other.centred(weights)
    weighted = weights * first
    both = (weighted * second).sum(1)
    spread = np.sqrt((weighted * first).sum(1) * (weights * second * second).sum(1))
    return np.divide(both, spread, out=np.zeros_like(both), where=spread > 0)


class Concordance(NamedTuple):
    """How often the larger value is with the higher grade, over pairs of different grades.

    Attributes:
        value: Share of pairs in that order, ties counting half, in [0, 1]: the area under the ROC curve where
            there are two grades, and (Somers' D + 1) / 2.
        resampled: The same of each resample, float64 [resamples].
        tied: Share of pairs whose values are equal; Goodman and Kruskal's gamma is D / (1 - tied).
        pairs: How many pairs have different grades.
    """

    value: float
    resampled: Array
    tied: float
    pairs: int

    def interval(self) -> Interval | None:
        """Value and ends; None where all values are equal and order nothing."""
        return interval(self.value, self.resampled) if self.tied < 1 else None


def concordance(
    values: Array, grades: Array, groups: Sequence[Hashable], seed: int, resamples: int = RESAMPLES
) -> Concordance | None:
    """How well ``values`` order ``grades``; None if all grades are the same.

    Pairs are looked at all at once: it takes memory with the square of the rows.

    Args:
        values: float64 [rows].
        grades: float64 [rows].
        groups: Group of each row.
        seed: Of the resampling.
        resamples: How often.
    """
    higher = grades[:, None] < grades[None, :]  # the column's
    if not higher.any():
        return None
    risen = np.sign(values[None, :] - values[:, None])
    of_groups = _summed_by_group(np.stack([higher, higher * (risen + 1) / 2]), groups)
    weights = weights_of(of_groups.shape[1], seed, resamples)
    pairs, ordered = ((weights @ of_groups) * weights).sum(2)
    whole = of_groups.sum((1, 2))
    return Concordance(
        value=float(whole[1] / whole[0]),
        resampled=ordered[pairs > 0] / pairs[pairs > 0],
        tied=float((risen[higher] == 0).mean()),
        pairs=int(whole[0]),
    )


def _summed_by_group(of_pairs: Array, groups: Sequence[Hashable]) -> Array:
    """Sums over the pairs of two groups, float64 [k, groups, groups], of float64 [k, rows, rows]."""
    numbers, count = numbered(groups)
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], np.arange(count))
    by_column = np.add.reduceat(of_pairs[:, :, order], starts, axis=2)
    return np.add.reduceat(by_column[:, order], starts, axis=1)
