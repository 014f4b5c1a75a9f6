"""``eval meaning``: do predicted requirements and shortfalls go with what real models fail at?

Only the order is judged (Spearman): the outcomes are of older models than today's, and levels do not carry
over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.evaluation.benchmarks import Panel, Problem, with_only
from hydra_auto.evaluation.intervals import Interval, RankCorrelation, rank_correlations
from hydra_auto.evaluation.model_profiles import matched
from hydra_auto.evaluation.sampling import evenly
from hydra_auto.evaluation.scoring import Scorer, levels_of
from hydra_auto.evaluation.views import FULL, REQUIREMENT_VIEWS, SHORTFALL_VIEWS

LEAST_PROBLEMS: Final = 20  # below that an order means little
LEAST_PROFILES: Final = 3  # fewer tell hardly what a profile adds

Array = Any  # float64; its shape is in the docstrings


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A panel cut to the problems of one part; ``of`` is how many there were before the limit."""

    panel: Panel
    part: str
    of: int


def evaluate(
    panels: Sequence[Panel],
    scorer: Scorer,
    known: Knowledge,
    *,
    limit: int,
    seed: int,
    with_seen: bool = False,
) -> Iterator[dict[str, Any]]:
    """The report, again and again as it grows by a panel; the last one is whole.

    Args:
        panels: Outcomes; those of one benchmark side by side.
        scorer: The encoder.
        known: What else is known.
        limit: At most so many problems of a benchmark and part; 0 for all.
        seed: Of sampling and resampling.
        with_seen: Report the problems of the training split as well, apart.

    Yields:
        ``panels``: one object a panel and ``part`` ("unseen", "seen"), with ``requirements`` (Spearman of
        each of `REQUIREMENT_VIEWS` with the share of failing models), ``annotated`` (the same of annotated
        numbers, on the problems that have some, beside the encoder's on the same problems) and ``shortfalls``
        (Spearman of each of `SHORTFALL_VIEWS` with each model's failure, over all pairs and within a model;
        ``ahead`` is by how much the router's view beats it over all pairs; ``short`` is the share of pairs in
        which a head is short), left out with fewer than `LEAST_PROFILES` different profiles. Every
        correlation is [value, low, high], or None where one side is constant. It is one object that is
        added to.
    """
    cuts = list(_cuts(panels, known.is_seen, limit, seed, with_seen=with_seen))
    scorer.expect(len({p.text for cut in cuts if _is_enough(cut.panel) for p in cut.panel.problems}))
    report: dict[str, Any] = {"panels": []}
    for cut in cuts:
        report["panels"].append(_panel(cut, scorer, known, seed))
        yield report
    yield report


def _cuts(
    panels: Iterable[Panel],
    is_seen: Callable[[Problem], bool],
    limit: int,
    seed: int,
    *,
    with_seen: bool,
) -> Iterator[_Cut]:
    """Panels cut to unseen (or seen) problems; panels of one benchmark share their sample.

    The sample is drawn evenly over how many models fail, by the first panel that has the problem.
    """
    for _, some in groupby(panels, lambda panel: panel.benchmark):
        of_benchmark = list(some)
        failing: dict[Problem, float] = {}
        for panel in of_benchmark:
            for problem in panel.problems:
                failing.setdefault(problem, panel.failing(problem))
        seen = {problem: is_seen(problem) for problem in failing}
        for part in ("unseen", "seen") if with_seen else ("unseen",):
            fitting = [p for p in failing if seen[p] is (part == "seen")]
            chosen = set(evenly(fitting, limit, failing.__getitem__, seed))
            for panel in of_benchmark:
                cut = with_only(panel, [p for p in panel.problems if p in chosen])
                whole = sum(seen[p] is (part == "seen") for p in panel.problems)
                yield _Cut(panel=cut, part=part, of=whole)


def _is_enough(panel: Panel) -> bool:
    return len(panel.problems) >= LEAST_PROBLEMS


def _panel(cut: _Cut, scorer: Scorer, known: Knowledge, seed: int) -> dict[str, Any]:
    panel = cut.panel
    report: dict[str, Any] = {
        "benchmark": panel.benchmark,
        "panel": panel.name,
        "part": cut.part,
        "problems": len(panel.problems),
        "drawn_from": cut.of,
        "models": len(panel.failures),
    }
    if not _is_enough(panel):
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
    if models:
        report |= _shortfalls(panel, required, models, seed)
    return report


def _rounded(found: Interval | None) -> list[float] | None:
    return found.rounded() if found else None


def _requirements(problems: Sequence[Problem], required: Array, failing: Array, seed: int) -> dict[str, Any]:
    groups = [p.group for p in problems]
    return {
        name: _rounded(rank_correlations(view(required), failing, groups, seed).interval())
        for name, view in REQUIREMENT_VIEWS.items()
    }


def _shortfalls(
    panel: Panel, required: Array, models: Mapping[str, tuple[str, Levels]], seed: int
) -> dict[str, Any]:
    """Spearman with each model's own failure; nothing if too few problems were met by all models.

    ``pairs`` ranks all problem-model pairs together, so the profile helps; ``within`` is the mean over models
    of the rank correlation over problems, where only the text can help.
    """
    offered = np.array([[profile[c] for c in Capability] for _, profile in models.values()])
    failed = np.array(
        [[panel.failures[m].get(p.problem_id, np.nan) for m in models] for p in panel.problems], np.float64
    )
    whole: Array = ~np.isnan(failed).any(1)
    if whole.sum() < LEAST_PROBLEMS:
        return {}
    report: dict[str, Any] = {
        "problems": int(whole.sum()),
        "models": {name: model for name, (model, _) in models.items()},
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
