# ruff: noqa: S311 - no secrets here
from __future__ import annotations

import random

import pytest

from hydra_auto.training.annotations import WRITTEN, Item
from hydra_auto.training.augmentation import Borrowed, borrowed, disguise, stuffing
from hydra_auto.training.disguise_texts import WRAPPERS

BLOCK = "```python\nfor shard in shards:\n    rebalance(shard, replicas=3)\n```"


def item(key: str, level: float, **texts: str) -> Item:
    return Item(
        source=WRITTEN, set_name="chat", item_id=key, texts=texts, requirements=(level, 0.0, 0.0, 0.0)
    )


def test_hard_messages_lend_phrases_in_each_of_their_languages():
    lent = borrowed(
        [
            item(
                "hard",
                0.8,
                en="Prove that the lock-free queue is linearizable",
                ja="待ち行列の線形化可能性を証明して",
            ),
            item("easy", 0.2, en="Rename the variable please", ja="変数の名前を変えて"),
        ]
    )
    assert set(lent.phrases) == {"en", "ja"}
    assert "Prove that the lock-free queue" in lent.phrases["en"]
    assert "待ち行列の線形化可能" in lent.phrases["ja"]
    assert not any("変数" in phrase or "variable" in phrase for v in lent.phrases.values() for phrase in v)


def test_any_english_message_lends_the_code_that_it_quotes():
    lent = borrowed([item("easy", 0.1, en=f"What is this?\n{BLOCK}", de=f"Was ist das?\n{BLOCK}")])
    assert lent.code == (BLOCK,)


@pytest.mark.parametrize("language", ["en", "uk"])
def test_stuffing_takes_its_phrases_from_one_language(language):
    phrases = {"en": ("one way", "two ways"), "uk": ("один шлях", "два шляхи")}
    lines = [stuffing(random.Random(seed), phrases) for seed in range(60)]
    assert any(phrase in line for line in lines for phrase in phrases[language])
    assert not any("way" in line and "шлях" in line for line in lines)


@pytest.mark.parametrize("seed", range(30))
def test_a_disguise_keeps_the_message_whole(seed):
    message = "Rename userCnt to user_count, please."
    changed = disguise(message, random.Random(seed), Borrowed({"de": ("ganz schwer",)}, (BLOCK,)))
    assert message in changed != message


def test_some_disguises_wrap_the_message_on_both_sides():
    message = "Rename userCnt to user_count, please."
    changed = [disguise(message, random.Random(seed), Borrowed({}, ())) for seed in range(60)]
    both = [text for text in changed if not text.startswith(message) and not text.endswith(message)]
    assert 1 <= len(both) <= 20
    assert any(text.startswith(before) for text in both for before, _ in WRAPPERS)
