from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from rich.progress import Progress

from eval_data import WordPredictor
from hydra_auto.core.catalog import Catalog
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.pools import FIVE_LEVELS, pool_named
from hydra_auto.evaluation.robustness.defence_costs import effort
from hydra_auto.evaluation.robustness.defence_search import strongest
from hydra_auto.evaluation.robustness.defence_trial import DefencePlan, Trial, plan_trial
from hydra_auto.evaluation.robustness.defences import (
    ALL_PLAIN,
    KNOWS_DEFENCE,
    KNOWS_ONE_LOOK,
    NO_TRICK,
    ONE_LOOK,
    compare,
)
from hydra_auto.evaluation.robustness.material import Material, Message
from hydra_auto.evaluation.robustness.moves import Measure
from hydra_auto.evaluation.robustness.report import evaluate as evaluate_robustness
from hydra_auto.evaluation.robustness.searches import Attempt, SearchPlan, objective_of
from hydra_auto.evaluation.robustness.suffix_search import SearchConfig, with_suffix
from hydra_auto.evaluation.robustness.tricks import TRICKS, Aim
from hydra_auto.evaluation.robustness.two_views import RULES, VIEWS, TwoViewPredictor
from hydra_auto.evaluation.scoring import Scorer

POOL = Chooser(pool_named(FIVE_LEVELS, Catalog(models=())))
NO_SEARCH = SearchPlan().scaled(0)
SMALLER, MEAN = "without the last: smaller", "without the last: mean"
DEFENCES = [ONE_LOOK, *(f"{view}: {rule}" for view in VIEWS for rule in RULES)]


def message(i, text, level):
    return Message(key=str(i), source="real/s", group=str(i), text=text, requirements=(level,) * 4)


EASY = [message(i, f"hello number {i}", 0.1) for i in range(4)]
# What makes them hard is said last.
HARD = [message(i, f"Please do this {i}. prove theorem prove prove", 0.5) for i in range(10, 13)]
ANNOTATED = {
    "real": [*EASY, *HARD],
    "chat": [message(20, "hi", 0.1), message(21, "prove it. and theorem of it", 0.2)],
}
WORDS = {Aim.UP: ["theorem", "alpha", "beta"], Aim.DOWN: ["obvious", "alpha", "beta"]}
TRIAL = Trial(
    plain={
        Aim.UP: {
            "stuffing": [Attempt(message=m, after=f"{m.text}\n{'theorem ' * 3}") for m in EASY],
            "flattery": [Attempt(message=m, after=f"{m.text}\nthanks") for m in EASY],
        },
        Aim.DOWN: {"belittling": [Attempt(message=m, after=f"{m.text}\nobvious") for m in HARD]},
    },
    targets={Aim.UP: EASY[:2], Aim.DOWN: HARD[:1]},
    words=WORDS,
    untouched=ANNOTATED,
    config=SearchConfig(words=2, budget=40),
    seed=1,
)
SEARCHED = {
    Aim.UP: [Attempt(message=EASY[0], after=f"{EASY[0].text}\ntheorem prove", suffix="theorem prove")],
    Aim.DOWN: [],
}


def steps():
    return itertools.count(1.0).__next__


def run(trial=TRIAL, searched=SEARCHED, predictor=None):
    predictor = predictor or WordPredictor()
    predictor.down = ("obvious",)
    progress = Progress(disable=True)
    scorer = Scorer(predictor, progress, clock=steps())
    measure = Measure.of(scorer, [POOL], [m.requirements for m in (*EASY, *HARD)], 1)
    announced = trial.most_new(set(), sum(len(some) for some in searched.values()))
    scorer.expect(announced + trial.most_searched)
    *_, report = compare(trial, scorer, measure, searched, announced)
    (task,) = progress.tasks
    assert scorer.scored <= announced + trial.most_searched
    return report, task


@pytest.fixture(scope="module")
def report():
    return run()[0]


def defence(report, name):
    return next(found for found in report["defences"] if found["name"] == name)


def rise(report, name, way, trick):
    return next(row for row in defence(report, name)[way] if row["name"] == trick)["rise"][0]


def test_every_rule_of_every_view_is_held_against_one_look(report):
    assert [found["name"] for found in report["defences"]] == DEFENCES
    assert report["messages"] == {"up": 4, "down": 3}
    assert report["targets"] == {"up": 2, "down": 1}


def test_a_trick_that_stands_last_is_what_the_view_leaves_out(report):
    found = [rise(report, name, "up", "stuffing") for name in (ONE_LOOK, SMALLER, MEAN)]
    assert found == pytest.approx([0.3, 0.0, 0.15])
    found = [rise(report, f"without the last: smaller if 0.{d} apart", "up", "stuffing") for d in (1, 2)]
    assert found == pytest.approx([0.0, 0.1])  # the other heads are only 0.15 apart, and 0.2 of one look
    assert rise(report, SMALLER, "up", "flattery") == 0.0
    assert rise(report, ONE_LOOK, "up", ALL_PLAIN) == pytest.approx(0.15)  # of both families


def test_a_suffix_searched_against_one_look_is_tried_on_every_defence(report):
    found = [rise(report, name, "up", KNOWS_ONE_LOOK) for name in (ONE_LOOK, SMALLER, MEAN)]
    assert found == pytest.approx([0.2, 0.0, 0.1])
    assert not [row for row in defence(report, SMALLER)["down"] if row["name"] == KNOWS_ONE_LOOK]


def test_who_knows_the_defence_puts_the_words_where_it_looks(report):
    """Two words of 0.1, before no stop: the message has none."""
    assert [rise(report, name, "up", KNOWS_DEFENCE) for name in DEFENCES] == pytest.approx([0.2] * 13)


def test_talking_down_works_on_either_look(report):
    """One look falls by the word; the smaller of both is the view, which is lower already."""
    assert rise(report, ONE_LOOK, "down", "belittling") == pytest.approx(-0.1)
    over = defence(report, SMALLER)["over_one_look"]["down"]
    alone = next(row for row in over if row["name"] == NO_TRICK)
    assert alone["rise"][0] == pytest.approx(-0.4)
    assert alone["by_pool"][FIVE_LEVELS]["balanced"]["to_cheaper"][0] == 1.0
    assert rise(report, MEAN, "down", KNOWS_DEFENCE) < 0
    assert all(row["rise"][0] == 0.0 for row in defence(report, ONE_LOOK)["over_one_look"]["down"][:1])


def test_costs_are_measured_where_nobody_attacks(report):
    one, smaller = (defence(report, name) for name in (ONE_LOOK, SMALLER))
    assert (one["passes"], one["time"]) == (1.0, 1.0)
    assert smaller["passes"] == round(1 + 4 / 9, 4)  # four of nine have a sentence to leave out
    assert smaller["time"] == round(1 + 4 / 9, 3)  # every call takes as long by the test's clock
    real = smaller["untouched"]["real"]
    assert real["messages"] == 7
    assert one["untouched"]["real"]["mean_absolute_error_change"] == [0.0, 0.0, 0.0]
    # three of seven fall by 0.4, and their other heads by half of it, from an annotated 0.5
    assert real["mean_absolute_error_change"][0] == pytest.approx(3 / 7 * 0.4 * (1 + 3 / 2) / 4, abs=1e-3)
    assert real["spearman_largest"] is None  # all the same
    assert real["spearman_largest_change"] is None
    assert one["untouched"]["real"]["spearman_largest"][0] == 1.0
    changed = smaller["untouched"]["changed"][FIVE_LEVELS]["balanced"][0]
    assert changed == pytest.approx(3 / 9, abs=1e-3)  # the fourth falls by 0.1, within one level
    assert one["untouched"]["changed"][FIVE_LEVELS]["balanced"][0] == 0.0


def test_time_is_that_of_the_calls(predictor):
    ticks = iter([0.0, 4.0, 4.0, 5.0])
    scorer = Scorer(predictor, Progress(disable=True), clock=lambda: next(ticks))
    found = effort(["prove it. thanks"], VIEWS["without the last"], scorer)
    assert found == {"passes": 2.0, "time": 1.25}


def test_the_expected_number_of_texts_ends_at_what_was_scored():
    _, task = run()
    assert task.total == task.completed


def test_the_same_seed_gives_the_same_report(report):
    assert run()[0] == report


def test_rules_share_the_calls_of_a_view():
    """A dozen defences cost one call a text and view, whatever the rules."""
    predictor = WordPredictor()
    run(replace(TRIAL, targets={Aim.UP: [], Aim.DOWN: []}), predictor=predictor)
    assert predictor.scored == len(TRIAL.texts(SEARCHED[Aim.UP]))


def test_nothing_to_attack_leaves_what_it_costs():
    nobody = {aim: {} for aim in (Aim.UP, Aim.DOWN)}
    targets = {aim: [] for aim in (Aim.UP, Aim.DOWN)}
    found, _ = run(replace(TRIAL, plain=nobody, targets=targets), {Aim.UP: [], Aim.DOWN: []})
    assert all(d["up"] == d["down"] == [] and d["untouched"] for d in found["defences"])


def test_each_predictor_gets_the_best_that_was_tried_for_any():
    class Alpha(WordPredictor):
        def __init__(self):
            super().__init__()
            self.up = ("alpha",)

    objectives = {
        name: objective_of(p, Aim.UP) for name, p in (("theorem", WordPredictor()), ("alpha", Alpha()))
    }
    config = SearchConfig(words=2, budget=60)
    found = strongest("hello", objectives, WORDS[Aim.UP], config, seed=1)
    assert found["theorem"].count("theorem") == found["alpha"].count("alpha") == 2


def test_what_is_known_is_kept_where_nothing_better_is_found():
    objectives = {"one": objective_of(WordPredictor(), Aim.UP)}
    config = SearchConfig(words=1, budget=4)
    known = with_suffix("hello", "prove prove")
    assert strongest("hello", objectives, ["theorem"], config, seed=1, known=[known]) == {"one": known}
    assert strongest("hello", objectives, ["x"], config, seed=1) == {"one": "hello"}


def test_downwards_a_defence_is_searched_for_what_is_least():
    predictor = WordPredictor()
    predictor.down = ("obvious",)
    defended = TwoViewPredictor(predictor=predictor, view=VIEWS["middle"], rule=RULES["mean"])
    found = strongest(
        "prove prove prove",
        {"mean": objective_of(defended, Aim.DOWN)},
        WORDS[Aim.DOWN],
        SearchConfig(words=2, budget=60),
        seed=1,
    )
    assert found["mean"].count("obvious") == 2
    assert "\n" not in found["mean"]  # after the message the middle would not have it


MATERIAL = Material(
    easy=EASY, hard=HARD, of=(4, 3), needs=[(0.1,) * 4, (0.9,) * 4], words=WORDS, untouched=ANNOTATED
)


def test_a_trial_draws_a_part_of_the_messages_and_does_every_aimed_trick():
    trial = plan_trial(MATERIAL, DefencePlan(part=2, ups=1, downs=9), 1)
    assert set(trial.plain[Aim.UP]) == {t.family for t in TRICKS if t.aim is Aim.UP}
    assert len({a.message.key for a in trial.attempts(Aim.UP)}) == 2
    assert len(trial.attempts(Aim.UP)) == 2 * sum(t.aim is Aim.UP for t in TRICKS)
    assert len({a.message.key for a in trial.attempts(Aim.DOWN)}) == 2  # of three, rounded up
    assert [len(trial.targets[aim]) for aim in (Aim.UP, Aim.DOWN)] == [1, 2]


def test_no_search_has_no_targets():
    plan = DefencePlan().scaled(0)
    assert plan_trial(MATERIAL, plan, 1).targets == {Aim.UP: [], Aim.DOWN: []}
    assert plan_trial(MATERIAL, plan, 1).most_searched == 0


def test_the_usual_report_stays_as_it_is_without_a_trial(predictor):
    def evaluate(trial=None):
        progress = Progress(disable=True)
        scorer = Scorer(predictor, progress, clock=steps())
        plan = SearchPlan(singles=1, batches=1, batch_size=2, downs=1, single=SearchConfig(budget=20))
        *_, report = evaluate_robustness(MATERIAL, scorer, [POOL], plan, 1, None, trial)
        (task,) = progress.tasks
        assert task.total == task.completed
        return report

    usual, with_views = evaluate(), evaluate(plan_trial(MATERIAL, DefencePlan(part=2, ups=1, downs=0), 1))
    views = with_views.pop("views")
    assert usual == with_views
    names = {row["name"] for row in defence(views, SMALLER)["up"]}
    assert {KNOWS_ONE_LOOK, KNOWS_DEFENCE, ALL_PLAIN, "pasting"} <= names
    one = next(row for row in defence(views, ONE_LOOK)["up"] if row["name"] == KNOWS_ONE_LOOK)
    assert one["messages"] == 1 + 2  # its own and the batch's
