"""What decisions lose with a single capability (K = 1), or without one of the four.

The same problems are routed among the same models by less than four heads, and their outcomes looked up. The
same tau means something else with fewer heads, so they are compared at equal cost: over all taus each way of
choosing makes a curve of mean cost and share solved (`profiling.compare`, with random mixes of two taus), and
its regret is by how much it lies below that of the four heads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.intervals import (
    RESAMPLES,
    interval,
    interval_of_mean,
    numbered,
    weights_of,
)
from hydra_auto.evaluation.meaning.views import FULL, SHORTFALL_VIEWS
from hydra_auto.evaluation.pools import pool_of
from hydra_auto.profiling.compare import TAUS, area_under, choose_all, concave_hull

FOUR_HEADS: Final = "four heads"
SINGLE: Final = "K=1, largest"
MIX: Final = "random mix"
WITHOUT: Final[Mapping[Capability, str]] = {c: f"without {c.value}" for c in Capability}
CHOICES: Final[Mapping[str, str]] = {
    FOUR_HEADS: FULL,
    SINGLE: SINGLE,
    **{name: f"{FULL} {name}" for name in WITHOUT.values()},
}
"""Ways of choosing, with the shortfall view each goes by."""

LEAST_MODELS: Final = 2
_DIGITS: Final = 9  # of USD: a short answer of the cheapest models costs some 0.00003

Array = Any  # float64 or int64; its shape is in the docstrings


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Problems that all of some models with profile and price met.

    Attributes:
        names: Benchmarks and panels they are from.
        part: "unseen" or "seen".
        models: With distinct ids, in their order.
        required: float64 [problems, 4].
        cost: Expected USD of an answer, float64 [problems, models].
        solved: Share solved in [0, 1], mean over a model's runs, float64 [problems, models].
        groups: Of each problem.
    """

    names: tuple[str, ...]
    part: str
    models: tuple[ModelEntry, ...]
    required: Array
    cost: Array
    solved: Array
    groups: tuple[str, ...]


def material(
    name: str,
    part: str,
    models: Mapping[str, ModelEntry],
    failed: Array,
    required: Array,
    tokens: Array,
    groups: Sequence[str],
    cost_basis: CostBasis,
) -> Material | None:
    """The problems that all priced models met; None with too few models.

    Args:
        name: Of benchmark and panel.
        part: "unseen" or "seen".
        models: By the benchmark's spelling, one a column of ``failed``; several may be runs of one model.
        failed: Failures in [0, 1], float64 [problems, runs]; NaN where a problem was not met.
        required: float64 [problems, 4].
        tokens: int64 [problems].
        groups: Group of each problem.
        cost_basis: What an answer costs.
    """
    entries = {entry.id: entry for entry in models.values()}
    chooser = Chooser(pool_of(name, entries.values(), cost_basis))
    cost = chooser.costs(tokens)
    priced = np.isfinite(cost).all(0)
    ids = np.array([entry.id for entry in models.values()])
    chosen = tuple(m for m, known in zip(chooser.models, priced, strict=True) if known)
    if len(chosen) < LEAST_MODELS:
        return None
    solved = np.stack([1.0 - failed[:, ids == m.id].mean(1) for m in chosen], 1)
    whole = ~np.isnan(solved).any(1)
    return Material(
        names=(name,),
        part=part,
        models=chosen,
        required=required[whole],
        cost=cost[whole][:, priced],
        solved=solved[whole],
        groups=tuple(group for group, use in zip(groups, whole, strict=True) if use),
    )


def together(found: Sequence[Material]) -> Iterator[Material]:
    """Panels whose models are the same, as one: several kinds of work, which four heads are for."""
    by_models: dict[tuple[object, ...], list[Material]] = {}
    for one in found:
        by_models.setdefault((one.part, *(m.id for m in one.models)), []).append(one)
    for some in by_models.values():
        if len(some) > 1:
            yield replace(
                some[0],
                names=tuple(name for one in some for name in one.names),
                required=np.vstack([one.required for one in some]),
                cost=np.vstack([one.cost for one in some]),
                solved=np.vstack([one.solved for one in some]),
                groups=tuple(group for one in some for group in one.groups),
            )


def ablation(found: Material, seed: int) -> dict[str, Any] | None:
    """Every way of choosing, with its regret; None if all models cost the same.

    Returns:
        ``problems``; ``singles``: by id the share ``solved`` and ``cost_usd`` of always that model;
        ``by_choice``: for each of `CHOICES` the ``area`` under the curve (mean share solved over budgets from
        the cheapest to the dearest model), its ``regret``, and by regime ``solved`` and ``cost_usd`` at that
        tau and the ``regret`` at what the four heads cost at that tau. `MIX`, of random mixes of single
        models, has no taus. All numbers but the singles' are [value, low, high]; a regret above 0 is a loss.
    """
    costs, shares = found.cost.mean(0), found.solved.mean(0)
    low, high = float(costs.min()), float(costs.max())
    if low == high:
        return None
    offered = np.array([[m.capabilities.levels[c] for c in Capability] for m in found.models])
    taus = np.concatenate([[regime.tau for regime in Regime], TAUS])
    chosen = {
        name: choose_all(SHORTFALL_VIEWS[view](found.required, offered), found.cost, taus)
        for name, view in CHOICES.items()
    }
    at_regimes = {name: _at_regimes(found, columns, seed) for name, columns in chosen.items()}
    rows = np.arange(len(found.required))
    budgets = [float(found.cost[rows, column].mean()) for column in chosen[FOUR_HEADS].T[: len(Regime)]]
    every_model = np.tile(np.arange(len(found.models)), (len(found.required), 1))
    weights = _weights(found.groups, seed)
    heights = {
        name: _heights(found, columns, weights, budgets, (low, high))
        for name, columns in (chosen | {MIX: every_model}).items()
    }
    by_choice: dict[str, dict[str, Any]] = {}
    for name, height in heights.items():
        area, *at_budgets = (heights[FOUR_HEADS] - height).T
        by_choice[name] = {"area": _interval(height[:, 0]), "regret": _interval(area)}
        if name in at_regimes:
            by_choice[name]["regimes"] = {
                regime.value: at_regimes[name][regime] | {"regret": _interval(lost)}
                for regime, lost in zip(Regime, at_budgets, strict=True)
            }
    return {
        "problems": len(found.required),
        "singles": {
            m.id: {"solved": round(float(share), 4), "cost_usd": round(float(usd), _DIGITS)}
            for m, share, usd in zip(found.models, shares, costs, strict=True)
        },
        "by_choice": by_choice,
    }


def _weights(groups: Sequence[str], seed: int) -> Array:
    """Weight of each problem in all of them and in each resample, float64 [1 + resamples, problems]."""
    numbers, count = numbered(groups)
    drawn = np.vstack([np.ones(count), weights_of(count, seed, RESAMPLES)])[:, numbers]
    return drawn / drawn.sum(1, keepdims=True)


def _at_regimes(found: Material, chosen: Array, seed: int) -> dict[Regime, dict[str, list[float]]]:
    """At the taus of the regimes, the first columns of ``chosen``."""
    rows = np.arange(len(chosen))
    return {
        regime: {
            "solved": interval_of_mean(found.solved[rows, column], found.groups, seed).rounded(),
            "cost_usd": interval_of_mean(found.cost[rows, column], found.groups, seed).rounded(_DIGITS),
        }
        for regime, column in zip(Regime, chosen.T, strict=False)
    }


def _heights(
    found: Material, chosen: Array, weights: Array, budgets: Sequence[float], ends: tuple[float, float]
) -> Array:
    """Of the hull of all choices' mean costs and shares solved, one row a row of ``weights``.

    Args:
        found: The problems.
        chosen: A model each, int64 [problems, choices].
        weights: float64 [1 + resamples, problems].
        budgets: Where the height is wanted.
        ends: From which to which budget the mean height is wanted.

    Returns:
        Mean height, then the height at each budget, float64 [1 + resamples, 1 + budgets].
    """
    rows = np.arange(len(chosen))[:, None]
    used = np.unique(chosen, axis=1)  # many taus choose alike
    costs, shares = weights @ found.cost[rows, used], weights @ found.solved[rows, used]
    hulls = (concave_hull(cost, solved) for cost, solved in zip(costs, shares, strict=True))
    return np.array([[area_under(*hull, *ends), *np.interp(budgets, *hull)] for hull in hulls])


def _interval(values: Array) -> list[float]:
    return interval(values[0], values[1:]).rounded()
