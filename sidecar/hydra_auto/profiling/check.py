"""Levels against outcome panels: where does each model begin to fail more than it solves?

The difficulty of a question is its largest annotated requirement. Share solved over difficulty is fitted with
a logistic curve per model and panel; where it crosses one half, the model "begins to fail more than it
solves". On the rubric's scale that should be near the model's level. Nothing here is used to fit anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.profiling.latent import REFERENCE, Array
from hydra_auto.profiling.panels import Candidate, Panel
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.validation import spearman

FEWEST_QUESTIONS = 40
_FEWEST_MODELS = 3  # for a rank correlation within one panel
_RESAMPLES = 1_000
_NEWTON_STEPS = 30
_RIDGE = 0.02  # of slope and middle, against curves of questions that are all solved or all failed
_STEEPNESS = 6.0  # expected fall of log-odds per unit of requirement, what the ridge pulls to


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One model in one panel.

    Attributes:
        level: Of the catalog, in the capability that each question needs most, mean over questions.
        at: Requirement at which it solves half, within what the questions ask; at an end of that it
            means "there or beyond".
        beyond: ``-1`` below the easiest, ``1`` above the hardest question, else 0.
        low, high: 95 % interval of ``at`` over resampled questions.
    """

    panel: str
    who: Candidate
    questions: int
    solved: float
    level: float
    at: float
    beyond: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Levels against crossings over the models of a panel, with 95 % intervals over resampled questions.

    Attributes:
        rank: Spearman correlation; None with too few models.
        difference: Mean of crossing less level: above 0 the catalog is too modest.
    """

    panel: str
    models: int
    rank: tuple[float, float, float] | None
    difference: tuple[float, float, float]


def crossings(profiles: Profiles, panels: Sequence[Panel]) -> tuple[list[Crossing], list[Agreement]]:
    """All models in all panels with enough annotated questions, and how they agree with the levels."""
    rows: list[Crossing] = []
    agreements: list[Agreement] = []
    for panel in panels:
        measured = [(who, found) for who in panel.scores if (found := _resampled(profiles, panel, who))]
        rows += [found.row for _, found in measured]
        if measured:
            agreements.append(_agreement(panel.name, [found for _, found in measured]))
    return rows, agreements


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resampled:
    row: Crossing
    at: Array  # float64 [resamples]


def _resampled(profiles: Profiles, panel: Panel, who: Candidate) -> _Resampled | None:
    scores = panel.scores[who]
    questions = sorted(key for key in panel.required if key in scores)
    if len(questions) < FEWEST_QUESTIONS:
        return None
    hardest = [max(panel.required[key].values()) for key in questions]
    binding = [_binding(panel.required[key]) for key in questions]
    levels = profiles.levels(*who)
    y = np.array([scores[key] for key in questions])
    x, place = np.unique(np.array(hardest), return_inverse=True)
    # One seed for all: models of a panel with the same questions share their resamples.
    draws = np.random.default_rng(0).integers(0, len(questions), (_RESAMPLES, len(questions)))
    draws = np.vstack([np.arange(len(questions)), draws])
    asked = np.stack([np.bincount(place[draw], minlength=len(x)) for draw in draws]).astype(np.float64)
    solved = np.stack([np.bincount(place[draw], y[draw], len(x)) for draw in draws]).astype(np.float64)
    at = half_points(x, asked, solved)
    inside = np.clip(at, x.min(), x.max())
    low, high = np.quantile(inside[1:], (0.025, 0.975))
    row = Crossing(
        panel=panel.name,
        who=who,
        questions=len(questions),
        solved=float(y.mean()),
        level=mean(levels[c] for c in binding),
        at=float(inside[0]),
        beyond=int(np.sign(at[0] - inside[0])),
        low=float(low),
        high=float(high),
    )
    return _Resampled(row=row, at=inside[1:])


def _binding(required: Levels) -> Capability:
    return max(Capability, key=lambda c: required[c])


def half_points(x: Array, asked: Array, solved: Array) -> Array:
    """Where logistic curves cross one half.

    Args:
        x: float64 [steps], distinct difficulties, ascending.
        asked: float64 [curves, steps], questions of each difficulty.
        solved: float64 [curves, steps], how many of them were solved.

    Returns:
        float64 [curves], not limited to the range of ``x``.
    """
    middle = float((asked[0] * x).sum() / asked[0].sum())
    prior = np.array([0.0, -_STEEPNESS])
    theta = np.tile(prior, (len(asked), 1))
    design = np.stack([np.ones_like(x), x - middle], axis=1)
    for _ in range(_NEWTON_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(theta @ design.T, -30, 30)))
        gradient = (solved - asked * p) @ design - _RIDGE * (theta - prior)
        curvature = np.einsum("cn,ni,nj->cij", asked * p * (1.0 - p), design, design) + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        theta += np.clip(step, -5.0, 5.0)
    found: Array = middle - theta[:, 0] / np.minimum(theta[:, 1], -0.2)
    return found


def _agreement(name: str, measured: Sequence[_Resampled]) -> Agreement:
    levels = np.array([found.row.level for found in measured])
    at = np.array([found.row.at for found in measured])
    resampled = np.stack([found.at for found in measured], axis=1)
    differences = (resampled - levels).mean(axis=1)
    rank = None
    if len(measured) >= _FEWEST_MODELS:
        ranks = np.array([_rank(levels, row) for row in resampled])
        rank = (_rank(levels, at), *(float(v) for v in np.nanquantile(ranks, (0.025, 0.975))))
    low, high = np.quantile(differences, (0.025, 0.975))
    return Agreement(
        panel=name,
        models=len(measured),
        rank=None if rank is None else (rank[0], rank[1], rank[2]),
        difference=(float((at - levels).mean()), float(low), float(high)),
    )


def _rank(levels: Array, at: Array) -> float:
    if np.ptp(at) == 0 or np.ptp(levels) == 0:
        return float("nan")
    return spearman(levels.tolist(), at.tolist())


def check_report(profiles: Profiles, panels: Sequence[Panel]) -> Iterator[str]:
    """Both tables as Markdown, line by line."""
    rows, agreements = crossings(profiles, panels)
    yield "| panel | models | rank correlation of level and crossing | mean of crossing less level |"
    yield "|---|---|---|---|"
    for item in agreements:
        rank = "too few models" if item.rank is None else "{:.2f} ({:.2f} to {:.2f})".format(*item.rank)
        difference = "{:+.2f} ({:+.2f} to {:+.2f})".format(*item.difference)
        yield f"| {item.panel} | {item.models} | {rank} | {difference} |"
    yield ""
    yield "| panel | model | questions | solved | level | solves half at (95 %) |"
    yield "|---|---|---|---|---|---|"
    signs: Mapping[int, str] = {-1: "<= ", 0: "", 1: ">= "}
    for row in sorted(rows, key=lambda row: (row.panel, -row.level, row.who)):
        model, effort = row.who
        name = model if effort == REFERENCE else f"{model} ({effort})"
        yield (
            f"| {row.panel} | {name} | {row.questions} | {row.solved:.0%} | {row.level:.2f} | "
            f"{signs[row.beyond]}{row.at:.2f} ({row.low:.2f} to {row.high:.2f}) |"
        )
