"""Every number of a profile, from the row of the source to the level: ``hydra-auto profile explain``.

The ability of a model is its starting point plus what each of its results moved it, exactly:

    theta_m = prior_m + sum_n Cov_m loads_n slope_n / (noise_n sigma_n^2) * surprise_n
    surprise_n = y_n - offset_n - slope_n * loads_n . (prior_m + shift_e)

A benchmark that says nothing of a capability still moves it through the covariance: that is how a capability
without results of its own is filled in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.basis import basis, informative
from hydra_auto.profiling.cost import TASK
from hydra_auto.profiling.evidence import Result
from hydra_auto.profiling.latent import REFERENCE, Array
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.rule import Benchmark
from hydra_auto.profiling.sources import is_located

Report = dict[str, Any]


def explanation(profiles: Profiles, model: str, effort: str = REFERENCE) -> Report:
    """All numbers behind a model's profile as JSON-ready data.

    Args:
        profiles: Of all models.
        model: One of ``profiles.facts``.
        effort: Reasoning effort that the levels hold for.
    """
    facts, results = profiles.facts[model], profiles.results_of(model)
    kinds = Counter(result.kind.split(" (")[0] for result in results)
    predecessor = profiles.rule.predecessors.get(model)
    return {
        "id": model,
        "name": facts.name,
        "effort": effort,
        "released": facts.released.isoformat(),
        "estimated": profiles.is_estimated(model),
        "results": {
            "count": len(results),
            "kinds": dict(sorted(kinds.items())),
            "not_located": sum(not is_located(result.source) for result in results),
        },
        "starts_from": {
            "kind": "predecessor" if predecessor else "trend",
            "predecessor": predecessor,
            "by": {
                "released": facts.released.isoformat(),
                "output_price": facts.price.output if facts.price else None,
            },
        },
        "capabilities": {
            c.value: _capability(profiles, model, effort, results, i) for i, c in enumerate(Capability)
        },
        "facts": _facts(profiles, model),
    }


def _capability(profiles: Profiles, model: str, effort: str, results: list[Result], k: int) -> Report:
    capability, abilities = list(Capability)[k], profiles.abilities
    index, scale = abilities.models.index(model), profiles.scales[capability]
    prior, prior_sd = abilities.prior[index, k], float(np.sqrt(abilities.prior_covariance[index, k, k]))
    mean, covariance = profiles.ability(model, effort)
    sd = float(np.sqrt(covariance[k, k]))
    moved = [(_moved(profiles, result, index)[k], result) for result in results]
    own = sum(amount for amount, result in moved if result.benchmark.loads[capability] > 0)
    weights = {id(result): weight for weight, result in informative(profiles, model, capability)}
    total = sum(weights.values())
    ordered = sorted(moved, key=lambda pair: (-weights.get(id(pair[1]), 0.0), pair[1].benchmark.label))
    reference_sd = float(np.sqrt(abilities.covariance[index, k, k]))
    return {
        "level": profiles.levels(model, effort)[capability],
        "best_guess": scale.level(float(mean[k])),
        "uncertainty": profiles.errors(model, effort)[capability],
        "caution": profiles.rule.caution,
        "ability": {
            "start": float(prior),
            "start_sd": prior_sd,
            "start_parts": _start(profiles, model, k),
            "moved_by_results_of_this_capability": float(own),
            "moved_by_other_results": float(sum(amount for amount, _ in moved) - own),
            "moved_by_effort": float(mean[k] - abilities.mean[index, k]),
            "mean": float(mean[k]),
            "sd": sd,
            "share_known": max(0.0, 1.0 - (reference_sd / prior_sd) ** 2),
        },
        "basis": basis(profiles, model, capability),
        "scale": {"shift": scale.shift, "slope": scale.slope, "classes": _classes(profiles, model, k)},
        "results": [
            _result(
                profiles, result, amount, weights.get(id(result), 0.0) / total if total else 0.0, capability
            )
            for amount, result in ordered
        ],
        "missing": [_missing(profiles, bench, index) for bench in _untaken(profiles, results, capability)],
    }


def _start(profiles: Profiles, model: str, k: int) -> Report:
    """The terms of the start: they add up to it."""
    abilities = profiles.abilities
    index = {name: i for i, name in enumerate(abilities.models)}
    here, predecessor = abilities.features[index[model]], profiles.rule.predecessors.get(model)
    there = abilities.features[index[predecessor]] if predecessor else np.array([1.0, 0.0, 0.0])
    by = (here - there) * abilities.trend[:, k]
    begin = abilities.origin[index[model], k] if predecessor else abilities.trend[0, k]
    return {"begin": float(begin), "by_release_date": float(by[1]), "by_output_price": float(by[2])}


def _moved(profiles: Profiles, result: Result, index: int) -> Array:
    """How far a result moved each ability: float64 [4]."""
    abilities, bench = profiles.abilities, result.benchmark
    loads = np.array([bench.loads[c] for c in Capability])
    slope, variance = abilities.slope[bench], abilities.sigma[bench] ** 2 * result.noise
    start = abilities.prior[index] + abilities.shift[result.effort]
    surprise = bench.transformed(result.score) - abilities.offset[bench] - slope * float(loads @ start)
    moved: Array = abilities.covariance[index] @ loads * (slope / variance * surprise)
    return moved


def _classes(profiles: Profiles, model: str, k: int) -> list[Report]:
    cautious = profiles.abilities.cautious(profiles.rule.caution)
    index = {name: i for i, name in enumerate(profiles.abilities.models)}
    return [
        {
            "class": anchor.what,
            "level": anchor.level,
            "models": len(members),
            "median_ability": float(np.median([cautious[index[m], k] for m in members])),
            "member": model in members,
        }
        for anchor, members in zip(profiles.rule.anchors, profiles.members, strict=True)
    ]


def _result(
    profiles: Profiles, result: Result, moved: float, weight: float, capability: Capability
) -> Report:
    bench = result.benchmark
    return {
        "benchmark": bench.label,
        "effort": result.effort,
        "score": result.score,
        "expected": _expected_score(profiles, result),
        "load": bench.loads[capability],
        "noise": result.noise,
        "weight": weight,
        "moved": float(moved),
        "kind": result.kind,
        "located": is_located(result.source),
        "rows": [
            {
                "line": row.line,
                "score": row.score,
                "setting": row.setting,
                "date": row.date,
                "source": row.source,
                "name": row.name,
            }
            for row in result.rows
        ],
    }


def _untaken(profiles: Profiles, results: list[Result], capability: Capability) -> list[Benchmark]:
    taken = {id(result.benchmark) for result in results}
    return [b for b in profiles.abilities.slope if b.loads[capability] > 0 and id(b) not in taken]


def _missing(profiles: Profiles, bench: Benchmark, index: int) -> Report:
    """What the fit fills in for a benchmark that the model never took: the score and its 68 % interval."""
    abilities = profiles.abilities
    loads = np.array([bench.loads[c] for c in Capability])
    slope = abilities.slope[bench]
    middle = abilities.offset[bench] + slope * float(loads @ abilities.mean[index])
    sd = float(np.sqrt(abilities.sigma[bench] ** 2 + slope**2 * loads @ abilities.covariance[index] @ loads))
    return {
        "benchmark": bench.label,
        "expected": bench.score_of(middle),
        "low": bench.score_of(middle - sd),
        "high": bench.score_of(middle + sd),
    }


def _facts(profiles: Profiles, model: str) -> Report:
    facts = profiles.facts[model]
    values: Mapping[str, Any] = {
        "price": None
        if facts.price is None
        else {
            "input": facts.price.input,
            "cached_input": facts.price.cached_input,
            "output": facts.price.output,
        },
        "long_price": None if facts.price is None or facts.price.long is None else asdict(facts.price.long),
        "cost": None if facts.cost is None else facts.cost.per_task_usd,
        "premium_multiplier": facts.multiplier,
        "context_window": facts.context_window,
        "max_input_tokens": facts.max_input,
        "max_output_tokens": facts.max_output,
        "images": facts.images,
        "tools": facts.tools,
        "efforts": list(facts.efforts) or None,
        "match": [
            {k: v for k, v in (("vendor", m.vendor), ("family", m.family), ("id", m.id)) if v}
            for m in facts.matches
        ],
    }
    told = {key: {"value": value, "source": facts.sources.get(key, "")} for key, value in values.items()}
    told["cost"] |= {"spent": [asdict(row) for row in facts.spent], "task": TASK}
    return told


def _expected_score(profiles: Profiles, result: Result) -> float:
    """What the fit expects in place of a result."""
    fitted, bench = profiles.abilities, result.benchmark
    ability = fitted.mean[fitted.models.index(result.model)] + fitted.shift[result.effort]
    loaded = sum(bench.loads[c] * float(ability[i]) for i, c in enumerate(Capability))
    return bench.score_of(fitted.offset[bench] + fitted.slope[bench] * loaded)
