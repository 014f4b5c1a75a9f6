# ruff: noqa: S311 - no secrets here
from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest

import hydra_auto.training.disguise_texts as learnt
from hydra_auto.adapters.text_cleaning import plain_characters
from hydra_auto.evaluation.robustness import trick_texts
from hydra_auto.evaluation.robustness.tricks import TRICKS, Aim

MESSAGE = "Rename userCnt to user_count in app.py, please."
LINES = [
    line
    for name in (
        "FLATTERY",
        "PLEAS_FOR_STRONG",
        "CLAIMS_OF_DIFFICULTY",
        "PERSONAS",
        "CLAIMS_OF_EASE",
        "PLEAS_FOR_CHEAP",
        "CHILDISH",
        "SMALL_TALK_DOWN",
        "FOREIGN_STUFFING",
        "INJECTIONS",
        "INJECTIONS_DOWN",
    )
    for line in getattr(trick_texts, name)
]


@pytest.mark.parametrize("text", [*trick_texts.TERMS, *LINES])
def test_no_wording_was_learnt_by_heart(text):
    assert text.casefold() not in Path(learnt.__file__).read_text(encoding="utf-8").casefold()


def test_no_list_of_terms_has_a_form_that_was_learnt():
    forms = {form for form, _ in trick_texts.FORMS if form != "{}"}
    assert not any(repr(form)[1:-1] in Path(learnt.__file__).read_text(encoding="utf-8") for form in forms)


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: f"{trick.aim.value}-{trick.name}")
def test_a_trick_changes_the_text_and_is_the_same_for_the_same_generator(trick):
    one, other = (trick.apply(MESSAGE, random.Random(3)) for _ in range(2))
    assert one == other != MESSAGE


@pytest.mark.parametrize(
    "trick", [t for t in TRICKS if t.aim is not Aim.EITHER], ids=lambda t: f"{t.aim.value}-{t.name}"
)
def test_words_around_a_message_keep_it_whole(trick):
    assert MESSAGE in trick.apply(MESSAGE, random.Random(1))


@pytest.mark.parametrize(
    "trick", [t for t in TRICKS if t.family == "unicode"], ids=lambda t: t.name.replace(" ", "-")
)
def test_odd_characters_are_undone_before_scoring(trick):
    """By us, or by the tokenizer, which folds as NFKC does."""
    tricked = trick.apply("Please rename the copy of this table", random.Random(1))
    read = unicodedata.normalize("NFKD", plain_characters(tricked))
    letters = "".join(
        c for c in read if not unicodedata.combining(c)
    )  # what composes is a letter: accents stay
    assert letters.casefold() == "please rename the copy of this table"


def test_names_are_unique_within_an_aim():
    names = [(t.aim, t.name) for t in TRICKS]
    assert len(set(names)) == len(names)
