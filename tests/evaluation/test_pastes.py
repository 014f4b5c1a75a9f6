from __future__ import annotations

import random

import pytest

from hydra_auto.evaluation.windows.pastes import (
    SHORTEST,
    Arrangement,
    Block,
    Dressing,
    arranged,
    blocks_of,
    halves,
    paste_for,
)
from hydra_auto.training.annotations import REAL, Item

LONG, OTHER = "x = 1\n" * SHORTEST, "y = 2\n" * SHORTEST


def item(item_id, text):
    return Item(source=REAL, set_name="s", item_id=item_id, texts={"en": text}, requirements=(0.1,) * 4)


def luck(seed):
    return random.Random(seed)  # noqa: S311 - sampling, not secrets


def block(text, group="s/a", tokens=4):
    return Block(text=text, group=group, tokens=tokens)


def test_long_fenced_blocks_are_found_once_with_where_they_are_from():
    items = [
        item("a", f"look:\n```\n{LONG}```\nand\n```\nx = 1\n```"),
        item("b", f"```py\n{LONG}```\n```\n{OTHER}```"),
        item("c", LONG),
    ]
    found = blocks_of(items, lambda text: len(text.split()))
    assert [(b.text, b.group) for b in found] == [(LONG.strip(), "s/a"), (OTHER.strip(), "s/b")]
    assert [b.tokens for b in found] == [3 * SHORTEST] * 2


def test_a_paste_is_long_enough_and_not_of_the_question_itself():
    blocks = [block(f"t{i}", group=f"s/{i}") for i in range(9)]
    paste = paste_for("s/3", blocks, 17, luck(1))
    assert len(paste) == len(set(paste)) == 5
    for seed in range(20):
        assert "t3" not in paste_for("s/3", blocks, 32, luck(seed))
    assert paste == paste_for("s/3", blocks, 17, luck(1))
    assert paste != paste_for("s/3", blocks, 17, luck(2))


def test_blocks_recur_only_after_each_was_taken():
    paste = paste_for("s/x", [block("one"), block("two")], 17, luck(1))
    assert len(paste) == 5
    assert set(paste[:2]) == set(paste[2:4]) == {"one", "two"}
    assert paste_for("s/a", [block("one")], 17, luck(1)) == []


@pytest.mark.parametrize(
    ("arrangement", "bare", "fenced"),
    [
        (Arrangement.BEFORE, "Why? Tell me.\n\nA\n\nB", "Why? Tell me.\n\n```\nA\n\nB\n```"),
        (Arrangement.AFTER, "A\n\nB\n\nWhy? Tell me.", "```\nA\n\nB\n```\n\nWhy? Tell me."),
        (Arrangement.BOTH_SIDES, "Why?\n\nA\n\nB\n\nTell me.", "Why?\n\n```\nA\n\nB\n```\n\nTell me."),
        (Arrangement.MIDDLE, "A\n\nWhy? Tell me.\n\nB", "```\nA\n```\n\nWhy? Tell me.\n\n```\nB\n```"),
    ],
)
def test_question_and_paste_are_where_the_arrangement_says(arrangement, bare, fenced):
    assert arranged("Why? Tell me.", ["A", "B"], arrangement, Dressing.BARE) == bare
    assert arranged("Why? Tell me.", ["A", "B"], arrangement, Dressing.FENCED) == fenced


def test_half_of_one_block_is_no_empty_fence():
    assert arranged("Why?", ["A"], Arrangement.MIDDLE, Dressing.FENCED) == "Why?\n\n```\nA\n```"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Fix the bug. Then run the tests. Done?", "Fix the bug.", "Then run the tests. Done?"),
        ("fix the bug\nthen run the tests", "fix the bug", "then run the tests"),
        ("rename x to y please", "rename x to", "y please"),
        ("なぜ動かないのですか", "なぜ動かないのですか", ""),
        ("version 1.25 of it", "version", "1.25 of it"),
    ],
)
def test_a_question_is_cut_at_the_boundary_nearest_to_its_middle(question, first, second):
    assert halves(question) == (first, second)
