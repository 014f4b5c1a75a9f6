from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.sample import sample_messages


def written(folder: Path, *rows: dict) -> Path:
    path = folder / "prompts.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return path


def rows(name: str, count: int, **more: str) -> list[dict]:
    return [{"set": name, "id": i, "text": f"{name} {i}", **more} for i in range(count)]


def test_generated_messages_and_those_written_for_a_test_are_not_drawn(tmp_path: Path) -> None:
    kept = rows("stack_eval", 3)
    others = [*rows("stack_eval", 9, category="synthetic"), *rows("code_alpaca_2k", 9), *rows("mt_bench", 9)]
    found = sample_messages(written(tmp_path, *others, *kept), 100, seed=0)
    assert sorted(message.text for message in found) == ["stack_eval 0", "stack_eval 1", "stack_eval 2"]


def test_a_rare_kind_has_a_quarter_as_many_and_the_draw_stays_a_draw(tmp_path: Path) -> None:
    source = written(tmp_path, *rows("staqc_sql_titles", 2000), *rows("specstory_turns", 60))
    found = sample_messages(source, 80, seed=0)
    turns = [message for message in found if message.kind == "turns of agent sessions"]
    assert sum(message.drawn for message in found) == 80
    assert len(turns) == 20
    assert sum(message.drawn for message in turns) < 10
    assert len(set(found)) == len(found)


def test_a_seed_draws_the_same_messages_again_and_another_does_not(tmp_path: Path) -> None:
    source = written(tmp_path, *rows("cosqa_queries", 200))
    assert sample_messages(source, 20, seed=1) == sample_messages(source, 20, seed=1)
    assert set(sample_messages(source, 20, seed=1)) != set(sample_messages(source, 20, seed=2))


def test_messages_of_no_set_all_count_and_have_no_kind(tmp_path: Path) -> None:
    found = sample_messages(written(tmp_path, {"id": 1, "text": "a"}, {"id": 2, "text": "  "}), 9, seed=0)
    assert [(message.text, message.kind, message.drawn) for message in found] == [("a", "", True)]


@pytest.mark.parametrize("line", ["{", "[]", '{"set": "chat"}', '{"text": 3}'])
def test_a_line_of_another_form_is_wrong_usage_with_its_number(tmp_path: Path, line: str) -> None:
    source = tmp_path / "messages.jsonl"
    source.write_text('{"text": "Hello"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="line 2"):
        sample_messages(source, 1, 7)


def test_a_file_without_messages_of_people_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no texts of people"):
        sample_messages(written(tmp_path, *rows("gpteacher_codegen", 5)), 3, seed=0)
