"""Stated difficulties in the report of ``eval meaning`` as a table."""

from __future__ import annotations

from typing import Any

from hydra_auto.evaluation.meaning.benchmarks import panel_label
from hydra_auto.evaluation.meaning.difficulty import DIFFICULTY_VIEWS
from hydra_auto.evaluation.tables import CONSTANT, Table, percent


def grading_label(found: dict[str, Any]) -> str:
    """Benchmark and grading."""
    return f"{panel_label(found['benchmark'], part=found['part'])}: {found['grading']}"


def difficulty_tables(gradings: list[dict[str, Any]]) -> list[Table]:
    """One table, if any problems have stated difficulties."""
    if not gradings:
        return []
    rows = tuple(
        (
            grading_label(found),
            " + ".join(str(count) for count in found["grades"].values()),
            *(_share(found["by_view"][view]) for view in DIFFICULTY_VIEWS),
        )
        for found in gradings
    )
    return [
        Table(
            title="Stated difficulty: share of pairs of different grades that are ordered rightly",
            columns=("benchmark: grading", "problems, easiest first", *DIFFICULTY_VIEWS),
            rows=rows,
            note="Ties count half, so that 50 % is chance; Somers' D is twice the share less 1. 95 % "
            f'intervals by bootstrap over problems. "{CONSTANT}": the same for all problems. Length, in '
            'tokens, and the share of failing models are there for comparison; "no outcomes": none are '
            "known.",
        )
    ]


def _share(of_view: dict[str, Any] | None) -> str:
    if of_view is None:
        return "no outcomes"
    return CONSTANT if of_view["share"] is None else percent(of_view["share"])
