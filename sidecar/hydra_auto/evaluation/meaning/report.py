"""``eval meaning``: do predicted requirements and shortfalls go with what real models fail at?

By their order (Spearman, here), as likelihoods of single outcomes (`likelihood`), against stated difficulties
(`difficulty`), and by what decisions lose without them (`ablation`). The outcomes are of older models than
today's, and levels do not carry over from one panel to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.routing_policy import CostBasis
from hydra_auto.evaluation.meaning.ablation import Material, ablation, material, together
from hydra_auto.evaluation.meaning.benchmarks import SEEN, UNSEEN, Panel, Problem, panel_label, with_only
from hydra_auto.evaluation.meaning.correlations import (
    LEAST_PROBLEMS,
    LEAST_PROFILES,
    failures,
    offered_by,
    requirements,
    shortfalls,
)
from hydra_auto.evaluation.meaning.difficulty import difficulty
from hydra_auto.evaluation.meaning.likelihood import failing_others, likelihood
from hydra_auto.evaluation.meaning.model_profiles import matched
from hydra_auto.evaluation.sampling import evenly
from hydra_auto.evaluation.scoring import Scorer, lengths_of, levels_of

Array = Any  # float64; its shape is in the docstrings


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What the bench knows beside the outcomes.

    Attributes:
        annotated: Annotated requirements by (benchmark, problem id).
        is_seen: Whether the encoder may have met a problem in training.
        models: Models with their profiles, by normalised name.
        cost_basis: What an answer is taken to cost.
    """

    annotated: Mapping[tuple[str, str], tuple[float, ...]]
    is_seen: Callable[[Problem], bool]
    models: Mapping[str, ModelEntry]
    cost_basis: CostBasis = CostBasis.MEASURED


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
    graded: Sequence[Problem] = (),
) -> Iterator[dict[str, Any]]:
    """The report, again and again as it grows by a panel; the last one is whole.

    Args:
        panels: Outcomes; those of one benchmark side by side.
        scorer: The encoder.
        known: What else is known.
        limit: At most so many problems of a benchmark and part; 0 for all.
        seed: Of sampling, folds and resampling.
        with_seen: Report the problems of the training split as well, apart.
        graded: Problems without outcomes whose difficulty is stated.

    Yields:
        ``panels``: one object a panel and ``part`` ("unseen", "seen"), with ``requirements`` (Spearman of
        each of `REQUIREMENT_VIEWS` with the share of failing models), ``annotated`` (the same of annotated
        numbers, on the problems that have some, beside the encoder's on the same problems) and ``shortfalls``
        (Spearman of each of `SHORTFALL_VIEWS` with each model's failure, over all pairs and within a model;
        ``ahead`` is by how much the router's view beats it over all pairs; ``short`` is the share of pairs in
        which a head is short), left out with fewer than `LEAST_PROFILES` different profiles; ``likelihood``
        of all models and ``likelihood_profiled`` of those with a profile (`likelihood.likelihood`), and
        ``decisions`` (`ablation.ablation`).
        ``together``: decisions of panels with the same models, as one; ``panels`` are their names.
        ``difficulty``: one object a benchmark, part and grading (`difficulty.difficulty`).
        Every correlation is [value, low, high], or None where one side is constant. It is one object that is
        added to.
    """
    parts = (UNSEEN, SEEN) if with_seen else (UNSEEN,)
    cuts = list(_cuts(panels, known.is_seen, limit, seed, parts))
    more = {part: _of_part(graded, known.is_seen, limit, seed, part) for part in parts}
    shown = [cut for cut in cuts if _is_enough(cut.panel)]
    texts = {p.text for cut in shown for p in cut.panel.problems}
    scorer.expect(len(texts.union(p.text for some in more.values() for p in some)))
    report: dict[str, Any] = {"panels": [], "together": [], "difficulty": []}
    decided: list[Material] = []
    for cut in cuts:
        found = _panel(cut, scorer, known, seed)
        if (choices := _choices(cut, scorer, known)) and (lost := ablation(choices, seed)):
            found["decisions"] = lost
            decided.append(choices)
        report["panels"].append(found)
        yield report
    for both in together(decided):
        if lost := ablation(both, seed):
            report["together"].append({"panels": list(both.names), "part": both.part} | lost)
    for part, some in more.items():
        report["difficulty"] += _difficulty(shown, some, part, scorer, seed)
    yield report


def _cuts(
    panels: Iterable[Panel],
    is_seen: Callable[[Problem], bool],
    limit: int,
    seed: int,
    parts: Sequence[str],
) -> Iterator[_Cut]:
    """Panels cut to unseen (or seen) problems; panels of one benchmark share their sample.

    The sample is drawn evenly over how many models fail, by the first panel that has the problem.
    """
    for _, some in groupby(panels, lambda panel: panel.benchmark):
        of_benchmark = list(some)
        failing = _failing(of_benchmark)
        seen = {problem: is_seen(problem) for problem in failing}
        for part in parts:
            fitting = [p for p in failing if seen[p] is (part == SEEN)]
            chosen = set(evenly(fitting, limit, failing.__getitem__, seed))
            for panel in of_benchmark:
                cut = with_only(panel, [p for p in panel.problems if p in chosen])
                whole = sum(seen[p] is (part == SEEN) for p in panel.problems)
                yield _Cut(panel=cut, part=part, of=whole)


def _failing(panels: Iterable[Panel]) -> dict[Problem, float]:
    """Share of models that fail, by the first panel that has the problem."""
    found: dict[Problem, float] = {}
    for panel in panels:
        for problem in panel.problems:
            if problem not in found:
                found[problem] = panel.failing(problem)
    return found


def _of_part(
    graded: Sequence[Problem], is_seen: Callable[[Problem], bool], limit: int, seed: int, part: str
) -> list[Problem]:
    """Problems of one part, at most ``limit``, drawn evenly over their grades."""
    fitting = [p for p in graded if p.grades and is_seen(p) is (part == SEEN)]
    return evenly(fitting, limit, lambda problem: problem.grades, seed)


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
    report["requirements"] = requirements(panel.problems, required, failing, seed)
    has = [i for i, p in enumerate(panel.problems) if (p.benchmark, p.problem_id) in known.annotated]
    if len(has) >= LEAST_PROBLEMS:
        some = [panel.problems[i] for i in has]
        aims = np.array([known.annotated[p.benchmark, p.problem_id] for p in some])
        report["annotated"] = {
            "problems": len(has),
            "annotation": requirements(some, aims, failing[has], seed),
            "encoder": requirements(some, required[has], failing[has], seed),
        }
    models = matched(panel.failures, known.models)
    if models:
        report |= shortfalls(panel, required, models, seed)
    return report | _likelihoods(panel, required, models, seed)


def _likelihoods(
    panel: Panel, required: Array, models: Mapping[str, ModelEntry], seed: int
) -> dict[str, dict[str, Any]]:
    """Of all models; and of those with a profile, where these are different enough."""
    groups = [p.group for p in panel.problems]
    failed = failures(panel, panel.failures)
    others = failing_others(failed)
    report = {"likelihood": likelihood(1.0 - failed, required, groups, seed, others=others)}
    offered = offered_by(models.values())
    if len(np.unique(offered, axis=0)) >= LEAST_PROFILES:
        columns = [i for i, name in enumerate(panel.failures) if name in models]
        report["likelihood_profiled"] = likelihood(
            1.0 - failed[:, columns],
            required,
            groups,
            seed,
            offered=offered,
            others=None if others is None else others[:, columns],
        )
    return {name: found for name, found in report.items() if found}


def _choices(cut: _Cut, scorer: Scorer, known: Knowledge) -> Material | None:
    """What decisions can be looked up on; None with too few problems or priced models."""
    panel = cut.panel
    models = matched(panel.failures, known.models)
    if not _is_enough(panel) or not models:
        return None
    scored = scorer.score([p.text for p in panel.problems])
    found = material(
        panel_label(panel.benchmark, panel.name),
        cut.part,
        models,
        failures(panel, models),
        levels_of(scored),
        lengths_of(scored),
        [p.group for p in panel.problems],
        known.cost_basis,
    )
    return found if found and len(found.required) >= LEAST_PROBLEMS else None


def _difficulty(
    cuts: Sequence[_Cut], graded: Sequence[Problem], part: str, scorer: Scorer, seed: int
) -> Iterator[dict[str, Any]]:
    """Of the problems of each benchmark, in whichever of its panels they are, and of ``graded``."""
    failing = _failing(cut.panel for cut in cuts if cut.part == part)
    for benchmark, some in groupby([*failing, *graded], lambda problem: problem.benchmark):
        problems = list(some)
        scored = scorer.score([p.text for p in problems])
        for found in difficulty(
            problems, levels_of(scored), lengths_of(scored), failing, seed, least=LEAST_PROBLEMS
        ):
            yield {"benchmark": benchmark, "part": part} | found
