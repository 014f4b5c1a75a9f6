from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.adapters.model_files import open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.adapters.text_window import head_and_tail
from hydra_auto.evaluation.windows.rules import RULES, SERVED, parted, reading

BY_NAME = {rule.name: rule for rule in RULES}


def through(*spans):
    return [i for first, last in spans for i in range(first, last + 1)]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("head and tail 3:1", through((0, 14), (95, 99))),
        ("fences short, then 3:1", through((0, 14), (95, 99))),
        ("own words, then 3:1", through((0, 14), (95, 99))),
        ("head and tail 1:1", through((0, 9), (90, 99))),
        ("head and tail 1:3", through((0, 4), (85, 99))),
        ("head", through((0, 18), (99, 99))),
        ("middle", through((0, 0), (41, 58), (99, 99))),
        ("tail", through((0, 0), (81, 99))),
    ],
)
def test_each_rule_keeps_its_part_between_the_special_tokens(name, kept):
    assert BY_NAME[name].cut(range(100), 20) == kept


def test_no_two_rules_have_one_name_and_the_served_one_comes_first():
    assert len(BY_NAME) == len(RULES)
    assert RULES[0] is SERVED


@given(ids=st.lists(st.integers(0, 9), min_size=2, max_size=80), window=st.integers(8, 64))
def test_a_cut_fills_the_window_and_keeps_order_and_ends(ids, window):
    for rule in RULES:
        kept = rule.cut(ids, window)
        assert len(kept) == min(len(ids), window)
        assert (kept[0], kept[-1]) == (ids[0], ids[-1])
        left = iter(ids)
        assert all(token in left for token in kept)
    assert parted(1)(ids, window) == head_and_tail(ids, window)


def test_what_fits_is_read_whole_by_every_rule(encoder):
    text = "```\n" + "x = 1\n" * 5 + "```"
    whole = encoder.whole_ids(text)
    assert len(whole) > 16
    for rule in RULES:
        assert reading(rule, text, len(whole), encoder.whole_ids) == whole
        assert len(reading(rule, text, 16, encoder.whole_ids)) <= 16


def test_own_words_reach_a_question_between_two_pastes(encoder):
    lines = "value = 1;\n" * 30
    asked = set(encoder.whole_ids("prove theorem")[1:-1])

    def reads(name, paste, window=40):
        text = f"{paste}\n\nprove this theorem\n\n{paste}"
        return asked <= set(reading(BY_NAME[name], text, window, encoder.whole_ids))

    fenced = f"```\n{lines}```"
    assert reads("own words, then 3:1", fenced)
    assert reads(SERVED.name, fenced)
    assert not reads("head and tail 3:1", fenced)
    assert reads("middle", fenced)
    assert reads("own words, then 3:1", lines)
    assert not reads(SERVED.name, lines)


@pytest.mark.parametrize("name", ["own words, then 3:1", SERVED.name])
def test_as_much_of_a_paste_is_left_as_fits(encoder, name):
    lines = [f"value_{i} = {i}" for i in range(40)]
    text = "\n".join(["prove it", "```", *lines, "```"])
    everything = encoder.whole_ids(text)
    for window, kept in ((len(everything), 20), (60, 8), (40, 2), (24, 2)):
        ids = reading(BY_NAME[name], text, window, encoder.whole_ids)
        shown = [i for i, line in enumerate(lines) if encoder.whole_ids(line)[1] in ids]
        assert shown == [*range(kept), *range(40 - kept, 40)]


@pytest.mark.model
@pytest.mark.parametrize("repeated", [40, 1500], ids=["long", "cut before the tokenizer"])
@pytest.mark.parametrize("around", ["", "Why?\n```\n"], ids=["plain", "fenced"])
def test_the_served_rule_is_what_the_predictor_does(repeated, around):
    predictor = OnnxPredictor(open_model_files())
    lines = [f"{i}. Prove that the queue stays ordered under {i} writers." for i in range(repeated)]
    text = "\n".join([f"{around}{lines[0]}", *lines[1:], f"{around[5:]}{lines[1]}", *lines])
    ids = reading(SERVED, text, predictor.max_tokens, predictor.whole_ids)
    assert len(ids) == predictor.max_tokens
    assert ids == predictor.token_ids(text)[0]
    assert predictor.predict_ids(ids) == predictor.predict([text])[0].requirements
