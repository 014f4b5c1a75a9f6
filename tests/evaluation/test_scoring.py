from __future__ import annotations

from rich.progress import Progress

from hydra_auto.evaluation.scoring import Scorer


def test_a_text_is_scored_once(scorer, predictor):
    first = scorer.score(["prove it", "hello", "prove it"])
    assert first[0] == first[2] != first[1]
    scorer.score(["hello"])
    assert predictor.scored == scorer.scored == 2


def test_texts_that_read_the_same_are_scored_once(predictor):
    scorer = Scorer(predictor, Progress(disable=True), reads=str.casefold)
    one, other, third = scorer.score(["Prove it", "PROVE it", "hello"])
    assert one == other != third
    assert predictor.scored == 2
    assert scorer.scored == 3


def test_what_a_text_took_is_what_its_reading_took(predictor):
    ticks = iter([0.0, 2.0, 10.0, 15.0])
    scorer = Scorer(predictor, Progress(disable=True), reads=str.casefold, clock=lambda: next(ticks))
    scorer.score(["one", "ONE", "two"])
    assert scorer.seconds(["two", "ONE", "one"]) == [5.0, 2.0, 2.0]


def test_what_was_announced_and_not_scored_is_taken_back(predictor):
    progress = Progress(disable=True)
    scorer = Scorer(predictor, progress)
    scorer.expect(5)
    with scorer.expected(5):
        scorer.score(["a", "b", "a"])
    (task,) = progress.tasks
    assert (task.completed, task.total) == (2, 2)


def test_the_bar_knows_how_many_texts_are_to_come(predictor):
    progress = Progress(disable=True)
    scorer = Scorer(predictor, progress)
    scorer.expect(5)
    scorer.score(["a", "b", "a"])
    scorer.expect(-2)
    (task,) = progress.tasks
    assert (task.completed, task.total) == (2, 3)
