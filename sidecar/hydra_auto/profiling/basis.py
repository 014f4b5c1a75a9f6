"""Which results a level of a profile rests on, and which of them the catalog names as its evidence."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Evidence
from hydra_auto.profiling.evidence import Result, kind_of
from hydra_auto.profiling.latent import REFERENCE
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.sources import place_of

_RESULTS_PER_CAPABILITY = 2


def informative(profiles: Profiles, model: str, capability: Capability) -> list[tuple[float, Result]]:
    """Results of a model with the weight each has in a capability, heaviest first."""
    weighted = []
    for result in profiles.results_of(model):
        bench = result.benchmark
        signal = profiles.abilities.slope[bench] / profiles.abilities.sigma[bench]
        weight = bench.loads[capability] ** 2 * signal**2 / result.noise
        if weight > 0:
            weighted.append((weight, result))
    return sorted(weighted, key=lambda pair: (-pair[0], pair[1].effort != REFERENCE, pair[1].benchmark.label))


def basis(profiles: Profiles, model: str, capability: Capability, effort: str = REFERENCE) -> dict[str, Any]:
    """In how many benchmarks of a capability a model was measured, and by whom.

    A benchmark counts once, by the most trusted of its results. At another effort than the reference one,
    only results at that effort count.

    Returns:
        "benchmarks", "independent" and, by kind, "kinds" with "benchmarks" and their share of the "weight".
    """
    trust = list(profiles.rule.kinds)
    best: dict[int, str] = {}
    weights: dict[str, float] = {}
    for weight, result in informative(profiles, model, capability):
        if effort not in (REFERENCE, result.effort):
            continue
        kind = kind_of(result.kind)
        known = best.setdefault(id(result.benchmark), kind)
        if kind in trust and known in trust and trust.index(kind) < trust.index(known):
            best[id(result.benchmark)] = kind
        weights[kind] = weights.get(kind, 0.0) + weight
    total = sum(weights.values())
    counts = Counter(best.values())
    return {
        "benchmarks": len(best),
        "independent": counts["independent"],
        "kinds": {
            kind: {"benchmarks": counts[kind], "weight": weights[kind] / total} for kind in sorted(weights)
        },
    }


def evidence_for(profiles: Profiles, model: str, effort: str = REFERENCE) -> list[Evidence]:
    """The most informative results per capability, each benchmark once, and the predecessor if it counted.

    At another effort than the reference one, only the results at that effort.
    """
    chosen: dict[str, Result] = {}
    for capability in Capability:
        fresh = 0
        for _, result in informative(profiles, model, capability):
            if fresh == _RESULTS_PER_CAPABILITY:
                break
            if effort not in (REFERENCE, result.effort):
                continue
            if result.benchmark.label not in chosen:
                chosen[result.benchmark.label] = result
                fresh += 1
    evidence = [
        Evidence(
            benchmark=label,
            score=round(result.score, 2),
            date=result.date[:10],
            source=place_of(result.source),
            note=_note(result),
        )
        for label, result in chosen.items()
    ]
    old = profiles.rule.predecessors.get(model)
    if old and profiles.is_estimated(model):
        level = sum(profiles.levels(old).values()) / len(Capability)
        evidence.append(
            Evidence(
                benchmark=f"starting point {old}",
                score=round(level, 2),
                source="hydra-auto profile",
                note="mean level of the predecessor, moved by date and price",
            )
        )
    if not evidence:
        evidence.append(
            Evidence(benchmark="trend", score=0, source="hydra-auto profile", note="date and price alone")
        )
    return evidence


def _note(result: Result) -> str:
    effort = "" if result.effort == REFERENCE else f"effort {result.effort}"
    runs = f"median of {result.runs}" if result.runs > 1 else ""
    kind = "" if result.kind.startswith("independent") else result.kind.split(" (")[0]
    return ", ".join(part for part in (kind, effort, runs) if part)
