"""What a task costs with each model, measured: list price says nothing of how many tokens a model spends.

A cost that was measured in the reference harness counts as it is. Elsewhere costs of other benchmarks tell
how much more or less a model spends than its list price lets expect:

    log(cost) = log(list price of the reference task) + benchmark_b + effort_e + appetite_m + noise

with appetite_m ~ N(0, 0.5^2), so that one doubtful measurement moves little.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from hydra_auto.core.catalog import Price, TaskCost
from hydra_auto.core.cost import REFERENCE_TASK, list_cost
from hydra_auto.profiling.evidence import EFFORTS, effort_of
from hydra_auto.profiling.latent import REFERENCE

TASK = (
    f"{REFERENCE_TASK.calls} calls that read {REFERENCE_TASK.fresh:,.0f} tokens afresh and "
    f"{REFERENCE_TASK.cached:,.0f} from the cache, and write {REFERENCE_TASK.written:,.0f}"
)
"""The reference task in words."""

_SAME_PRICE = 0.05
_ITERATIONS = 100
_APPETITE_VARIANCE = 0.25
_EFFORT_VARIANCE = 0.1  # of what a model spends more or less at an effort than models do on average
_NOISE_PRIOR, _NOISE_WEIGHT = 0.15, 4.0
_FEWEST = 5  # models that a benchmark's costs must cover
# Sub-agents and other vendors' agents spend otherwise than the model itself.
_OTHER_AGENTS = ("acp-", "subagents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """What a model spends, as a multiple of what its list price lets expect."""

    factor: float
    benchmarks: tuple[str, ...]


def openhands_cost(
    swebench: Path, aliases: Mapping[str, str], prices: Mapping[str, Price]
) -> dict[str, TaskCost]:
    """Mean cost of a SWE-bench Verified task in OpenHands, where it was measured at the price of today.

    Args:
        swebench: Folder of the SWE-bench data; only its table of models is read.
        aliases: Names of models in that table to our ids.
        prices: Id to price.
    """
    found = {}
    with (swebench / "verified_openhands" / "models.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            model = aliases.get(row["model"], "")
            usable = row["cost_consistent"] == "True" and row["agent"] == "OpenHands" and row["output_price"]
            if model not in prices or not usable:
                continue
            if math.isclose(float(row["output_price"]), prices[model].output, rel_tol=_SAME_PRICE):
                found[model] = TaskCost(
                    per_task_usd=round(float(row["mean_cost_usd"]), 2),
                    source=f"SWE-bench Verified, OpenHands {row['agent_version']}, {row['run_date']}",
                )
    return found


Rows = Mapping[tuple[str, str, str], float]
"""Model, benchmark and effort to log of cost over list price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """One row of ``scores.csv`` that tells what a model spent in a benchmark.

    Attributes:
        line: Its line in the file; the header is line 1.
        usd: In the unit that ``metric`` names.
    """

    line: int
    model: str
    benchmark: str
    metric: str
    usd: float
    setting: str
    date: str
    source: str


def read_costs(scores: Path) -> tuple[CostRow, ...]:
    """The rows of ``scores.csv`` that tell what a model spent, but for those of other vendors' agents."""
    with scores.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        return tuple(
            CostRow(
                line=reader.line_num,
                model=row["model"],
                benchmark=row["benchmark"],
                metric=row["metric"],
                usd=float(row["score"]),
                setting=row["setting"],
                date=row["date"],
                source=row["source"],
            )
            for row in reader
            if _usable(row)
        )


def cost_rows(spent: Sequence[CostRow], prices: Mapping[str, Price], reasoning: Mapping[str, bool]) -> Rows:
    """Costs of all benchmarks that cover some models, over the list price of the reference task.

    Args:
        spent: What was spent.
        prices: Id to list price.
        reasoning: Id to whether the model can reason at length.
    """
    costs: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in spent:
        if row.model in prices:
            effort = effort_of(row.setting, reasons=reasoning[row.model])
            costs[row.model, row.benchmark, effort].append(row.usd)
    coverage: dict[str, set[str]] = defaultdict(set)
    for model, benchmark, _ in costs:
        coverage[benchmark].add(model)
    return {
        key: math.log(median(values)) - math.log(list_cost(prices[key[0]], REFERENCE_TASK))
        for key, values in costs.items()
        if len(coverage[key[1]]) >= _FEWEST
    }


def _usable(row: Mapping[str, str]) -> bool:
    if row["capability"] != "cost" or row["metric"] == "usd_per_successful_task":
        return False
    return float(row["score"]) > 0 and not any(agent in row["setting"] for agent in _OTHER_AGENTS)


def appetites(rows: Rows) -> dict[str, Appetite]:
    """Appetites at the reference effort of all models whose costs were measured anywhere."""
    fitted = _fit(rows)
    return {
        model: Appetite(
            factor=math.exp(appetite),
            benchmarks=tuple(sorted({name for other, name, _ in rows if other == model})),
        )
        for model, appetite in sorted(fitted.appetite.items())
    }


def effort_factors(rows: Rows) -> dict[tuple[str, str], float]:
    """What a model spends at an effort, as a multiple of what it spends at the reference effort.

    The average over models, moved by the model's own costs at that effort as far as their number carries.
    """
    fitted = _fit(rows)
    rest: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (model, name, effort), value in rows.items():
        expected = fitted.benchmark[name] + fitted.effort[effort] + fitted.appetite[model]
        rest[model, effort].append(value - expected)

    def own(model: str, effort: str) -> float:
        found = rest[model, effort]
        return sum(found) / (len(found) + _NOISE_PRIOR / _EFFORT_VARIANCE)

    return {
        (model, effort): math.exp(fitted.effort[effort] + own(model, effort) - own(model, REFERENCE))
        for model, effort in sorted(rest)
        if effort != REFERENCE
    }


def left_out_errors(rows: Rows) -> dict[str, tuple[int, float, float]]:
    """How well costs elsewhere tell the cost in a benchmark.

    Returns:
        Benchmark to the number of costs, and the root mean square error of log cost with appetites
        and without, each cost of a model in a benchmark predicted from all others.
    """
    with_appetite: dict[str, list[float]] = defaultdict(list)
    without: dict[str, list[float]] = defaultdict(list)
    for model, name in sorted({(model, name) for model, name, _ in rows}):
        rest = {key: value for key, value in rows.items() if key[:2] != (model, name)}
        fitted = _fit(rest)
        if model not in fitted.appetite:
            continue
        for effort in EFFORTS:
            if (model, name, effort) in rows:
                error = rows[model, name, effort] - fitted.benchmark[name] - fitted.effort[effort]
                without[name].append(error)
                with_appetite[name].append(error - fitted.appetite[model])
    return {name: (len(found), _rms(with_appetite[name]), _rms(found)) for name, found in without.items()}


def _rms(errors: Sequence[float]) -> float:
    return math.sqrt(sum(error**2 for error in errors) / len(errors))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    appetite: Mapping[str, float]
    benchmark: Mapping[str, float]
    effort: Mapping[str, float]


def _fit(rows: Rows) -> _Fitted:
    """Log appetites, benchmark and effort terms, by alternating weighted means."""
    models = sorted({model for model, _, _ in rows})
    names = sorted({name for _, name, _ in rows})
    m = np.array([models.index(model) for model, _, _ in rows])
    b = np.array([names.index(name) for _, name, _ in rows])
    e = np.array([EFFORTS.index(effort) for _, _, effort in rows])
    y = np.array(list(rows.values()))
    counts = np.bincount(b)
    variance, appetite, effort = np.full(len(names), 0.3), np.zeros(len(models)), np.zeros(len(EFFORTS))
    for _ in range(_ITERATIONS):
        rest = y - appetite[m] - effort[e]
        benchmark = np.bincount(b, rest) / counts
        squares = np.bincount(b, (rest - benchmark[b]) ** 2)
        variance = (squares + _NOISE_WEIGHT * _NOISE_PRIOR) / (counts + _NOISE_WEIGHT)
        weight = 1.0 / variance[b]
        rest = weight * (y - benchmark[b] - effort[e])
        appetite = np.bincount(m, rest) / (np.bincount(m, weight) + 1.0 / _APPETITE_VARIANCE)
        rest = weight * (y - benchmark[b] - appetite[m])
        effort = np.bincount(e, rest, len(EFFORTS)) / (np.bincount(e, weight, len(EFFORTS)) + 1.0)
        effort[EFFORTS.index(REFERENCE)] = 0.0
    return _Fitted(
        appetite=dict(zip(models, appetite.tolist(), strict=True)),
        benchmark=dict(zip(names, benchmark.tolist(), strict=True)),
        effort=dict(zip(EFFORTS, effort.tolist(), strict=True)),
    )
