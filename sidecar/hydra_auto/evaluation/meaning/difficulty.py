"""Do requirements order problems as their difficulty does, where the data state one?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.intervals import concordance
from hydra_auto.evaluation.meaning.benchmarks import Problem
from hydra_auto.evaluation.meaning.views import REQUIREMENT_VIEWS

LENGTH: Final = "length"
FAILING: Final = "failing models"
DIFFICULTY_VIEWS: Final = ("largest", "mean", *(c.value for c in Capability), LENGTH, FAILING)
"""The encoder's, then for comparison the text's length, and what the grades themselves are worth."""

Array = Any  # float64; its shape is in the docstrings


def difficulty(
    problems: Sequence[Problem],
    required: Array,
    tokens: Array,
    failing: Mapping[Problem, float],
    seed: int,
    *,
    least: int,
) -> list[dict[str, Any]]:
    """One object a grading that at least ``least`` of the problems have with two grades or more.

    Args:
        problems: Problems of one benchmark.
        required: Their requirements, float64 [problems, 4].
        tokens: Their lengths, int64 [problems].
        failing: Share of models that fail, where there are outcomes.
        seed: Of the resampling.
        least: Fewer problems are too few.

    Returns:
        ``grading``, ``problems``, ``grades`` (problems by grade), ``pairs`` of different grades, and
        ``by_view``: for each of `DIFFICULTY_VIEWS` the share of those pairs in the right order
        ([value, low, high]; None where all are equal or nothing is known) and the share ``tied``.
    """
    found = []
    for grading in dict.fromkeys(name for problem in problems for name, _ in problem.grades):
        has = [i for i, problem in enumerate(problems) if grading in dict(problem.grades)]
        some = [problems[i] for i in has]
        grades = np.array([dict(problem.grades)[grading] for problem in some])
        if len(some) < least or len(np.unique(grades)) == 1:
            continue
        values = {name: REQUIREMENT_VIEWS[name](required[has]) for name in DIFFICULTY_VIEWS[:-2]}
        values[LENGTH] = np.asarray(tokens, np.float64)[has]
        if all(problem in failing for problem in some):
            values[FAILING] = np.array([failing[problem] for problem in some])
        found.append(_grading(some, grades, values, seed) | {"grading": grading})
    return found


def _grading(
    problems: Sequence[Problem], grades: Array, values: Mapping[str, Array], seed: int
) -> dict[str, Any]:
    groups = [problem.group for problem in problems]
    by_view: dict[str, Any] = dict.fromkeys(DIFFICULTY_VIEWS)
    pairs = 0
    for name, of_problems in values.items():
        ordered = concordance(of_problems, grades, groups, seed)
        if ordered is not None:
            pairs = ordered.pairs
            share = ordered.interval()
            by_view[name] = {"share": share and share.rounded(), "tied": round(ordered.tied, 4)}
    return {
        "problems": len(problems),
        "grades": {f"{grade:g}": count for grade, count in sorted(Counter(grades.tolist()).items())},
        "pairs": pairs,
        "by_view": by_view,
    }
