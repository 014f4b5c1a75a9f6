"""What counts as a paste, and what is left of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.adapters.fenced_blocks import LEFT_OUT, WIDTH, fenced_blocks, with_short_blocks
from hydra_auto.evaluation.windows.own_words import own_words

CODE = [
    "def total(items):",
    "    result = 0",
    "    for item in items:",
    "        result += item.price * item.count",
    "",
    "    if result > 100:",
    "        result *= 0.9",
    "    return result",
]
TRACE = [
    "Traceback (most recent call last):",
    '  File "shop.py", line 12, in <module>',
    "    main()",
    '  File "shop.py", line 9, in main',
    "    print(total(None))",
    '  File "shop.py", line 3, in total',
    "    for item in items:",
    "TypeError: 'NoneType' object is not iterable",
]
LOG = [f"2024-05-0{i} 12:00:0{i} WARN pool[{i}] connection reset by peer, trying again" for i in range(1, 9)]
QUESTION = "Why does my shop show the wrong total when nothing is in the basket?"


def short(lines):
    filled = [line for line in lines if line]
    return [*filled[:2], LEFT_OUT, *filled[-2:]]


@pytest.mark.parametrize("paste", [CODE, TRACE, LOG], ids=["code", "trace", "log"])
@pytest.mark.parametrize("fence", [True, False], ids=["fenced", "bare"])
def test_a_paste_is_cut_to_its_ends_and_the_question_stays(paste, fence):
    around = ["```"] if fence else []
    text = "\n".join([QUESTION, "", *around, *paste, *around, "", QUESTION, "", *around, *paste, *around])
    expected = [QUESTION, "", *around, *short(paste), *around, "", QUESTION, ""]
    assert own_words(text, 2).split("\n") == [*expected, *around, *short(paste), *around]
    assert with_short_blocks(text, 2) == (own_words(text, 2) if fence else text)


@pytest.mark.parametrize(
    "prose",
    [
        "Please explain how `total(items)` works.\nI do not see why it is 0.\n" * 6,
        "Объясни, пожалуйста, как это работает.\nЯ не понимаю, почему получается ноль.\n" * 6,
        "このコードの仕組みを説明してください。\nなぜ結果がゼロになるのか分かりません。\n" * 6,
        "कृपया समझाइए कि यह कैसे काम करता है।\nमुझे समझ नहीं आता कि यह शून्य क्यों है।\n" * 6,
        "Constraints:\n" + "- 1 <= n <= 10^5, 0 <= a[i] < 2^31\n" * 9,
        "1. open `a.py`\n2. replace x[0] by x[1] (and y[0] by y[1])\n" * 6,
    ],
    ids=["en", "ru", "ja", "hi", "constraints", "steps"],
)
def test_prose_and_lists_stay_as_they_are(prose):
    assert own_words(prose, 1) == prose


def test_a_few_lines_are_no_paste_but_a_very_long_one_is():
    assert own_words("\n".join([QUESTION, "", *CODE[:6]]), 2) == "\n".join([QUESTION, "", *CODE[:6]])
    record = '{"id": 17, "price": 4.5},' * 40
    assert own_words(f"{QUESTION}\n\n{record}", 2) == f"{QUESTION}\n\n{record[:WIDTH]}"


def test_a_fence_that_is_never_closed_hides_nothing():
    text = "\n".join(["```", *[QUESTION] * 12])
    assert own_words(text, 2) == with_short_blocks(text, 1) == text
    assert fenced_blocks(text) == []


def test_a_fence_closes_with_its_own_sign():
    text = "~~~md\n```\nx = 1\n```\n~~~\n\n```python\ny = 2\n```"
    assert fenced_blocks(text) == ["```\nx = 1\n```", "y = 2"]


def test_as_many_lines_stay_as_are_asked_for():
    text = "\n".join(LOG)
    assert own_words(text, 1).split("\n") == [LOG[0], LEFT_OUT, LOG[-1]]
    assert own_words(text, 3).split("\n") == [*LOG[:3], LEFT_OUT, *LOG[-3:]]
    assert own_words(text, 4) == text


@given(st.lists(st.sampled_from([*CODE, *TRACE, *LOG, QUESTION, "", "```", "~~~"]), max_size=40))
def test_lines_are_left_out_or_cut_and_never_made_up(lines):
    text = "\n".join(lines)
    found = own_words(text, 2)
    assert len(found) <= len(text)
    starts = {line[:WIDTH] for line in lines} | set(lines) | {LEFT_OUT}
    assert set(found.split("\n")) <= starts | {""}
