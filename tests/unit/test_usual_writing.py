# ruff: noqa: RUF001 - Cyrillic text is meant
from __future__ import annotations

import pytest

from hydra_auto.adapters.usual_writing import usual_writing


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("WHY DOES THIS LOOP NEVER END", "why does this loop never end"),
        ("wHy DoEs ThIs LoOp NeVeR eNd", "why does this loop never end"),
        ("ПОЧЕМУ ЦИКЛ НЕ КОНЧАЕТСЯ", "почему цикл не кончается"),
        ("f i x   t h e   t e s t", "fix the test"),
        ("first, f i x   t h e   t e s t now", "first, fix the test now"),
        ("F I X   T H E   B R O K E N   T E S T", "fix the broken test"),
    ],
)
def test_shouted_and_spread_out_words_are_read_as_usual_ones(typed, read):
    assert usual_writing(typed) == read


@pytest.mark.parametrize(
    "text",
    [
        "Rename getUserById to fetchUserById in UserService",
        "What does HTTP 503 mean?",
        "JSON API?",
        "SELECT a FROM t and then explain what the query planner does with it, please",
        "変数名を変更してください",
        "a b c d e f g h i j",  # one list, or one word? nobody can tell
        "if x: y = 1 + 2 - 3 * 4",
        "",
    ],
)
def test_usual_writing_is_left_alone(text):
    assert usual_writing(text) == text


def test_reading_twice_changes_nothing_more():
    for text in ("W H Y   N O T   N O W", "ALL OF THIS IS SHOUTED", "f i x   t h e   t e s t"):
        assert usual_writing(usual_writing(text)) == usual_writing(text)
