"""Spearman's correlations of requirements and shortfalls with failures, for ``eval meaning``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import ModelEntry
from hydra_auto.evaluation.intervals import Interval, RankCorrelation, rank_correlations
from hydra_auto.evaluation.meaning.benchmarks import Panel, Problem
from hydra_auto.evaluation.meaning.views import FULL, REQUIREMENT_VIEWS, SHORTFALL_VIEWS

LEAST_PROBLEMS: Final = 20  # below that an order means little
LEAST_PROFILES: Final = 3  # fewer tell hardly what a profile adds

Array = Any  # float64; its shape is in the docstrings


def _rounded(found: Interval | None) -> list[float] | None:
    return found.rounded() if found else None


def failures(panel: Panel, models: Iterable[str]) -> Array:
    """Failures in [0, 1], float64 [problems, models]; NaN where a model did not meet a problem."""
    of_models = [panel.failures[model] for model in models]
    return np.array(
        [[failed.get(p.problem_id, np.nan) for failed in of_models] for p in panel.problems], np.float64
    )


def offered_by(models: Iterable[ModelEntry]) -> Array:
    """Profiles, float64 [models, 4]."""
    return np.array([[m.capabilities.levels[c] for c in Capability] for m in models]).reshape(
        -1, len(Capability)
    )


def requirements(problems: Sequence[Problem], required: Array, failing: Array, seed: int) -> dict[str, Any]:
    """Of each of `REQUIREMENT_VIEWS` with the share of failing models.

    Args:
        problems: What was required and failed.
        required: float64 [problems, 4].
        failing: Share of failing models, float64 [problems].
        seed: Of the resampling.
    """
    groups = [p.group for p in problems]
    return {
        name: _rounded(rank_correlations(view(required), failing, groups, seed).interval())
        for name, view in REQUIREMENT_VIEWS.items()
    }


def shortfalls(panel: Panel, required: Array, models: Mapping[str, ModelEntry], seed: int) -> dict[str, Any]:
    """Of each of `SHORTFALL_VIEWS` with each model's own failure; nothing if all models met too few problems.

    ``pairs`` ranks all problem-model pairs together, so the profile helps; ``within`` is the mean over models
    of the rank correlation over problems, where only the text can help.
    """
    offered, failed = offered_by(models.values()), failures(panel, models)
    whole: Array = ~np.isnan(failed).any(1)
    if whole.sum() < LEAST_PROBLEMS:
        return {}
    report: dict[str, Any] = {
        "problems": int(whole.sum()),
        "models": {name: model.id for name, model in models.items()},
        "profiles": len(np.unique(offered, axis=0)),
    }
    if report["profiles"] < LEAST_PROFILES:
        return {"shortfalls": report}
    failed, required = failed[whole], required[whole]
    groups = [p.group for p, use in zip(panel.problems, whole, strict=True) if use]
    groups_of_pairs = [group for group in groups for _ in models]

    def pairs(values: Array) -> RankCorrelation:
        return rank_correlations(values.ravel(), failed.ravel(), groups_of_pairs, seed)

    reference = pairs(SHORTFALL_VIEWS[FULL](required, offered))
    found = {}
    for name, view in SHORTFALL_VIEWS.items():
        values = view(required, offered)
        over_pairs = pairs(values)
        found[name] = {
            "pairs": _rounded(over_pairs.interval()),
            "within": _rounded(rank_correlations(values, failed, groups, seed).interval()),
            "ahead": _rounded(reference.less(over_pairs)),
            "positive": round(float((values > 0).mean()), 4),
        }
    short = (required[:, None, :] > offered[None, :, :]).mean((0, 1))
    of_heads = {c.value: round(float(share), 4) for c, share in zip(Capability, short, strict=True)}
    return {"shortfalls": report | {"short": of_heads, "by_view": found}}
