"""Pool-relative profiles, the way of the HyDRA paper as far as it is known (DESIGN.md section 7).

Per capability: weighted mean of a model's benchmark results, then min-max over the pool into the band of the
predictor's scores, so that the pool's weakest model gets the lower and its strongest the upper end.
What the paper does about missing results is not known. A plain mean would compare means over different
benchmarks; here each benchmark's average over all models is taken off first (a two-way additive fit),
weighted by how much the benchmark speaks to the capability over its noise. A model without any result in a
capability gets the pool's lowest level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.evidence import Result
from hydra_auto.profiling.profiles import Profiles

_ITERATIONS = 200
_RIDGE = 1e-3  # keeps models apart that share no benchmark with the rest


def minmax_levels(
    profiles: Profiles, pool: Sequence[str], band: Mapping[Capability, tuple[float, float]] | None = None
) -> dict[str, dict[Capability, float]]:
    """Levels of the pool's models, rounded to 0.01.

    Args:
        profiles: For its results and its rule.
        pool: Model ids; the levels hold for this pool only.
        band: Lower and upper end per capability; the rule's unless given.
    """
    if band is None:
        if profiles.rule.minmax is None:
            raise ValueError("the rule names no band for minmax")
        band = profiles.rule.minmax.band
    levels: dict[str, dict[Capability, float]] = {model: {} for model in pool}
    for capability in Capability:
        means = benchmark_means(profiles.results, capability)
        known = [means[model] for model in pool if model in means]
        weakest, strongest = min(known, default=0.0), max(known, default=0.0)
        low, high = band[capability]
        for model in pool:
            share = (
                (means.get(model, weakest) - weakest) / (strongest - weakest) if strongest > weakest else 1.0
            )
            levels[model][capability] = round(low + share * (high - low), 2)
    return levels


def band_weights(band: Mapping[Capability, tuple[float, float]]) -> dict[Capability, float]:
    """The weights that go with the levels: equal ones over band width, not normalised."""
    return {c: 1.0 / max(high - low, 1e-6) for c, (low, high) in band.items()}


def benchmark_means(results: Sequence[Result], capability: Capability) -> dict[str, float]:
    """Weighted mean result of each model in one capability, in standard deviations of its benchmarks."""
    scores: dict[tuple[str, int], list[float]] = defaultdict(list)
    weights: dict[int, float] = {}
    for result in results:
        load = result.benchmark.loads[capability]
        if load > 0:
            scores[result.model, id(result.benchmark)].append(result.score)
            weights[id(result.benchmark)] = load / result.benchmark.noise
    models = sorted({model for model, _ in scores})
    benches = list(weights)
    m = np.array([models.index(model) for model, _ in scores])
    b = np.array([benches.index(bench) for _, bench in scores])
    raw = np.array([float(np.mean(found)) for found in scores.values()])
    width = np.array([max(float(raw[b == i].std()), 1e-6) for i in range(len(benches))])
    y, w = raw / width[b], np.array([weights[bench] for _, bench in scores])
    bench_mean, model_mean = np.zeros(len(benches)), np.zeros(len(models))
    for _ in range(_ITERATIONS):
        bench_mean = np.bincount(b, w * (y - model_mean[m])) / np.bincount(b, w)
        model_mean = np.bincount(m, w * (y - bench_mean[b])) / (np.bincount(m, w) + _RIDGE)
    return dict(zip(models, model_mean.tolist(), strict=True))
