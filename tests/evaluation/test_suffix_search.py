# ruff: noqa: S311 - no secrets here
from __future__ import annotations

import random

import pytest

from hydra_auto.evaluation.robustness.suffix_search import (
    SearchConfig,
    attack_words,
    belittling_words,
    search,
    with_suffix,
    within_sentences,
)
from hydra_auto.training.annotations import REAL, Item

WORDS = ["theorem", *"alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()]  # noqa: SIM905


class Counter:
    """Objective: how often the word occurs; counts what it is asked."""

    def __init__(self) -> None:
        self.texts = 0

    def __call__(self, texts):
        self.texts += len(texts)
        return [float(text.split().count("theorem")) for text in texts]


@pytest.mark.parametrize("messages", [["hello"], ["hello", "thanks", "rename it"]])
def test_the_search_finds_the_word_and_keeps_to_its_budget(messages):
    objective = Counter()
    config = SearchConfig(words=4, budget=120 * len(messages))
    found = search(messages, objective, WORDS, config, random.Random(1))
    assert found.text.split() == ["theorem"] * 4
    assert found.gain == 4.0
    assert found.scored == objective.texts <= config.budget


def test_a_tiny_budget_gives_a_random_suffix():
    found = search(["hello"], Counter(), WORDS, SearchConfig(words=3, budget=1), random.Random(1))
    assert len(found.text.split()) == 3


def test_words_go_before_the_stops_of_the_first_two_sentences():
    assert within_sentences("Rename it!?  Thanks.\nBye.", "a b") == "Rename it a b!?  Thanks a b.\nBye."
    assert within_sentences("hello\n", "a b") == "hello a b\n"


def test_a_search_can_put_its_words_elsewhere():
    asked = []

    def objective(texts):
        asked.extend(texts)
        return [float(text.startswith("theorem")) for text in texts]

    def before(message, words):
        return f"{words} {message}"

    config = SearchConfig(words=1, budget=60)
    found = search(["hello"], objective, WORDS, config, random.Random(1), before)
    assert (found.text, found.gain) == ("theorem", 1.0)
    assert "theorem hello" in asked


def test_a_suffix_comes_after_the_message():
    assert with_suffix("hello", "theorem") == "hello\ntheorem"


def test_the_attacker_knows_the_words_of_hard_and_of_easy_items():
    items = [
        Item(
            source=REAL,
            set_name="s",
            item_id=str(i),
            texts={"en": f"{'linearizability' if i < 6 else 'whitespace'} of it"},
            requirements=(0.9 if i < 6 else 0.1, 0.0, 0.0, 0.0),
        )
        for i in range(12)
    ]
    words, easy = attack_words(items), belittling_words(items)
    assert words.index("linearizability") < words.index("whitespace")
    assert easy.index("whitespace") < easy.index("linearizability")
    assert len(set(words)) == len(words)
    assert len(set(easy)) == len(easy)
