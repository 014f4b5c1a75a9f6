from __future__ import annotations

import csv
import dataclasses
import gzip
import json

import pytest

from hydra_auto.training.additions import (
    CHAT_FILE,
    MESSAGES_FILE,
    NUMBERS_FILE,
    data_files,
    failing_shares,
    read_additions,
    with_outcomes,
)
from hydra_auto.training.annotations import ADDED, LIKE_REAL, OUTCOMES, REAL, WRITTEN, Item, Split
from hydra_auto.training.config import TrainingFailed

pytestmark = pytest.mark.train

NEEDS = {"reasoning": 0.1, "code_generation": 0.2, "debugging": 0.3, "tool_use": 0.4}


def zipped(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def outcomes(path, rows):
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["query_id", "model", "score", "panel"])
        writer.writerows(rows)


@pytest.fixture
def data(tmp_path):
    zipped(tmp_path / "prompts/prompts.jsonl.gz", [{"set": "nl2bash", "id": "n", "lang": "en", "text": "ls"}])
    zipped(tmp_path / "benchmarks/bfcl_v1/queries.jsonl.gz", [{"query_id": "b", "text": "book it"}])
    problems = [{"query_id": f"p{i}", "text": f"problem {i}"} for i in range(4)]
    for name, panel in (("livecodebench", "v6 (2025-08)"), ("math500", "")):
        folder = tmp_path / "benchmarks" / name
        zipped(folder / "queries.jsonl.gz", problems)
        rows = [(f"p{i}", m, 1.0 if m >= i else 0.0, panel) for i in range(4) for m in range(3)]
        outcomes(
            folder / "outcomes.csv.gz", [*rows, ("p0", "other", 0.0, "2024-06")][: len(rows) + (not panel)]
        )
    return tmp_path


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    row = {"id": "w", "r": NEEDS, "lang": "de", "texts": {"en": "hello", "de": "hallo"}}
    (folder / CHAT_FILE).write_text(json.dumps(row) + "\n")
    row = {"id": "m", "set": "agent_like", "r": NEEDS, "texts": {"pl": "zrób to"}}
    (folder / MESSAGES_FILE).write_text(json.dumps(row) + "\n")
    (folder / NUMBERS_FILE).write_text(
        "set,id,reasoning,code_generation,debugging,tool_use\nnl2bash,n,0.1,0.2,0,0.05\nbfcl_v1,b,0,0,0,0.4\n"
    )
    return folder


def annotated(problem, level):
    return Item(
        source=REAL, set_name="livecodebench", item_id=problem, texts={"en": "x"}, requirements=(level,) * 4
    )


def read(data, own, items=None):
    items = items or [annotated("p0", 0.2), annotated("p3", 0.8)]
    math = [
        Item(source=REAL, set_name="math500", item_id=f"p{i}", texts={"en": "m"}, requirements=(0.5,) * 4)
        for i in range(4)
    ]
    items = [*items, *math]
    return read_additions(data, items, {item.key: Split.TRAIN for item in items}, own)


def test_messages_numbers_and_outcomes_are_read(data, own):
    by_source = {source: [] for source in (WRITTEN, LIKE_REAL, ADDED, OUTCOMES)}
    for item in read(data, own):
        by_source[item.source].append(item)
    assert by_source[WRITTEN][0].texts == {"en": "hello", "de": "hallo"}
    assert by_source[WRITTEN][0].requirements == (0.1, 0.2, 0.3, 0.4)
    assert [(i.set_name, i.texts) for i in by_source[LIKE_REAL]] == [("agent_like", {"pl": "zrób to"})]
    assert {item.texts["en"]: item.requirements for item in by_source[ADDED]} == {
        "ls": (0.1, 0.2, 0.0, 0.05),
        "book it": (0.0, 0.0, 0.0, 0.4),
    }


def test_unannotated_problems_lie_between_the_annotated_by_their_outcomes(data, own):
    found = {item.item_id: item.requirements[0] for item in read(data, own) if item.source == OUTCOMES}
    assert found == {"p1": pytest.approx(0.4), "p2": pytest.approx(0.6)}


def test_outcomes_are_a_second_annotation_of_annotated_problems(data):
    """p0 is solved by all, p1 by two of three models: what their shares say is drawn into their numbers."""
    items = [annotated("p0", 0.6), annotated("p1", 0.2), annotated("p3", 0.8)]
    others = [dataclasses.replace(items[0], source=ADDED), dataclasses.replace(items[0], set_name="other")]
    found = [item.requirements for item in with_outcomes([*items, *others], data, 0.5)]
    assert found[:3] == [pytest.approx((level,) * 4) for level in (0.5, 0.3, 0.8)]
    assert found[3:] == [(0.6,) * 4] * 2
    assert with_outcomes(items, data / "none", 0.0) == items


def test_failing_shares_are_of_one_panel(data):
    path = data / "benchmarks/livecodebench/outcomes.csv.gz"
    assert failing_shares(path, "v6 (2025-08)")["p1"] == pytest.approx(1 / 3)


def test_numbers_for_a_text_that_the_data_lack_are_an_error(data, own):
    with (own / NUMBERS_FILE).open("a") as file:
        file.write("nl2bash,gone,0,0,0,0\n")
    with pytest.raises(TrainingFailed, match="nl2bash/gone"):
        read(data, own)


def test_missing_own_annotations_are_an_error_with_a_hint(data, tmp_path):
    with pytest.raises(TrainingFailed, match=CHAT_FILE) as caught:
        read(data, tmp_path / "none")
    assert "checkout" in caught.value.hint


def test_anchors_of_one_share_count_together(data, own):
    """Two annotators' numbers for problems that as many models fail: what lies there is between them."""
    path = data / "benchmarks/livecodebench/outcomes.csv.gz"
    rows = [("p0", "a", 1.0), ("p1", "a", 0.0), ("p2", "a", 0.0), ("p3", "a", 0.0)]
    outcomes(path, [(*row, "v6 (2025-08)") for row in rows])
    items = [annotated("p0", 0.1), annotated("p1", 0.4), annotated("p2", 0.8)]
    found = {i.item_id: i.requirements for i in read(data, own, items) if i.source == OUTCOMES}
    assert found == {"p3": pytest.approx((0.6,) * 4)}


def test_every_file_that_is_read_is_named(data, own, monkeypatch):
    opened = set()
    original = gzip.open

    def recorded(path, *more, **named):
        opened.add(path.relative_to(data).as_posix())
        return original(path, *more, **named)

    monkeypatch.setattr(gzip, "open", recorded)
    read(data, own)
    assert "benchmarks/bfcl_v1/queries.jsonl.gz" in opened
    assert opened <= set(data_files())
