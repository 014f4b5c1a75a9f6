from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.adapters.text_window import head_and_tail, readable_part, valid_unicode, window_ids

ids = st.lists(st.integers(0, 1000), min_size=2, max_size=200)


@given(ids=ids, window=st.integers(8, 100))
def test_a_window_keeps_both_ends_and_never_overflows(ids, window):
    kept = head_and_tail(ids, window)
    assert len(kept) == min(len(ids), window)
    assert (kept[0], kept[-1]) == (ids[0], ids[-1])


def test_three_quarters_come_from_the_head():
    kept = head_and_tail(range(1000), 512)
    assert kept == [*range(384), *range(872, 1000)]


def test_what_fits_is_kept_whole():
    assert head_and_tail([0, 5, 2], 8) == [0, 5, 2]
    assert head_and_tail(list(range(8)), 8) == list(range(8))


@given(st.text(st.characters(), max_size=50))
def test_cleaned_text_can_be_encoded_and_valid_text_is_unchanged(text):
    valid_unicode(text).encode("utf-8")
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert valid_unicode(text) == text


def test_lone_surrogates_become_replacement_characters_and_pairs_are_joined():
    assert valid_unicode("a\ud83db") == "a\ufffdb"
    assert valid_unicode("\udc00") == "\ufffd"
    assert valid_unicode("\ud83d\ude00") == "\U0001f600"


def test_short_text_reaches_the_tokenizer_as_it_is():
    assert readable_part("  two\n\twords ", 512) == ("  two\n\twords ", 1.0)


def test_of_a_huge_text_both_ends_reach_the_tokenizer():
    text = "start " + "x " * 500_000 + "finish"
    part, share = readable_part(text, 512)
    assert part.startswith("start x")
    assert part.endswith("x finish")
    assert len(part) == 2 * 16 * 512 + 1
    assert 0.01 < share < 0.02


def test_white_space_does_not_eat_the_part_that_is_read():
    text = "first" + " " * 60_000 + "second " + "y" * 200_000
    assert "second" in readable_part(text, 512)[0]


def words(text):
    """One id a word, between the special tokens' 0 and 2."""
    return [0, *(hash(word) for word in text.split()), 2]


def test_what_a_user_says_between_fenced_blocks_is_read_and_the_whole_is_counted():
    block = "```\n" + "\n".join(f"line {i}" for i in range(30)) + "\n```"
    text = f"{block}\nWhy is the sum wrong?\n{block}"
    ids, tokens = window_ids(text, 40, words)
    assert tokens == len(words(text)) > 100
    assert set(words("Why is the sum wrong?")) <= set(ids)
    assert len(ids) <= 40
    assert set(words("Why is the sum wrong?")) - set(head_and_tail(words(text), 40))


def test_a_fenced_block_that_fits_is_read_whole():
    text = "Look:\n```\n" + "x = 1\n" * 20 + "```"
    assert window_ids(text, 80, words) == (words(text), len(words(text)))
    assert len(window_ids(text, 65, words)[0]) > 8 * 2 * 3  # eight lines from either end


def test_fences_are_not_looked_for_in_megabytes():
    text = "```\n" + "x = 1\n" * 100_000 + "```\nWhy?"
    assert window_ids(text, 40, words)[0] == head_and_tail(words(readable_part(text, 40)[0]), 40)
