"""``eval meaning``: do predicted requirements and shortfalls go with what real models fail at?

Only the order is judged (Spearman): the outcomes are of older models than today's, and levels do not carry
over.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.evaluation.benchmarks import Panel, Problem, with_only
from hydra_auto.evaluation.intervals import interval_of, interval_of_correlation, rank_correlation
from hydra_auto.evaluation.model_profiles import matched
from hydra_auto.evaluation.scoring import Scorer, levels_of

LEAST_PROBLEMS: Final = 20  # below that an order means little
_LEAST_MODELS: Final = 2
_RESAMPLES: Final = 300

Array = Any  # float64

RequirementView = Callable[[Array], Array]
ShortfallView = Callable[[Array, Array], Array]


def _head(k: int) -> RequirementView:
    return lambda required: required[:, k]


def _largest(required: Array) -> Array:
    return required.max(1)


def _mean(required: Array) -> Array:
    return required.mean(1)


def _without(k: int, view: RequirementView) -> RequirementView:
    return lambda required: view(np.delete(required, k, 1))


def _shortfall(required: Array, offered: Array) -> Array:
    """Mean of max(0, r - c) over heads: the router's equation with equal weights."""
    return np.maximum(0.0, required[:, None, :] - offered[None, :, :]).mean(2)


def _shortfall_without(k: int) -> ShortfallView:
    return lambda required, offered: _shortfall(np.delete(required, k, 1), np.delete(offered, k, 1))


def _single(view: RequirementView) -> ShortfallView:
    """K = 1: one requirement against one level."""
    return lambda required, offered: _shortfall(view(required)[:, None], offered.mean(1, keepdims=True))


# A number in [0, 1] a problem, of requirements [problems, 4]; none of them has a parameter to fit.
REQUIREMENT_VIEWS: Final[Mapping[str, RequirementView]] = {
    **{c.value: _head(k) for k, c in enumerate(Capability)},
    "largest": _largest,
    "mean": _mean,
    **{f"largest without {c.value}": _without(k, _largest) for k, c in enumerate(Capability)},
    **{f"mean without {c.value}": _without(k, _mean) for k, c in enumerate(Capability)},
}
# A number a problem and model, [problems, models], of requirements [problems, 4] and profiles [models, 4].
SHORTFALL_VIEWS: Final[Mapping[str, ShortfallView]] = {
    "shortfall": _shortfall,
    **{f"shortfall without {c.value}": _shortfall_without(k) for k, c in enumerate(Capability)},
    "K=1, largest": _single(_largest),
    "K=1, mean": _single(_mean),
    "difference r - c": lambda required, offered: (required[:, None, :] - offered[None, :, :]).mean(2),
    "largest requirement alone": lambda required, offered: np.repeat(
        required.max(1)[:, None], len(offered), 1
    ),
    "profile alone": lambda required, offered: np.repeat(1 - offered.mean(1)[None, :], len(required), 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What the bench knows beside the outcomes.

    Attributes:
        annotated: Annotated requirements by (benchmark, problem id).
        is_seen: Whether the encoder may have met a problem in training.
        profiles: (Model id, profile) by normalised name.
    """

    annotated: Mapping[tuple[str, str], tuple[float, ...]]
    is_seen: Callable[[Problem], bool]
    profiles: Mapping[str, tuple[str, Levels]]


def evaluate(
    panels: Sequence[Panel],
    scorer: Scorer,
    known: Knowledge,
    *,
    limit: int,
    seed: int,
    with_seen: bool = False,
) -> dict[str, Any]:
    """The whole report.

    Args:
        panels: Outcomes.
        scorer: The encoder.
        known: What else is known.
        limit: At most so many unseen problems of a benchmark; 0 for all.
        seed: Of sampling and resampling.
        with_seen: Report the problems of the training split as well, apart.

    Returns:
        ``panels``: one object a panel and ``part`` ("unseen", "seen"), with ``requirements`` (Spearman of
        each of `REQUIREMENT_VIEWS` with the share of failing models), ``annotated`` (the same of annotated
        numbers, on the problems that have some, beside the encoder's on the same problems) and ``shortfalls``
        (Spearman of each of `SHORTFALL_VIEWS` with each model's failure, over all pairs and within a model).
        Every correlation is [value, low, high].
    """
    chosen = _sampled(panels, known.is_seen, limit, seed, with_seen=with_seen)
    scorer.score([p.text for panel, _ in chosen for p in panel.problems], "Scoring problems")
    task = scorer.progress.add_task("Correlating", total=len(chosen))
    reports = []
    for panel, part in chosen:
        reports.append(_panel(panel, part, scorer, known, seed))
        scorer.progress.advance(task)
    return {"panels": reports}


def _sampled(
    panels: Sequence[Panel],
    is_seen: Callable[[Problem], bool],
    limit: int,
    seed: int,
    *,
    with_seen: bool,
) -> list[tuple[Panel, str]]:
    """Panels cut to unseen (or seen) problems; panels of one benchmark share their sample."""
    seen = {p: is_seen(p) for panel in panels for p in panel.problems}
    made = []
    for part in ("unseen", "seen") if with_seen else ("unseen",):
        for panel in panels:
            fitting = [p for p in panel.problems if seen[p] is (part == "seen")]
            # by a problem's own number, so that the panels of a benchmark overlap as far as they can
            fitting.sort(key=lambda p: random.Random(f"{seed}/{p.problem_id}").random())  # noqa: S311
            made.append((with_only(panel, fitting[: limit or len(fitting)]), part))
    return made


def _panel(panel: Panel, part: str, scorer: Scorer, known: Knowledge, seed: int) -> dict[str, Any]:
    report: dict[str, Any] = {
        "benchmark": panel.benchmark,
        "panel": panel.name,
        "part": part,
        "problems": len(panel.problems),
        "models": len(panel.failures),
    }
    if len(panel.problems) < LEAST_PROBLEMS:
        return report | {"skipped": f"fewer than {LEAST_PROBLEMS} problems"}
    required = levels_of(scorer.score([p.text for p in panel.problems]))
    failing = np.array([panel.failing(p) for p in panel.problems])
    report["mean_failing"] = round(float(failing.mean()), 4)
    report["requirements"] = _requirements(panel.problems, required, failing, seed)
    has = [i for i, p in enumerate(panel.problems) if (p.benchmark, p.problem_id) in known.annotated]
    if len(has) >= LEAST_PROBLEMS:
        some = [panel.problems[i] for i in has]
        aims = np.array([known.annotated[p.benchmark, p.problem_id] for p in some])
        report["annotated"] = {
            "problems": len(has),
            "annotation": _requirements(some, aims, failing[has], seed),
            "encoder": _requirements(some, required[has], failing[has], seed),
        }
    models = matched(panel.failures, known.profiles)
    if len(models) >= _LEAST_MODELS:
        report["shortfalls"] = _shortfalls(panel, required, models, seed)
    return report


def _requirements(problems: Sequence[Problem], required: Array, failing: Array, seed: int) -> dict[str, Any]:
    groups = [p.group for p in problems]
    return {
        name: interval_of_correlation(view(required), failing, groups, seed, _RESAMPLES).rounded()
        for name, view in REQUIREMENT_VIEWS.items()
    }


def _shortfalls(
    panel: Panel, required: Array, models: Mapping[str, tuple[str, Levels]], seed: int
) -> dict[str, Any]:
    """Spearman with each model's own failure.

    ``pairs`` ranks all problem-model pairs together, so the profile helps; ``within`` is the mean over models
    of the rank correlation over problems, where only the text can help.
    """
    offered = np.array([[profile[c] for c in Capability] for _, profile in models.values()])
    failed = np.array(
        [[panel.failures[m].get(p.problem_id, np.nan) for m in models] for p in panel.problems], np.float64
    )
    whole: Array = ~np.isnan(failed).any(1)
    failed, required = failed[whole], required[whole]
    groups = [p.group for p, use in zip(panel.problems, whole, strict=True) if use]

    def pairs(values: Array) -> Callable[[Array], float]:
        return lambda rows: rank_correlation(values[rows].ravel(), failed[rows].ravel())

    def within(values: Array) -> Callable[[Array], float]:
        return lambda rows: float(
            np.mean([rank_correlation(values[rows, m], failed[rows, m]) for m in range(len(models))])
        )

    found = {}
    for name, view in SHORTFALL_VIEWS.items():
        values = view(required, offered)
        found[name] = {
            "pairs": interval_of(pairs(values), groups, seed, _RESAMPLES // 3).rounded(),
            "within": interval_of(within(values), groups, seed, _RESAMPLES // 3).rounded(),
            "positive": round(float((values > 0).mean()), 4),
        }
    return {
        "problems": int(whole.sum()),
        "models": {name: model for name, (model, _) in models.items()},
        "by_view": found,
    }
