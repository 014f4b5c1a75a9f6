"""Which profiles route better: absolute ones, or the paper's pool-relative ones? On outcomes nobody fitted.

Both rules route the same questions among the same models by the same requirements over the same range of tau.
Each tau is a point of mean cost and share solved; the area under the concave hull of the points, over budgets
from the cheapest to the dearest single model, is the mean share solved (random mixes between two taus are
allowed, as they are for the baseline that mixes single models).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.core.regime import Regime
from hydra_auto.core.shortfall import normalised
from hydra_auto.profiling.arms import Arm, read_arms
from hydra_auto.profiling.latent import Array
from hydra_auto.profiling.minmax import band_weights, minmax_levels
from hydra_auto.profiling.profiles import Profiles

TAUS: Array = np.linspace(0.0, 1.0, 401)
_RESAMPLES = 500
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A router over ``TAUS``: float64 [questions, taus] solved and cost."""

    solved: Array
    cost: Array


def route_all(required: Array, levels: Array, weights: Array, cost: Array, taus: Array) -> np.ndarray:
    """Index of the chosen model: int [questions, taus]; the same choice as ``core.matcher.decide``.

    Args:
        required: float64 [questions, 4].
        levels: float64 [models, 4].
        weights: float64 [4], summing to 1.
        cost: float64 [questions, models].
        taus: float64 [taus].
    """
    return choose_all(np.maximum(required[:, None, :] - levels[None, :, :], 0.0) @ weights, cost, taus)


def choose_all(shortfalls: Array, cost: Array, taus: Array) -> np.ndarray:
    """The same of shortfalls that are already known: int [questions, taus].

    Args:
        shortfalls: float64 [questions, models].
        cost: float64 [questions, models]; of models that are equal in both, the first is chosen.
        taus: float64 [taus].
    """
    chosen = np.empty((len(shortfalls), len(taus)), np.int64)
    models = np.arange(shortfalls.shape[1])
    for q, (short, usd) in enumerate(zip(shortfalls, cost, strict=True)):
        cheapest = np.lexsort((models, short, usd))
        within = short[cheapest][None, :] <= taus[:, None] + _SLACK
        least = np.lexsort((models, usd, short))[0]
        chosen[q] = np.where(within.any(axis=1), cheapest[within.argmax(axis=1)], least)
    return chosen


def hull_area(cost: Array, solved: Array, low: float, high: float) -> float:
    """Mean height of the concave hull of points over budgets from ``low`` to ``high``; flat beyond the last.

    Points dearer than ``high`` count as they are; a budget below the cheapest point solves what that solves.
    """
    return area_under(*concave_hull(cost, solved), low, high)


def area_under(costs: Sequence[float], heights: Sequence[float], low: float, high: float) -> float:
    """Mean height of a line through points over budgets from ``low`` to ``high``; flat beyond the last."""
    budgets = np.union1d(np.linspace(low, high, 2), [x for x in costs if low < x < high])
    return float(np.trapezoid(np.interp(budgets, costs, heights), budgets) / (high - low))


def concave_hull(cost: Array, solved: Array) -> tuple[list[float], list[float]]:
    """Costs, rising, and heights of the corners of the upper left hull of points: the best random mixes."""
    order = np.lexsort((-solved, cost))
    hull: list[tuple[float, float]] = []
    for x, y in zip(cost[order].tolist(), solved[order].tolist(), strict=True):
        if hull and (x <= hull[-1][0] + 1e-15 or y <= hull[-1][1]):
            continue
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    return [x for x, _ in hull], [y for _, y in hull]


def _turns_up(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[1] - a[1]) * (c[0] - b[0]) <= (c[1] - b[1]) * (b[0] - a[0])


def curves(profiles: Profiles, arm: Arm) -> dict[str, Curve]:
    """Both rules over all taus."""
    relative = minmax_levels(profiles, arm.models, arm.band)
    rules: dict[str, tuple[Mapping[str, Levels], Mapping[Capability, float]]] = {
        "absolute": (
            {model: profiles.levels(model) for model in arm.models},
            normalised(dict.fromkeys(Capability, 1.0)),
        ),
        "minmax": ({model: relative[model] for model in arm.models}, normalised(band_weights(arm.band))),
    }
    rows = np.arange(len(arm.required))[:, None]
    found = {}
    for name, (levels, weights) in rules.items():
        table = np.array([[levels[model][c] for c in Capability] for model in arm.models])
        chosen = route_all(arm.required, table, np.array([weights[c] for c in Capability]), arm.cost, TAUS)
        found[name] = Curve(solved=arm.solved[rows, chosen], cost=arm.cost[rows, chosen])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Areas of one arm: the first number of the whole sample, then of resampled questions."""

    arm: Arm
    absolute: Array
    minmax: Array
    mix: Array


def compare(profiles: Profiles, arm: Arm) -> Comparison:
    """Areas of both rules and of random mixes of single models."""
    both = {**curves(profiles, arm), "mix": Curve(solved=arm.solved, cost=arm.cost)}
    singles = arm.cost.mean(axis=0)
    low, high = float(singles.min()), float(singles.max())
    count = len(arm.required)
    draws = np.random.default_rng(0).integers(0, count, (_RESAMPLES, count))
    weights = np.stack([np.bincount(draw, minlength=count) for draw in draws]) / count
    weights = np.vstack([np.full(count, 1.0 / count), weights])
    areas = {}
    for name, curve in both.items():
        costs, solved = weights @ curve.cost, weights @ curve.solved
        areas[name] = np.array([hull_area(x, y, low, high) for x, y in zip(costs, solved, strict=True)])
    return Comparison(arm=arm, absolute=areas["absolute"], minmax=areas["minmax"], mix=areas["mix"])


def oracle(arm: Arm) -> tuple[float, float]:
    """Share solved and mean cost of always taking the cheapest model that does best on the question."""
    best = arm.solved.max(axis=1, keepdims=True)
    cost = np.where(arm.solved >= best, arm.cost, np.inf).min(axis=1)
    return float(best.mean()), float(cost.mean())


def compare_report(
    profiles: Profiles, data: Path, runs: Path, progress: Callable[[str], None]
) -> Iterator[str]:
    """Tables in Markdown, line by line."""
    arms = read_arms(profiles, data, runs, progress)
    found = [compare(profiles, arm) for arm in arms]
    yield (
        "| panel | requirements | models | questions | best single | oracle | random mix | absolute | minmax "
        "| absolute less minmax | absolute less random mix |"
    )
    yield "|---" * 11 + "|"
    for item in found:
        arm = item.arm
        means = arm.solved.mean(axis=0)
        best = int(means.argmax())
        yield (
            f"| {arm.panel} | {arm.source} | {len(arm.models)} | {len(arm.required)} "
            f"| {arm.models[best]} {means[best]:.1%} | {oracle(arm)[0]:.1%} | {item.mix[0]:.1%} "
            f"| {item.absolute[0]:.1%} | {item.minmax[0]:.1%} | {_interval(item.absolute - item.minmax)} "
            f"| {_interval(item.absolute - item.mix)} |"
        )
    apart = [item for item in found if " + " not in item.arm.panel]  # mixed arms repeat their questions
    together = np.mean([item.absolute - item.minmax for item in apart], axis=0)
    gain = np.mean([item.absolute - item.mix for item in apart], axis=0)
    yield f"| mean of single panels |  |  |  |  |  |  |  |  | {_interval(together)} | {_interval(gain)} |"
    yield ""
    yield from _regimes(profiles, arms)
    yield ""
    yield from _singles(arms)
    yield ""
    for source in ("annotated", "encoder"):
        band = next((arm.band for arm in arms if arm.source == source), None)
        if band is not None:
            ends = ", ".join(f"{c.value} {low:.2f} to {high:.2f}" for c, (low, high) in band.items())
            yield f"Band of the {source} requirements (5th to 95th percentile, dev split): {ends}"


def _interval(values: Array) -> str:
    low, high = np.percentile(values[1:], (2.5, 97.5))
    return f"{100 * values[0]:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _regimes(profiles: Profiles, arms: Sequence[Arm]) -> Iterator[str]:
    yield "| panel | requirements | rule | " + " | ".join(f"{r.value} (tau {r.tau:g})" for r in Regime) + " |"
    yield "|---" * (3 + len(Regime)) + "|"
    for arm in arms:
        dearest = arm.cost.mean(axis=0).max()
        for name, curve in curves(profiles, arm).items():
            cells = []
            for regime in Regime:
                at = int(np.abs(TAUS - regime.tau).argmin())
                share = curve.cost[:, at].mean() / dearest
                cells.append(f"{curve.solved[:, at].mean():.1%} at {share:.0%}")
            yield f"| {arm.panel} | {arm.source} | {name} | {' | '.join(cells)} |"


def _singles(arms: Sequence[Arm]) -> Iterator[str]:
    yield "| panel | requirements | each single model: share solved at share of the dearest one's cost |"
    yield "|---|---|---|"
    for arm in arms:
        solved, cost = arm.solved.mean(axis=0), arm.cost.mean(axis=0)
        order = np.argsort(cost)
        cells = [f"{arm.models[i]} {solved[i]:.1%} at {cost[i] / cost.max():.0%}" for i in order]
        best, usd = oracle(arm)
        cells.append(f"oracle {best:.1%} at {usd / cost.max():.0%}")
        yield f"| {arm.panel} | {arm.source} | {', '.join(cells)} |"
