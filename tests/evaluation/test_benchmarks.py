from __future__ import annotations

import gzip
import json

import pytest

from eval_data import write_outcomes, write_rows
from hydra_auto.evaluation.meaning.benchmarks import (
    BENCHMARKS,
    TEXTS_ONLY,
    Problem,
    folder_of,
    panel_label,
    read_panels,
    read_problems,
    with_only,
)
from hydra_auto.evaluation.meaning.seen import Seen, keys_of_run
from hydra_auto.training.annotations import REAL, Item, Split
from hydra_auto.training.config import TrainingFailed

LONG = "Given a list of intervals that may overlap, merge those that do and return what is left. " * 3


def benchmark(data, name, outcomes, texts=None):
    texts = texts or {p: f"text of {p}" for p in ("p/1", "p/2")}
    write_rows(
        data / "benchmarks" / name / "queries.jsonl.gz",
        [{"query_id": p, "text": text} for p, text in texts.items()],
    )
    write_outcomes(data / "benchmarks" / name / "outcomes.csv.gz", outcomes)


def outcome(model, problem, score, **more):
    return {"query_id": problem, "model": model, "score": score, **more}


def test_a_panel_has_the_share_of_failing_models(tmp_path):
    rows = [
        outcome("a", "p/1", 1),
        outcome("b", "p/1", 0.5),
        outcome("a", "p/2", 0),
        outcome("b", "p/2", 0),
    ]
    benchmark(tmp_path, "math500", rows)
    (panel,) = read_panels(tmp_path, "math500")
    assert [panel.failing(p) for p in panel.problems] == [0.25, 1.0]
    assert [p.text for p in panel.problems] == ["text of p/1", "text of p/2"]


def test_panels_are_apart_and_models_that_met_little_are_left_out(tmp_path):
    rows = [outcome(m, p, 1, panel="new") for m in "ab" for p in ("p/1", "p/2")]
    rows += [outcome("c", "p/1", 0, panel="new"), outcome("d", "p/1", 0, panel="old")]
    benchmark(tmp_path, "livecodebench", rows)
    new, old = read_panels(tmp_path, "livecodebench")
    assert (new.name, sorted(new.failures)) == ("new", ["a", "b"])
    assert (old.name, [p.problem_id for p in old.problems]) == ("old", ["p/1"])


def test_other_agents_and_broken_configurations_do_not_count(tmp_path):
    rows = [outcome("a", p, 1, agent="llm_agent") for p in ("p/1", "p/2")]
    rows += [outcome("b", p, 1, agent="custom") for p in ("p/1", "p/2")]
    benchmark(tmp_path, "tau2_bench", rows)
    assert list(read_panels(tmp_path, "tau2_bench")[0].failures) == ["a"]
    rows = [outcome(m, p, 0) for m in ("a", "mistral-large-2407") for p in ("p/1", "p/2")]
    benchmark(tmp_path, "bfcl_v1", rows)
    assert list(read_panels(tmp_path, "bfcl_v1")[0].failures) == ["a"]


def test_a_cut_panel_has_the_problems_named(tmp_path):
    benchmark(tmp_path, "math500", [outcome("a", p, 1) for p in ("p/1", "p/2")])
    (panel,) = read_panels(tmp_path, "math500")
    assert with_only(panel, panel.problems[1:]).problems == panel.problems[1:]


def test_variants_of_a_debugbench_problem_are_one_group(tmp_path):
    statement, other = f"Problem:\n{LONG}", f"Problem:\nNow the other way. {LONG}"
    texts = {"db/cpp/1": f"C++. {statement}", "db/java/1": f"Java. {statement}", "db/cpp/2": f"C++. {other}"}
    benchmark(tmp_path, "debugbench", [outcome("a", p, 1) for p in texts], texts)
    (panel,) = read_panels(tmp_path, "debugbench")
    first, again, different = (p.group for p in panel.problems)
    assert first == again != different


def test_a_missing_file_is_an_error_that_says_so(tmp_path):
    with pytest.raises(TrainingFailed, match="does not exist"):
        read_panels(tmp_path, "math500")


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"query_id,model,score\np/1,a,high\n"),
        gzip.compress(b"query_id,model\np/1,a\n"),
        gzip.compress(b"query_id,model,score\np/1\n"),
        gzip.compress(b"query_id,model,score\n")[:10] + b"\xff" * 40,
    ],
    ids=["no number", "no score", "cut off", "damaged"],
)
def test_damaged_outcomes_are_an_error_that_says_so(tmp_path, content):
    benchmark(tmp_path, "math500", [outcome("a", "p/1", 1)])
    (tmp_path / "benchmarks" / "math500" / "outcomes.csv.gz").write_bytes(content)
    with pytest.raises(TrainingFailed, match="cannot be read"):
        read_panels(tmp_path, "math500")


def test_swe_bench_verified_is_no_benchmark_here():
    folders = {folder_of(name).as_posix() for name in (*BENCHMARKS, *TEXTS_ONLY)}
    assert {folder for folder in folders if "swe" in folder} == {
        "swebench/pro",
        "swebench/terminal_bench_core",
        "swebench/java_2024",
        "swebench/lite_not_verified_texts",
    }


def issues(data, folder, outcomes, texts):
    rows = [{"instance_id": p, "problem_statement": text} for p, text in texts.items()]
    write_rows(data / "swebench" / folder / "queries.jsonl.gz", rows)
    write_outcomes(data / "swebench" / folder / "outcomes.csv.gz", outcomes)


def test_issues_have_columns_of_their_own_and_capped_runs_do_not_count(tmp_path):
    rows = [
        {"instance_id": "x/1", "model": model, "resolved": resolved}
        for model, resolved in (("GPT-5", 0), ("GPT-4o (paper, $2 cap)", 1))
    ]
    issues(tmp_path, "pro", rows, {"x/1": "It crashes."})
    (panel,) = read_panels(tmp_path, "swebench_pro")
    assert [p.text for p in panel.problems] == ["It crashes."]
    assert panel.failures == {"GPT-5": {"x/1": 1.0}}


def test_graded_texts_need_no_outcomes(tmp_path):
    rows = [
        {"instance_id": f"x/{i}", "problem_statement": f"Crash {i}.", "difficulty": difficulty}
        for i, difficulty in enumerate(("<15 min fix", "1-4 hours", None))
    ]
    write_rows(tmp_path / "swebench" / "lite_not_verified_texts" / "queries.jsonl.gz", rows)
    found = read_problems(tmp_path, "swebench_lite")
    assert [p.grades for p in found.values()] == [(("time", 0.0),), (("time", 2.0),), ()]
    assert [p.text for p in found.values()] == ["Crash 0.", "Crash 1.", "Crash 2."]


def test_a_problem_of_a_panel_has_its_grades(tmp_path):
    write_rows(
        tmp_path / "benchmarks" / "math500" / "queries.jsonl.gz",
        [{"query_id": f"p/{i}", "text": f"text {i}", "level": i} for i in (1, 5)],
    )
    write_outcomes(
        tmp_path / "benchmarks" / "math500" / "outcomes.csv.gz", [outcome("a", f"p/{i}", 1) for i in (1, 5)]
    )
    (panel,) = read_panels(tmp_path, "math500")
    assert [p.grades for p in panel.problems] == [(("level", 1.0),), (("level", 5.0),)]


@pytest.mark.parametrize(
    ("panel", "part", "label"),
    [("all", "unseen", "bfcl"), ("v1", "unseen", "bfcl, v1"), ("v1", "seen", "bfcl, v1 (seen in training)")],
)
def test_a_panel_is_called_by_its_benchmark_and_part(panel, part, label):
    assert panel_label("bfcl", panel, part) == label


def test_trials_of_one_task_are_averaged(tmp_path):
    rows = [{"instance_id": "t", "model": "a", "resolved": resolved} for resolved in (1, 0, 0, 0)]
    issues(tmp_path, "terminal_bench_core", rows, {"t": "Fix the environment."})
    (panel,) = read_panels(tmp_path, "terminal_bench_core")
    assert panel.failures == {"a": {"t": 0.75}}


def test_problems_with_one_text_are_one_group(tmp_path):
    texts = {"p/1": "Can you help me?", "p/2": "Something else.", "p/3": "can you  HELP me"}
    benchmark(tmp_path, "tau2_bench", [outcome("a", p, 1) for p in texts], texts)
    (panel,) = read_panels(tmp_path, "tau2_bench")
    first, other, again = (p.group for p in panel.problems)
    assert first == again != other


def test_variants_of_problems_with_one_text_are_one_group(tmp_path):
    """Input and output of two functions: the inputs read the same, so the outputs belong together."""
    texts = {
        "crux-input/1": "f(x)",
        "crux-output/1": "first",
        "crux-input/2": "f(x)",
        "crux-output/2": "second",
        "crux-output/3": "third",
    }
    benchmark(tmp_path, "cruxeval", [outcome("a", p, 1) for p in texts], texts)
    (panel,) = read_panels(tmp_path, "cruxeval")
    groups = [p.group for p in panel.problems]
    assert len(set(groups[:4])) == 1
    assert groups[4] != groups[0]


def problem(problem_id, text="short", name="livecodebench"):
    return Problem(benchmark=name, problem_id=problem_id, group=f"{name}/{problem_id}", text=text)


def item(item_id, text="an annotated text", set_name="livecodebench"):
    return Item(source=REAL, set_name=set_name, item_id=item_id, texts={"en": text}, requirements=(0.1,) * 4)


def seen_of(*items, split=Split.TRAIN, trained=()):
    return Seen(items, {i.key: split for i in items}, trained)


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (item("lcb/1"), problem("lcb/1")),
        (item("lcb/1"), problem("lcb-repair/1", name="livecodebench_selfrepair")),
        (item("x", "The  same, text!"), problem("y", "the same text")),
        (item("x", f"{LONG} In C++."), problem("y", f"{LONG} In Python.")),
        (item("x", f"This is Java.\nProblem:\n{LONG}", "debugbench"), problem("y", LONG)),
        (item("bcb-instruct/7", set_name="bigcodebench"), problem("bcb-complete/7", name="bigcodebench")),
        (item("apache__dubbo-1", set_name="multi_swe_bench"), problem("apache__dubbo-1", name="java_2024")),
    ],
    ids=["id", "repair", "text", "opening", "statement", "variant", "issue of another set"],
)
def test_a_problem_is_seen_by_id_text_or_opening(known, asked):
    assert seen_of(known)(asked)
    assert not seen_of(known, split=Split.TEST)(asked)


def test_other_problems_are_not_seen():
    seen = seen_of(item("lcb/1", LONG))
    assert not seen(problem("lcb/2", "Another problem"))
    assert not seen(problem("lcb/3", LONG[:60]))


def test_what_choices_were_made_by_counts_as_seen():
    assert seen_of(item("lcb/1"), split=Split.DEV)(problem("lcb/1"))


def test_a_runs_splits_add_what_it_learnt_from(tmp_path):
    path = tmp_path / "splits.json"
    splits = {"train": ["outcomes/livecodebench/lcb/9"], "test": ["outcomes/livecodebench/lcb/8"]}
    path.write_text(json.dumps(splits), encoding="utf-8")
    seen = seen_of(trained=keys_of_run(path))
    assert seen(problem("lcb/9"))
    assert not seen(problem("lcb/8"))


@pytest.mark.parametrize("content", ["", "[]", '{"train": ["x"]}', '{"train": 3}'])
def test_a_file_that_is_no_splits_file_is_refused(tmp_path, content):
    path = tmp_path / "splits.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TrainingFailed, match=r"no splits\.json"):
        keys_of_run(path)
