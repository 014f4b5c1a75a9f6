from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders import model
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.shortfall import gaps, normalised, shortfall
from hydra_auto.evaluation.meaning.benchmarks import Panel, Problem
from hydra_auto.evaluation.meaning.model_profiles import name_key
from hydra_auto.evaluation.meaning.report import Knowledge, evaluate
from hydra_auto.evaluation.meaning.tables import meaning_tables
from hydra_auto.evaluation.meaning.views import SHORTFALL_VIEWS


def panel(count=24, name="all"):
    """Problems with 0 to 3 of the words; "weak" solves none with any, "strong" those with up to two."""
    problems, weak, strong = [], {}, {}
    for i in range(count):
        hardness = i % 4
        problems.append(
            Problem(
                benchmark="math500",
                problem_id=f"p/{i}",
                group=f"p/{i}",
                text=f"{'prove ' * 2 * hardness}number {i}",
            )
        )
        weak[f"p/{i}"] = float(hardness > 0)
        strong[f"p/{i}"] = float(hardness > 2)
    return Panel(
        benchmark="math500",
        name=name,
        problems=tuple(problems),
        failures={
            "Weak-7B-Instruct": weak,
            "Strong (High)": strong,
            "Middling": strong,
            "unheard-of": weak,
        },
    )


def known(seen=lambda _: False, annotated=None):
    models = {
        "weak7b": model("weak-7b", 0.16, output=1.0),
        "strong": model("strong", 0.52, output=9.0),
        "middling": model("middling", 0.36, output=3.0),
    }
    return Knowledge(annotated=annotated or {}, is_seen=seen, models=models)


def whole(scorer, panels, knowledge, limit=0, **more):
    *_, report = evaluate(panels, scorer, knowledge, limit=limit, seed=1, **more)
    return report


def run(scorer, panels, knowledge, limit=0, **more):
    return whole(scorer, panels, knowledge, limit, **more)["panels"]


def test_requirements_that_order_failures_correlate_with_them(scorer):
    (found,) = run(scorer, [panel()], known())
    assert found["problems"] == 24
    assert found["requirements"]["largest"][0] == pytest.approx(0.95, abs=0.05)
    assert found["requirements"]["reasoning"] == found["requirements"]["largest"]
    assert found["requirements"]["largest without reasoning"][0] > 0.9  # the others are half of it
    low, high = found["requirements"]["largest"][1:]
    assert low <= found["requirements"]["largest"][0] <= high


def test_shortfalls_are_of_the_models_whose_profiles_are_known(scorer):
    (found,) = run(scorer, [panel()], known())
    assert found["shortfalls"]["models"] == {
        "Weak-7B-Instruct": "test/weak-7b",
        "Strong (High)": "test/strong",
        "Middling": "test/middling",
    }
    assert found["shortfalls"]["profiles"] == 3
    by_view = found["shortfalls"]["by_view"]
    assert set(by_view) == set(SHORTFALL_VIEWS)
    assert by_view["shortfall"]["pairs"][0] > by_view["largest requirement alone"]["pairs"][0]
    assert by_view["shortfall"]["pairs"][0] > by_view["profile alone"]["pairs"][0]
    assert by_view["profile alone"]["within"] is None
    assert by_view["shortfall"]["ahead"] == [0.0, 0.0, 0.0]
    assert by_view["profile alone"]["ahead"][0] == pytest.approx(
        by_view["shortfall"]["pairs"][0] - by_view["profile alone"]["pairs"][0], abs=1e-3
    )
    assert by_view["profile alone"]["ahead"][1] > 0
    assert by_view["shortfall without tool_use"]["ahead"][0] != by_view["profile alone"]["ahead"][0]


def test_the_shortfall_is_the_routers():
    rng = np.random.default_rng(1)
    required, offered = rng.random((3, 4)), rng.random((2, 4))
    ours = SHORTFALL_VIEWS["shortfall"](required, offered)
    weights = normalised(dict.fromkeys(Capability, 1.0))
    for p in range(3):
        for m in range(2):
            need, level = (dict(zip(Capability, row, strict=True)) for row in (required[p], offered[m]))
            assert ours[p, m] == pytest.approx(shortfall(gaps(need, level), weights))


def test_a_single_head_is_one_requirement_against_the_mean_level():
    required = np.array([[0.9, 0.5, 0.2, 0.0], [0.1, 0.3, 0.0, 0.0]])
    offered = np.array([[0.8, 0.4, 0.4, 0.0], [0.1, 0.1, 0.1, 0.1]])  # mean 0.4, 0.1
    largest = SHORTFALL_VIEWS["K=1, largest"](required, offered)
    assert largest == pytest.approx(np.array([[0.5, 0.8], [0.0, 0.2]]))
    mean = SHORTFALL_VIEWS["K=1, mean"](required, offered)  # of 0.4 and 0.1
    assert mean == pytest.approx(np.array([[0.0, 0.3], [0.0, 0.0]]))


def test_a_head_alone_is_its_requirement_for_every_model():
    required, offered = np.array([[0.9, 0.5, 0.2, 0.1]]), np.zeros((2, 4))
    alone = [SHORTFALL_VIEWS[f"{c.value} alone"](required, offered).tolist() for c in Capability]
    assert alone == [[[0.9, 0.9]], [[0.5, 0.5]], [[0.2, 0.2]], [[0.1, 0.1]]]


def test_a_head_that_says_the_same_of_every_problem_has_no_correlation(scorer, predictor):
    predictor.up = ()
    (found,) = run(scorer, [panel()], known())
    assert found["requirements"]["debugging"] is None
    assert found["shortfalls"]["by_view"]["debugging alone"]["within"] is None


def test_it_is_said_how_often_each_head_is_short(scorer):
    """Reasoning is 0.1, 0.3, 0.5, 0.7 and the others half of it; levels are 0.16, 0.36 and 0.52."""
    (found,) = run(scorer, [panel()], known())
    assert found["shortfalls"]["short"] == {
        "reasoning": 0.5,  # three, two and one of four requirements
        "code_generation": 0.1667,  # two of four for the weakest
        "debugging": 0.1667,
        "tool_use": 0.1667,
    }


def test_shortfalls_need_three_profiles(scorer):
    few = known()
    models = dict.fromkeys(("weak7b", "unheardof", "strong"), few.models["strong"])
    (found,) = run(scorer, [panel()], replace(few, models=models))
    assert "by_view" not in found["shortfalls"]
    assert "likelihood_profiled" not in found
    assert found["likelihood"]["models"] == 4
    assert (len(found["shortfalls"]["models"]), found["shortfalls"]["profiles"]) == (3, 1)


def test_problems_of_the_training_split_are_left_out_or_apart(scorer):
    odd = known(seen=lambda p: int(p.problem_id[2:]) >= 40)
    (unseen,) = run(scorer, [panel(80)], odd)
    assert (unseen["part"], unseen["problems"]) == ("unseen", 40)
    both = run(scorer, [panel(80)], odd, with_seen=True)
    assert [(p["part"], p["problems"]) for p in both] == [("unseen", 40), ("seen", 40)]


def test_panels_of_a_benchmark_share_their_sample(scorer, predictor):
    found = run(scorer, [panel(60, "new"), panel(60, "old")], known(), limit=30)
    assert [p["problems"] for p in found] == [30, 30]
    assert predictor.scored == 30
    assert [p["drawn_from"] for p in found] == [60, 60]
    rows = meaning_tables({"panels": found, "difficulty": [], "together": []})[0].rows
    assert [row[:3] for row in rows] == [("math500, new", "30 of 60", "4"), ("math500, old", "30 of 60", "4")]
    # a quarter of the problems has each share of failing models: so has the sample
    assert found[0]["mean_failing"] == pytest.approx(1 / 2, abs=0.02)


def test_too_few_problems_are_named_and_not_correlated(scorer):
    (found,) = run(scorer, [panel(10)], known())
    assert "skipped" in found
    assert "requirements" not in found


def test_annotated_numbers_stand_beside_the_encoders_on_the_same_problems(scorer):
    annotated = {("math500", f"p/{i}"): (0.3 * (i % 4), 0.0, 0.0, 0.0) for i in range(20)}
    (found,) = run(scorer, [panel()], known(annotated=annotated))
    assert found["annotated"]["problems"] == 20
    assert found["annotated"]["annotation"]["largest"][0] > 0.9
    assert found["annotated"]["annotation"]["debugging"] is None
    assert found["annotated"]["encoder"]["largest"][0] > 0.9


def test_outcomes_are_foretold_of_all_models_and_of_those_with_a_profile(scorer):
    (found,) = run(scorer, [panel(60)], known())
    assert (found["likelihood"]["models"], found["likelihood"]["pairs"]) == (4, 240)
    assert (found["likelihood_profiled"]["models"], found["likelihood_profiled"]["pairs"]) == (3, 180)
    assert set(found["likelihood"]["by_view"]) < set(found["likelihood_profiled"]["by_view"])
    assert found["likelihood"]["by_view"]["largest requirement"]["log_loss"][1] > 0


def test_decisions_are_among_the_models_that_are_known(scorer):
    (found,) = run(scorer, [panel(60)], known())
    singles = found["decisions"]["singles"]
    assert sorted(singles) == ["test/middling", "test/strong", "test/weak-7b"]
    assert singles["test/weak-7b"]["solved"] == 0.25
    assert singles["test/strong"]["solved"] == 0.75
    unpriced = replace(known(), models={n: replace(m, price=None) for n, m in known().models.items()})
    (found,) = run(scorer, [panel(60)], unpriced)
    assert "decisions" not in found


def test_panels_with_the_same_models_decide_together_too(scorer):
    found = whole(scorer, [panel(60, "new"), panel(40, "old")], known())
    (both,) = found["together"]
    assert (both["panels"], both["part"], both["problems"]) == (
        ["math500, new", "math500, old"],
        "unseen",
        100,
    )
    few = panel(19, "few")
    assert whole(scorer, [panel(60), few], known())["together"] == []


def graded(problems, benchmark="math500", start=0):
    return tuple(
        replace(p, benchmark=benchmark, grades=(("level", float((i % 4 + start) // 2)),))
        for i, p in enumerate(problems)
    )


def test_a_benchmarks_difficulty_is_of_its_problems_whatever_panels_they_are_in(scorer):
    new, old = panel(60, "new"), panel(40, "old")
    panels = [replace(p, problems=graded(p.problems)) for p in (new, old)]
    report = whole(scorer, panels, known())
    (found,) = report["difficulty"]
    assert (found["benchmark"], found["part"], found["grading"]) == ("math500", "unseen", "level")
    assert (found["problems"], found["grades"]) == (60, {"0": 30, "1": 30})
    assert found["by_view"]["largest"]["share"][0] == 1.0
    assert found["by_view"]["failing models"]["share"][0] == 0.875  # hardness 1 and 2 fail alike


def test_problems_without_outcomes_have_a_difficulty_and_are_apart_if_seen(scorer):
    texts = graded(panel(60).problems, "swebench_lite")
    odd = known(seen=lambda p: int(p.problem_id[2:]) >= 40)
    found = whole(scorer, [], odd, limit=24, with_seen=True, graded=texts)["difficulty"]
    assert [(f["benchmark"], f["part"], f["problems"]) for f in found] == [
        ("swebench_lite", "unseen", 24),
        ("swebench_lite", "seen", 20),
    ]
    assert found[0]["grades"] == {"0": 12, "1": 12}
    assert found[0]["by_view"]["failing models"] is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GPT-4O-2024-08-06", "openai/gpt-4o"),
        ("O4-Mini (High)", "o4-mini"),
        ("google_gemma_3_27b_it+cot", "Gemma 3 27B"),
        ("Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("gpt-4o-mini-2024-07-18-FC", "gpt-4o-mini"),
    ],
)
def test_spellings_of_one_model_have_one_key(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("gpt-4o", "gpt-4o-mini"), ("qwen3-8b", "qwen3-14b"), ("Codestral-Latest", "codestral-2508")],
)
def test_different_models_have_different_keys(one, other):
    assert name_key(one) != name_key(other)
