"""Decisions about many messages at once: the matching of `core.matcher`, as array operations.

One by one, a decision looks at every model of the catalog in Python; a bench makes a hundred thousand of
them. `Chooser` gives the models that `core.matcher.decide` gives, number by number (a test compares them).
"""

from __future__ import annotations

import collections
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.cost import workload_of
from hydra_auto.core.matcher import ROUNDING
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.pools import Pool

USUAL_TOKENS: Final = 60  # of a message, where only the order of costs matters

Array = Any  # float64 or int64; its shape is in the docstrings


class Chooser:
    """Chooses from one pool; a model is its place in `models`."""

    def __init__(self, pool: Pool) -> None:
        """Reads the pool's profiles; costs are computed as lengths of messages come up."""
        self._pool = pool
        # by id, so that the first of equals is the one that the matcher's last tie-break takes
        self.models: tuple[ModelEntry, ...] = tuple(sorted(pool.eligible, key=lambda m: m.id))
        self._offered = np.array([[m.capabilities.levels[c] for c in Capability] for m in self.models])
        self._costs: dict[int, list[float]] = {}

    @property
    def name(self) -> str:
        """Of the pool."""
        return self._pool.name

    def costs(self, tokens: Array) -> Array:
        """Expected USD of one answer, float64 [messages, models]; infinite where it is not known.

        Args:
            tokens: Length of each message, int64 [messages].
        """
        lengths, of = np.unique(tokens, return_inverse=True)
        for length in lengths.tolist():
            if length not in self._costs:
                workload = workload_of(0, length)
                self._costs[length] = [self._pool.cost(model, workload) for model in self.models]
        rows = np.array([self._costs[length] for length in lengths.tolist()], np.float64)
        return rows.reshape(-1, len(self.models))[of]

    def choose(self, required: Array, tokens: Array, regime: Regime) -> Array:
        """The model that each message goes to, int64 [messages].

        Args:
            required: Requirements in [0, 1], float64 [messages, 4], in capability order.
            tokens: Length of each message, int64 [messages].
            regime: Whose tau.
        """
        policy = self._pool.policies[regime]
        lacking = np.zeros((len(required), len(self.models)))
        for k, capability in enumerate(Capability):  # in the order of core.shortfall: the same roundings
            gaps = np.maximum(0.0, required[:, k, None] - self._offered[None, :, k])
            lacking += policy.weights[capability] * gaps
        within = lacking <= policy.tau + ROUNDING
        costs = self.costs(tokens)
        cheapest = _first_of_least(within, costs, lacking)
        nearest = _first_of_least(np.ones_like(within), lacking, costs)
        return np.where(within.any(1), cheapest, nearest)


def _first_of_least(allowed: Array, first: Array, second: Array) -> Array:
    """Place of the smallest (first, second, place) among the allowed ones, a row."""
    for values in (first, second):
        least = np.where(allowed, values, math.inf).min(1)
        allowed = allowed & (values == least[:, None])
    return allowed.argmax(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One model in use: what it costs for a usual message, and its share of messages."""

    model: ModelEntry
    cost_usd: float
    share: float


def ladder(chooser: Chooser, regime: Regime, needs: Iterable[Sequence[float]]) -> tuple[Rung, ...]:
    """The models that messages go to if the encoder were always right, cheapest first.

    It depends on annotated numbers only, so that different encoders are held against the same ladder.

    Args:
        chooser: Who may be chosen.
        regime: At which regime.
        needs: Annotated requirements of each message, in capability order.
    """
    required = np.array([tuple(need) for need in needs], np.float64).reshape(-1, len(Capability))
    chosen = chooser.choose(required, np.full(len(required), USUAL_TOKENS), regime).tolist()
    (costs,) = chooser.costs(np.array([USUAL_TOKENS])).tolist()
    rungs = [
        Rung(model=chooser.models[m], cost_usd=costs[m], share=count / len(chosen))
        for m, count in collections.Counter(chosen).items()
    ]
    return tuple(sorted(rungs, key=lambda rung: (rung.cost_usd, rung.model.id)))
