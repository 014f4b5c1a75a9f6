# ruff: noqa: RUF001 - other scripts' punctuation is meant
from __future__ import annotations

import pytest

from eval_data import WordPredictor
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.prediction import Prediction
from hydra_auto.evaluation.robustness.suffix_search import within_sentences
from hydra_auto.evaluation.robustness.two_views import RULES, VIEWS, TwoViewPredictor
from hydra_auto.evaluation.sentences import parts

LONG = "One. Two! Three?\nfour\n\n  five = 5\n六。七！"
TEXTS = ["one", "One. ", "One. Two.", "One\n\ntwo", "One. Two. Three.", LONG, "", " \n "]


class Stored:
    """What is said of each text, and what it was asked."""

    model_version = "stored"

    def __init__(self, **said):
        self.said = said
        self.asked = []

    def predict(self, texts):
        self.asked += texts
        return [
            Prediction(
                requirements=dict(zip(Capability, self.said[text], strict=True)),
                tokens=len(text),
                truncated=len(text) > 6,
            )
            for text in texts
        ]


def levels(prediction):
    return [prediction.requirements[c] for c in Capability]


def test_the_parts_of_a_text_are_its_sentences_and_lines():
    found = parts(LONG)
    assert [part.strip() for part in found] == ["One.", "Two!", "Three?", "four", "five = 5", "六。", "七！"]
    assert "".join(found) == LONG
    assert parts(" \n ") == []
    assert parts("\n  one\n  \n two") == ["  one\n  \n", " two"]


@pytest.mark.parametrize(
    ("name", "of_two", "of_three", "of_long"),
    [
        ("without the last", "One.", "One. Two.", "One. Two! Three?\nfour\n\n  five = 5\n六。"),
        ("middle", "One.", "Two.", "Two! Three?\nfour\n\n  five = 5\n六。"),
        ("every second", "One.", "One. Three.", "One. Three?\n  five = 5\n七！"),
    ],
)
def test_a_view_leaves_parts_out(name, of_two, of_three, of_long):
    view = VIEWS[name]
    assert view("One. Two.") == of_two
    assert view("One. Two. Three.") == of_three
    assert view(LONG) == of_long


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("text", ["one", " One.  ", "", " \n "])
def test_where_nothing_can_be_left_out_a_view_is_the_text(view, text):
    assert view(text) == text


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("smaller", [0.2, 0.1, 0.5, 0.3]),
        ("mean", [0.3, 0.4, 0.525, 0.6]),
        ("smaller if 0.1 apart", [0.2, 0.1, 0.55, 0.3]),
        ("smaller if 0.2 apart", [0.4, 0.1, 0.55, 0.3]),
    ],
)
def test_two_looks_are_combined_per_capability(rule, expected):
    stored = Stored(**{"One. Two.": (0.4, 0.7, 0.55, 0.3), "One.": (0.2, 0.1, 0.5, 0.9)})
    predictor = TwoViewPredictor(predictor=stored, view=VIEWS["middle"], rule=RULES[rule])
    (found,) = predictor.predict(["One. Two."])
    assert levels(found) == pytest.approx(expected)
    assert (found.tokens, found.truncated) == (9, True)  # of the whole text
    assert predictor.model_version == "stored"


def test_a_text_without_a_part_to_leave_out_is_looked_at_once():
    stored = Stored(one=(0.1,) * 4, **{"One. Two.": (0.4,) * 4, "One.": (0.2,) * 4})
    predictor = TwoViewPredictor(predictor=stored, view=VIEWS["without the last"], rule=min)
    assert [levels(p)[0] for p in predictor.predict(["one", "One. Two.", "one"])] == [0.1, 0.2, 0.1]
    assert stored.asked == ["one", "One. Two.", "one", "One."]


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()])
def test_no_view_leaves_out_words_within_the_first_two_sentences(view, text):
    """So an attacker who puts them there is read by every defence."""
    attacked = within_sentences(text, "theorem theorem")
    assert len(parts(attacked)) == len(parts(text))
    assert "theorem theorem" in view(attacked)


def test_a_suffix_after_the_message_is_what_a_view_without_the_last_leaves_out():
    predictor = TwoViewPredictor(predictor=WordPredictor(), view=VIEWS["without the last"], rule=min)
    plain, attacked = predictor.predict(["hello there", "hello there\ntheorem theorem"])
    assert levels(plain) == levels(attacked)
