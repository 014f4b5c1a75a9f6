"""What a model can do at another reasoning effort than the reference one.

    ability at effort e = theta_m + shift_e + own_me,   own_me ~ N(0, effort_variance * spread)

where ``shift_e`` is what the effort adds on average over all models (``latent``) and ``own_me`` is estimated
from the model's own results at that effort, theta_m held at its posterior mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.evidence import Result
from hydra_auto.profiling.latent import REFERENCE, Abilities, Array


def ability_at(
    abilities: Abilities, results: Iterable[Result], model: str, effort: str, effort_variance: float
) -> tuple[Array, Array]:
    """Mean float64 [4] and covariance float64 [4, 4] of a model's abilities at an effort.

    Args:
        abilities: The fit.
        results: What was measured of the model.
        model: Its id.
        effort: One of ``EFFORTS``.
        effort_variance: Of what is the model's own at an effort, as a share of the spread.
    """
    index = abilities.models.index(model)
    mean, covariance = abilities.mean[index], abilities.covariance[index]
    if effort == REFERENCE:
        return mean, covariance
    shifted = mean + abilities.shift[effort]
    precision = np.asarray(np.linalg.inv(effort_variance * abilities.spread), np.float64)
    pull: Array = np.zeros(len(Capability))
    for result in results:
        if result.effort != effort:
            continue
        bench = result.benchmark
        loads = np.array([bench.loads[c] for c in Capability])
        slope, variance = abilities.slope[bench], abilities.sigma[bench] ** 2 * result.own_noise
        rest = bench.transformed(result.score) - abilities.offset[bench] - slope * float(loads @ shifted)
        precision += slope**2 / variance * np.outer(loads, loads)
        pull += slope / variance * rest * loads
    own = np.asarray(np.linalg.inv(precision), np.float64)
    return shifted + own @ pull, covariance + own


def effort_name(effort: str, offered: Iterable[str]) -> str | None:
    """What the vendor calls an effort class, or None if the model does not offer it.

    The strongest name stands for ``max``, the weakest without reasoning for ``none``.
    """
    names: Mapping[str, tuple[str, ...]] = {"max": ("max", "xhigh"), "none": ("none", "minimal")}
    return next((name for name in names.get(effort, (effort,)) if name in offered), None)
