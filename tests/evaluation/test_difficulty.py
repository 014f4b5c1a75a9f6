from __future__ import annotations

import numpy as np
import pytest

from hydra_auto.evaluation.meaning.benchmarks import Problem
from hydra_auto.evaluation.meaning.difficulty import DIFFICULTY_VIEWS, difficulty
from hydra_auto.evaluation.meaning.gradings import grades_of


def problem(i, **grades):
    return Problem(
        benchmark="x", problem_id=str(i), group=str(i), text=f"text {i}", grades=tuple(grades.items())
    )


def measured(problems, required, failing=None, least=4):
    tokens = np.arange(len(problems))[::-1]
    return difficulty(problems, np.asarray(required), tokens, failing or {}, 1, least=least)


def test_each_head_is_judged_by_the_pairs_it_orders():
    problems = [problem(i, level=float(i // 2)) for i in range(4)]  # 0 0 1 1
    required = [[0.1, 0.9, 0.5, 0.3], [0.2, 0.8, 0.5, 0.4], [0.3, 0.7, 0.5, 0.3], [0.4, 0.6, 0.5, 0.5]]
    (found,) = measured(problems, required)
    shares = {name: view and view["share"] and view["share"][0] for name, view in found["by_view"].items()}
    assert shares == {
        "largest": 0.0,
        "mean": 0.625,
        "reasoning": 1.0,
        "code_generation": 0.0,
        "debugging": None,
        "tool_use": 0.625,
        "length": 0.0,
        "failing models": None,
    }
    assert tuple(shares) == DIFFICULTY_VIEWS
    assert found["by_view"]["debugging"] == {"share": None, "tied": 1.0}
    assert found["by_view"]["tool_use"]["tied"] == 0.25
    assert (found["pairs"], found["grades"]) == (4, {"0": 2, "1": 2})


def test_the_share_of_failing_models_is_there_where_it_is_known():
    problems = [problem(i, level=float(i)) for i in range(4)]
    required = np.random.default_rng(1).random((4, 4))
    known = {p: i / 4 for i, p in enumerate(problems)}
    (found,) = measured(problems, required, known)
    assert found["by_view"]["failing models"]["share"][0] == 1.0
    del known[problems[0]]
    (found,) = measured(problems, required, known)
    assert found["by_view"]["failing models"] is None


def test_gradings_are_apart_and_need_problems_and_two_grades():
    problems = [problem(i, level=float(i % 2), bugs=1.0) for i in range(6)]
    problems += [problem(i, rare=float(i)) for i in range(3)]
    (found,) = measured(problems, np.random.default_rng(1).random((9, 4)))
    assert (found["grading"], found["problems"]) == ("level", 6)


@pytest.mark.parametrize(
    ("benchmark", "rows", "name"),
    [
        ("livecodebench", [{"difficulty": d} for d in ("easy", "medium", "hard")], "difficulty"),
        ("livecodebench_selfrepair", [{"difficulty": d} for d in ("easy", "medium", "hard")], "difficulty"),
        ("debugbench", [{"difficulty": d} for d in ("easy", "medium", "hard")], "difficulty"),
        (
            "debugbench",
            [{"subcategory": s} for s in ("colon missing", "double", "triple", "quadruple")],
            "planted bugs",
        ),
        ("bigcodebench", [{"hard": False}, {"hard": True}], "hard"),
        ("math500", [{"level": 1}, {"level": 2}, {"level": 5}], "level"),
        ("tau2_bench", [{"n_gold_actions": 0}, {"n_gold_actions": 7}, {"n_gold_actions": 12}], "actions"),
        (
            "swebench_lite",
            [{"difficulty": d} for d in ("<15 min fix", "15 min - 1 hour", "1-4 hours", ">4 hours")],
            "time",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_grades_rise_with_the_datas_own_words(benchmark, rows, name):
    grades = [dict(grades_of(benchmark, row))[name] for row in rows]
    assert grades == sorted(set(grades))


@pytest.mark.parametrize("row", [{}, {"difficulty": None}, {"difficulty": "unheard-of"}])
def test_a_problem_without_a_difficulty_has_no_grade(row):
    assert grades_of("livecodebench", row) == ()
    assert grades_of("zeroeval_gsm8k", row | {"level": 3}) == ()
