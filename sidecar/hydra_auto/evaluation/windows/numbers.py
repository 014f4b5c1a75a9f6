"""Numbers of ``eval windows``: one reading of the messages against the annotation, and against another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.intervals import Interval, RankCorrelation, interval_of_mean, rank_correlations
from hydra_auto.training.annotations import Item

Array = Any  # float64 or int64; its shape is in the docstrings


class Reference:
    """The served rule's reading of some messages, which others are held against."""

    def __init__(
        self, items: Sequence[Item], tokens: Array, levels: Array, choosers: Sequence[Chooser], seed: int
    ) -> None:
        """Computes what every comparison needs.

        Args:
            items: The messages.
            tokens: Length of each, int64 [messages].
            levels: What the served rule makes of them, float64 [messages, 4].
            choosers: Whose decisions to compare.
            seed: Of the resampling.
        """
        self._aims = np.array([item.requirements for item in items], np.float64)
        self._groups = [item.group for item in items]
        self._tokens = tokens
        self._levels = levels
        self._choosers = choosers
        self._seed = seed
        self._errors = differences(self._aims, levels)
        self._spearman = self._correlations(levels)

    def compare(self, levels: Array) -> dict[str, Any]:
        """Numbers of another reading of the same messages, float64 [messages, 4]."""
        errors = differences(self._aims, levels)
        spearman = self._correlations(levels)
        less = {name: rho.less(self._spearman[name]) for name, rho in spearman.items()}
        return {
            **{name: _rounded(rho.interval()) for name, rho in spearman.items()},
            "error": mean_of(errors, self._groups, self._seed),
            "against_served": {
                **{name: _rounded(found) for name, found in less.items()},
                "error": mean_of(errors - self._errors, self._groups, self._seed),
            },
            "changed": changed(self._choosers, self._levels, levels, self._tokens, self._groups, self._seed),
        }

    def _correlations(self, levels: Array) -> dict[str, RankCorrelation]:
        largest = self._aims.max(1), levels.max(1)
        return {
            "spearman_mean": rank_correlations(self._aims, levels, self._groups, self._seed),
            "spearman_largest": rank_correlations(*largest, self._groups, self._seed),
        }


def _rounded(found: Interval | None) -> list[float] | None:
    return found.rounded() if found else None


def differences(one: Array, other: Array) -> Array:
    """Mean over the heads of the absolute difference, float64 [messages], of two [messages, 4]."""
    return np.abs(one - other).mean(1)


def mean_of(values: Array, groups: Sequence[str], seed: int) -> list[float]:
    """Mean of a number, or share of a truth value, a message: [value, low, high]."""
    return interval_of_mean(values, groups, seed).rounded()


def changed(
    choosers: Sequence[Chooser], one: Array, other: Array, tokens: Array, groups: Sequence[str], seed: int
) -> dict[str, dict[str, list[float]]]:
    """Share of messages that go to another model by the other levels, by pool and regime.

    Args:
        choosers: Who may be chosen.
        one: Requirements, float64 [messages, 4].
        other: Of the same shape.
        tokens: Length of each message, by which both are priced, int64 [messages].
        groups: Group of each message.
        seed: Of the resampling.
    """
    return {
        chooser.name: {
            regime.value: mean_of(
                chooser.choose(one, tokens, regime) != chooser.choose(other, tokens, regime), groups, seed
            )
            for regime in Regime
        }
        for chooser in choosers
    }
