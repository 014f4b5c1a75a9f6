"""What a checkout's own annotations teach is no unseen problem, whatever its id."""

from __future__ import annotations

import json

import pytest

from eval_data import needs, write_annotations, write_outcomes, write_rows
from hydra_auto.core.catalog import Catalog
from hydra_auto.evaluation import bench
from hydra_auto.training.additions import CHAT_FILE, MESSAGES_FILE, NUMBERS_FILE

PANEL = "v6 (2025-08)"
STATEMENT = "Problem:\nGiven a list of intervals that may overlap, merge those that do. " * 4


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    real = [
        {"set": name, "id": "p0", "lang": "en", "r": needs(0.2), "text": f"first of {name}"}
        for name in ("livecodebench", "math500")
    ]
    write_annotations(folder, requirements=real)
    write_rows(folder / "prompts" / "prompts.jsonl.gz", [])
    problems = {"db/1": f"C++. {STATEMENT}", "db/2": f"Java. {STATEMENT}"}
    problems |= {f"db/{i}": f"problem {i}" for i in range(3, 30)}
    benchmarks = {
        "debugbench": problems,
        "livecodebench": {"p0": "first of livecodebench"},
        "math500": {"p0": "first of math500"},
    }
    for name, texts in benchmarks.items():
        there = folder / "benchmarks" / name
        write_rows(there / "queries.jsonl.gz", [{"query_id": i, "text": t} for i, t in texts.items()])
        rows = [
            {"query_id": i, "model": m, "score": k % 2, "panel": PANEL if name == "livecodebench" else ""}
            for k, i in enumerate(texts)
            for m in "ab"
        ]
        write_outcomes(there / "outcomes.csv.gz", rows)
    return folder


@pytest.fixture
def own(tmp_path, monkeypatch):
    folder = tmp_path / "annotations"
    folder.mkdir()
    (folder / CHAT_FILE).write_text("")
    row = {"id": "m", "r": needs(0.1), "texts": {"en": "Problem 3!"}}
    (folder / MESSAGES_FILE).write_text(json.dumps(row) + "\n")
    (folder / NUMBERS_FILE).write_text(
        "set,id,reasoning,code_generation,debugging,tool_use\ndebugbench,db/1,0.5,0.2,0.6,0\n"
    )
    monkeypatch.setattr(bench, "OWN_FOLDER", folder)


def meaning(data, scorer, monkeypatch):
    monkeypatch.setattr(bench, "models_by_name", lambda _data, _catalog: {})
    setting = bench.Setting(data=data, scorer=scorer, pools=[], limit=0, seed=1)
    *_, report = bench.run_meaning(setting, ["debugbench"], Catalog(models=()))
    return report


@pytest.mark.usefixtures("own")
def test_problems_that_say_what_an_added_item_says_are_not_unseen(data, scorer, monkeypatch):
    report = meaning(data, scorer, monkeypatch)
    assert report["own_annotations"]
    (panel,) = report["panels"]
    assert panel["problems"] == 29 - 3  # db/1 by id, db/2 by its opening, db/3 by its text


def test_without_a_checkout_the_report_says_so(data, scorer, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "OWN_FOLDER", tmp_path / "none")
    report = meaning(data, scorer, monkeypatch)
    assert not report["own_annotations"]
    assert report["panels"][0]["problems"] == 29
