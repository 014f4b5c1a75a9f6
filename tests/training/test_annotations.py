from __future__ import annotations

import gzip
import json

import pytest

from hydra_auto.training.annotations import (
    Item,
    Split,
    check_overlap,
    group_of,
    make_splits,
    normalised,
    open_splits,
    read_annotations,
)
from hydra_auto.training.config import RunConfig, TrainingFailed
from hydra_auto.training.run import open_run

pytestmark = pytest.mark.train


def item(set_name, item_id, text, source="requirements", **texts):
    return Item(
        source=source,
        set_name=set_name,
        item_id=item_id,
        texts=texts or {"en": text},
        requirements=(0.1, 0.2, 0.3, 0.4),
    )


@pytest.mark.parametrize(
    ("set_name", "one", "other"),
    [
        ("specstory_turns", "specstory/1/a#0", "specstory/1/a#7"),
        ("bigcodebench", "bcb-instruct/733", "bcb-complete/733"),
        ("naturalcodebench", "python/145/zh", "python/145/en"),
        ("cruxeval", "cruxeval-input/7", "cruxeval-output/7"),
    ],
)
def test_ids_of_one_conversation_or_problem_share_a_group(set_name, one, other):
    assert group_of(set_name, one) == group_of(set_name, other)


@pytest.mark.parametrize(
    ("set_name", "prefix"),
    [
        ("zeroeval_gsm8k", "gsm/gsm8k-main-test-#"),
        ("zeroeval_crux", "crux/crux-test-#"),
        ("cruxeval", "cruxeval-input/"),
    ],
)
def test_problems_that_their_numbers_tell_apart_are_not_one_group(set_name, prefix):
    assert len({group_of(set_name, f"{prefix}{i}") for i in (11, 832)}) == 2


def test_texts_that_read_the_same_are_the_same():
    assert normalised("Fix  the Bug!") == normalised("fix the bug")
    assert normalised("???") != normalised("!!!")


def chained(number):
    """Messages tied in chains: a with b by conversation, b with c by text, c with d by translation."""
    for i in range(number):
        yield item("x", f"{i}#0", f"first message of {i}")
        yield item("x", f"{i}#1", f"shared words of {i}")
        yield item("y", f"q{i}", f"Shared words, of {i}!")
        yield item("chat", f"c{i}", "", "chat_bilingual", en=f"shared words of {i}", de=f"Worte von {i}")


def test_what_is_tied_together_lands_in_one_split():
    items = list(chained(60))
    splits = make_splits(items)
    check_overlap(items, splits)
    for start in range(0, len(items), 4):
        assert len({splits[i.key] for i in items[start : start + 4]}) == 1
    assert {Split.TRAIN, Split.TEST} < set(splits.values())


def test_splits_do_not_depend_on_the_order_of_items():
    items = list(chained(20))
    assert make_splits(items) == make_splits(items[::-1])


def test_added_items_are_for_training_unless_tied_to_a_held_out_one():
    shared = list(chained(60))
    splits = make_splits(shared)
    tests = [i for i in shared if splits[i.key] is Split.TEST]
    added = [
        item("chat_written", "new", "nobody wrote this before", "chat_written"),
        item("chat_written", "copy", next(iter(tests[0].texts.values())).upper(), "chat_written"),
        item("chat_written", "copy#2", "tied to the copy by its conversation only", "chat_written"),
        item("x", f"{tests[0].item_id.split('#')[0]}#9", "a later turn", "requirements_added"),
    ]
    both = make_splits([*added, *shared])
    assert {key: both[key] for key in splits} == splits
    assert [both[i.key] for i in added] == [Split.TRAIN, Split.TEST, Split.TEST, Split.TEST]
    check_overlap([*added, *shared], both)


def test_overlapping_splits_fail_loudly():
    items = list(chained(1))
    splits = {i.key: Split.TRAIN for i in items} | {items[1].key: Split.TEST}
    with pytest.raises(TrainingFailed, match="share a group"):
        check_overlap(items, splits)


def test_a_stored_split_is_used_again_and_checked(tmp_path):
    items = list(chained(5))
    path = tmp_path / "splits.json"
    assert open_splits(items, path) == open_splits(items, path)
    with pytest.raises(TrainingFailed, match="has no split") as caught:
        open_splits([*items, item("x", "new", "a new message")], path)
    assert "train prepare" in caught.value.hint  # which makes near_duplicates.json, too


def test_annotation_files_are_read_in_capability_order(tmp_path):
    needs = {"tool_use": 0.4, "reasoning": 0.1, "debugging": 0.3, "code_generation": 0.2}
    rows = {
        "requirements": {"set": "own", "id": "a", "lang": "en", "r": needs, "text": "hello"},
        "chat_parallel": {"id": "b", "r": needs, "texts": {"en": "one", "de": "eins"}},
        "chat_bilingual": {"id": "c", "r": needs, "lang": "fr", "texts": {"en": "two", "fr": "deux"}},
    }
    (tmp_path / "annotations").mkdir()
    for name, row in rows.items():
        with gzip.open(tmp_path / "annotations" / f"{name}.jsonl.gz", "wt") as file:
            file.write(json.dumps(row))
    items = read_annotations(tmp_path)
    assert [i.requirements for i in items] == [(0.1, 0.2, 0.3, 0.4)] * 3
    assert [set(i.texts) for i in items] == [{"en"}, {"en", "de"}, {"en", "fr"}]


def test_missing_data_is_a_message_with_a_hint(tmp_path):
    with pytest.raises(TrainingFailed, match="does not exist") as caught:
        read_annotations(tmp_path)
    assert "--data" in caught.value.hint


def test_a_run_keeps_the_config_it_began_with(tmp_path):
    begun = open_run(tmp_path / "run", new=True)
    assert begun == RunConfig()
    other = tmp_path / "other.yaml"
    other.write_text("seed: 1")
    with pytest.raises(TrainingFailed, match="another config"):
        open_run(tmp_path / "run", other)
    assert open_run(tmp_path / "run") == begun


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "no YAML"), ("sede: 1", "sede"), ("finetune: {epochs: x}", "epochs")],
)
def test_a_wrong_config_says_where(tmp_path, content, message):
    path = tmp_path / "config.yaml"
    path.write_text(content)
    with pytest.raises(TrainingFailed, match=message):
        open_run(tmp_path / "run", path)
