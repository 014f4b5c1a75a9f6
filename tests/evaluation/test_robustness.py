from __future__ import annotations

import random
from dataclasses import replace

import pytest
from rich.progress import Progress

from eval_data import WordPredictor
from hydra_auto.core.catalog import Catalog
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.pools import FIVE_LEVELS, pool_named
from hydra_auto.evaluation.robustness.material import Material, Message, material_of
from hydra_auto.evaluation.robustness.report import ALL_OF_FAMILY, SEARCHED
from hydra_auto.evaluation.robustness.report import evaluate as evaluate_robustness
from hydra_auto.evaluation.robustness.searches import BORROWED, OWN, Attempt, SearchPlan, plan_jobs
from hydra_auto.evaluation.robustness.suffix_search import SearchConfig
from hydra_auto.evaluation.robustness.tricks import Aim
from hydra_auto.evaluation.scoring import Scorer
from hydra_auto.training.annotations import REAL, Item

POOL = Chooser(pool_named(FIVE_LEVELS, Catalog(models=())))
NO_SEARCH = SearchPlan().scaled(0)


def evaluate(*arguments):
    *_, report = evaluate_robustness(*arguments)
    return report


def message(i, text, level):
    return Message(key=str(i), source="real/s", group=str(i), text=text, requirements=(level,) * 4)


EASY = [message(i, f"hello number {i}", 0.1) for i in range(6)]
HARD = [message(i, f"prove theorem {'prove ' * 6}{i}", 0.9) for i in range(4)]
MATERIAL = Material(
    easy=EASY,
    hard=HARD,
    of=(6, 4),
    needs=[m.requirements for m in (*EASY, *HARD)],
    words={Aim.UP: ["theorem", "alpha", "beta", "gamma", "delta"], Aim.DOWN: ["obvious", "alpha", "beta"]},
)


@pytest.fixture
def report(scorer):
    return evaluate(MATERIAL, scorer, [POOL], NO_SEARCH, 1)


def row(report, direction, name):
    return next(r for r in report[direction] if r["name"] == name)


def test_what_the_encoder_does_not_see_moves_nothing(report):
    moved = row(report, "up", "flattery")
    assert moved["rise"] == [0.0, 0.0, 0.0]
    assert moved["messages"] == 6
    at = moved["by_pool"][FIVE_LEVELS]["balanced"]
    assert at["to_dearer"][0] == 0.0
    assert at["added_usd"] == [0.0, 0.0, 0.0]
    assert at["cost_ratio"] == [1.0, 1.0, 1.0]


def test_what_it_takes_for_hard_is_counted_with_its_cost(scorer, predictor):
    predictor.up = ("hello", "theorem")
    material = replace(MATERIAL, hard=[], of=(6, 0))
    found = row(evaluate(material, scorer, [POOL], NO_SEARCH, 1), "up", "said three times")
    assert found["rise"][0] == pytest.approx(0.2)  # two more of the words
    at = found["by_pool"][FIVE_LEVELS]["quality"]
    assert at["to_dearer"][0] == 1.0
    assert at["to_dearest"][0] == 0.0
    assert at["added_usd"][0] > 0
    assert at["cost_ratio"][0] == pytest.approx(10 / 3, abs=0.2)  # from the second step to the third, or so


def test_talking_down_is_measured_on_hard_messages(report):
    assert row(report, "down", "claims of ease")["messages"] == 4
    names = {r["name"] for r in report["down"]}
    assert "lookalike letters" in names
    assert "flattery" not in names


def test_talking_down_counts_cheaper_models(scorer, predictor):
    predictor.down = ("obvious.", "could", "first", "off,", "job,", "machine", "it.", "one")
    found = row(evaluate(MATERIAL, scorer, [POOL], NO_SEARCH, 1), "down", "claims of ease")
    at = found["by_pool"][FIVE_LEVELS]["quality"]
    assert found["rise"][0] < 0
    assert at["to_cheaper"][0] > 0
    assert at["added_usd"][0] < 0
    assert at["cost_ratio"][0] < 1


def test_a_family_is_all_of_its_tricks(report):
    family = [r for r in report["up"] if r["family"] == "stuffing"]
    whole = next(r for r in family if r["name"] == ALL_OF_FAMILY)
    assert whole["messages"] == sum(r["messages"] for r in family if r is not whole)


def test_every_pool_has_every_regime(report):
    for direction in ("up", "down"):
        for found in report[direction]:
            assert set(found["by_pool"][FIVE_LEVELS]) == {regime.value for regime in Regime}


def test_a_searched_suffix_moves_its_message_and_is_tried_on_others(scorer):
    plan = SearchPlan(
        singles=2,
        single=SearchConfig(words=4, budget=200),
        borrow=3,
        batches=1,
        batch_size=2,
        batch=SearchConfig(words=4, budget=400),
        transfer=3,
        downs=0,
    )
    report = evaluate(MATERIAL, scorer, [POOL], plan, 1)
    searched = [r for r in report["up"] if r["family"] == SEARCHED]
    assert [r["messages"] for r in searched] == [2, 6, 2, 3]
    assert all(r["rise"][0] == pytest.approx(0.4) for r in searched)
    assert all(s["suffix"] == "theorem theorem theorem theorem" for s in report["searches"])
    assert not [r for r in report["down"] if r["family"] == SEARCHED]


def test_a_suffix_is_searched_downwards_for_hard_messages(scorer, predictor):
    predictor.down = ("obvious",)
    plan = SearchPlan(singles=0, batches=0, downs=3, single=SearchConfig(words=4, budget=120), borrow=2)
    report = evaluate(MATERIAL, scorer, [POOL], plan, 1)
    searched = [r for r in report["down"] if r["family"] == SEARCHED]
    assert [(r["name"], r["messages"]) for r in searched] == [(OWN, 3), (BORROWED, 6)]
    assert all(r["rise"][0] == pytest.approx(-0.4) for r in searched)
    at = searched[0]["by_pool"][FIVE_LEVELS]["balanced"]
    assert (at["to_cheaper"][0], at["to_dearer"][0]) == (1.0, 0.0)
    assert {(s["aim"], s["suffix"]) for s in report["searches"]} == {("down", " ".join(["obvious"] * 4))}
    assert all(s["gain"] == pytest.approx(0.4 + 0.25) for s in report["searches"])  # largest and mean fall
    assert not [r for r in report["up"] if r["family"] == SEARCHED]


def test_suffixes_searched_against_another_encoder_are_tried_on_the_shipped_one(scorer, predictor):
    other = WordPredictor()
    other.up, other.model_version = ("alpha",), "older"
    attacked = Scorer(other, Progress(disable=True))
    plan = SearchPlan(singles=2, batches=0, downs=0, single=SearchConfig(words=4, budget=200), borrow=1)

    def found():
        *_, report = evaluate_robustness(MATERIAL, scorer, [POOL], plan, 1, attacked)
        return report["searched_against"], report["searches"], row(report, "up", OWN)["rise"][0]

    against, searches, rise = found()
    assert against == "older"
    assert [s["suffix"] for s in searches] == ["alpha alpha alpha alpha"] * 2
    assert all(s["gain"] == pytest.approx(0.65) for s in searches)  # on the encoder that it knows
    assert rise == 0.0  # the shipped one does not know the word
    predictor.up = (*predictor.up, "alpha")
    scorer = Scorer(predictor, Progress(disable=True))
    assert found()[2] == pytest.approx(0.4)
    assert evaluate(MATERIAL, scorer, [POOL], NO_SEARCH, 1)["searched_against"] == "words"


def test_the_expected_number_of_texts_ends_at_what_was_scored(predictor):
    for apart in (False, True):
        progress = Progress(disable=True)
        scorer = Scorer(predictor, progress)
        attacked = Scorer(WordPredictor(), progress) if apart else None
        plan = SearchPlan(
            singles=2,
            batches=1,
            batch_size=2,
            downs=2,
            single=SearchConfig(budget=40),
            borrow=2,
            batch=SearchConfig(budget=40),
            transfer=2,
        )
        *_, _report = evaluate_robustness(MATERIAL, scorer, [POOL], plan, 1, attacked)
        assert [task.total for task in progress.tasks] == [task.completed for task in progress.tasks]


def test_what_was_searched_once_is_redrawn_as_one():
    message = EASY[0]
    assert Attempt(message=message, after="x").group == message.group
    assert Attempt(message=message, after="x y", suffix="y").group == "y"


def test_a_suffix_is_tried_on_messages_of_other_groups():
    twins = [*EASY, Message(key="0b", source="real/s", group="0", text="hello twin", requirements=(0.1,) * 4)]
    material = replace(MATERIAL, easy=twins)
    plan = SearchPlan(singles=7, borrow=7, batches=0, downs=0)
    jobs = plan_jobs(material, plan, Aim.UP, random.Random(1))  # noqa: S311
    assert len(jobs) == 7
    for job in jobs:
        (attacked,) = job.messages
        assert {m.key for m in job.others} == {m.key for m in twins if m.group != attacked.group}


def test_a_run_that_is_stopped_has_what_it_measured(scorer, predictor):
    growing = evaluate_robustness(MATERIAL, scorer, [POOL], NO_SEARCH, 1)
    next(growing)
    second = next(growing)
    assert [row["name"] for row in second["up"]] == ["a line of terms", "forty terms"]
    assert second["down"] == []
    assert predictor.scored < 30  # six messages and two tricks on each


def test_no_search_has_no_rows(report):
    assert report["searches"] == []
    assert not [r for r in report["up"] if r["family"] == SEARCHED]


def test_the_same_seed_gives_the_same_report(scorer):
    assert evaluate(MATERIAL, scorer, [POOL], NO_SEARCH, 5) == evaluate(
        MATERIAL, scorer, [POOL], NO_SEARCH, 5
    )


def test_material_is_english_easy_or_hard_and_at_most_the_limit():
    levels = (0.1, 0.4, 0.5, 0.7, 0.9)
    items = [
        Item(
            source=REAL,
            set_name="s",
            item_id=f"{i}",
            texts={"en": f"text {i}"},
            requirements=(level, 0, 0, 0),
        )
        for i, level in enumerate(levels)
    ]
    items.append(
        Item(source=REAL, set_name="s", item_id="ru", texts={"ru": "текст"}, requirements=(0.1, 0, 0, 0))
    )
    material = material_of(items, [], 0, 1)
    assert sorted(m.text for m in material.easy) == ["text 0", "text 1"]
    assert sorted(m.text for m in material.hard) == ["text 3", "text 4"]
    assert len(material.needs) == 5
    assert len(material.untouched["real"]) == 6  # of any difficulty and language
    assert material.untouched["chat"] == []
    few = material_of(items, [], 2, 1)
    assert len(few.untouched["real"]) == 1
    assert (len(few.easy), len(few.hard), few.of) == (1, 1, (2, 2))
