"""The command on a data folder of a few lines, with the real encoder."""

from __future__ import annotations

import json

import pytest

from eval_data import needs, write_annotations, write_outcomes, write_rows
from hydra_auto.adapters.model_files import CARD, package_model_folder, read_card
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.cli.main import main
from hydra_auto.evaluation.robustness.moves import Measure
from hydra_auto.evaluation.windows.rules import RULES
from hydra_auto.training.annotations import Split, make_splits, read_annotations

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    count = 60  # enough for some to fall into the test split
    bilingual = [
        {
            "id": f"b{i}",
            "lang": "ru",
            "r": needs(0.1 if i % 2 else 0.9),
            "texts": {"en": f"Rename x{i}. Thanks.", "ru": f"Переименуй x{i}. Спасибо."},
        }
        for i in range(count)
    ]
    real = [
        {"set": "math500", "id": f"m/{i}", "lang": "en", "r": needs(i / count), "text": f"What is {i}^2?"}
        for i in range(count)
    ]
    write_annotations(folder, requirements=real, chat_bilingual=bilingual)
    write_rows(
        folder / "multilingual" / "parallel.jsonl.gz",
        [{"set": "mgsm", "item_id": "1", "lang": lang, "text": f"2 + 2 {lang}"} for lang in ("en", "sw")],
    )
    problems = [f"m/{i}" for i in range(2 * count)]
    bench = folder / "benchmarks" / "math500"
    write_rows(bench / "queries.jsonl.gz", [{"query_id": p, "text": f"What is {p}?"} for p in problems])
    rows = [{"query_id": p, "model": m, "score": i % 2} for i, p in enumerate(problems) for m in "ab"]
    write_outcomes(bench / "outcomes.csv.gz", rows)
    return folder


@pytest.fixture(scope="module")
def long_data(tmp_path_factory):
    """Short questions, and long messages with a block of code each."""
    folder = tmp_path_factory.mktemp("long")
    code = "\n".join(f"    total += price[{i}] * count[{i}]" for i in range(60))
    real = [
        {
            "set": f"s{i % 2}",
            "id": f"w/{i}",
            "lang": "en",
            "r": needs(i / 120),
            "text": f"What is wrong with sum {i}?\n```\n{code}\n```" if i % 2 else f"What is {i}^2?",
        }
        for i in range(120)
    ]
    write_annotations(folder, requirements=real)
    return folder


@pytest.fixture
def no_profiles(monkeypatch):
    """The table of models is not in the small data folder; its reading has tests of its own."""
    monkeypatch.setattr("hydra_auto.evaluation.bench.models_by_name", lambda _data, _catalog: {})


@pytest.fixture(autouse=True)
def no_own_annotations(monkeypatch, tmp_path):
    """Those of the checkout are about texts that the small data folder lacks."""
    monkeypatch.setattr("hydra_auto.evaluation.bench.OWN_FOLDER", tmp_path / "none")


def test_the_test_split_is_not_empty(data):
    items = read_annotations(data)
    assert Split.TEST in make_splits(items).values()


def test_languages_prints_tables_and_writes_all_numbers(data, tmp_path, capsys):
    out = tmp_path / "languages.json"
    assert main(["eval", "languages", "--data", str(data), "--out", str(out), "--limit", "2"]) == 0
    printed = capsys.readouterr().out
    assert "Models in use" in printed
    report = json.loads(out.read_text(encoding="utf-8"))
    assert {t["kind"] for t in report["tables"]} == {"translation", "code-switched", "romanised"}
    assert [pool["name"] for pool in report["pools"]] == ["copilot", "all", "five levels"]
    assert report["limit"] == 2
    assert main(["eval", "show", str(out), "--markdown"]) == 0
    assert "|---|---:|" in capsys.readouterr().out


def test_robustness_runs_with_a_small_search(data, tmp_path, capsys):
    out = tmp_path / "robustness.json"
    options = ["--limit", "1", "--search", "1", "--pool", "five levels", "--out", str(out), "--markdown"]
    assert main(["eval", "robustness", "--data", str(data), *options]) == 0
    assert "**Easy messages talked up, pool: five levels**" in capsys.readouterr().out
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["searches"]
    assert "views" not in report


def test_two_views_are_measured_where_that_is_asked_for(data, tmp_path, capsys):
    out = tmp_path / "robustness.json"
    options = ["--limit", "1", "--search", "1", "--pool", "five levels", "--out", str(out), "--markdown"]
    assert main(["eval", "robustness", "--data", str(data), *options, "--views"]) == 0
    assert "**Two views, pool: five levels, balanced: where messages go**" in capsys.readouterr().out
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["complete"]
    assert len(report["views"]["defences"]) == 1 + 3 * 4
    assert all(found["untouched"]["chat"]["messages"] for found in report["views"]["defences"])


def test_suffixes_are_searched_against_another_encoder(data, tmp_path, capsys):
    older = tmp_path / "older"
    older.mkdir()
    for file in package_model_folder().iterdir():
        if file.name != CARD:
            (older / file.name).symlink_to(file)
    card = read_card(package_model_folder()) | {"version": "e5-old"}
    (older / CARD).write_text(json.dumps(card), encoding="utf-8")
    options = ["--limit", "1", "--search", "1", "--pool", "five levels", "--from-model", str(older)]
    assert main(["eval", "robustness", "--data", str(data), *options, "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert ", suffixes searched against e5-old." in printed
    assert "of encoder e5-old, which it asks" in printed


@pytest.mark.usefixtures("no_profiles")
def test_meaning_reports_unseen_problems(data, capsys):
    options = ["--benchmark", "math500", "--limit", "20", "--markdown"]
    assert main(["eval", "meaning", "--data", str(data), *options]) == 0
    assert "| math500 | 20 of 66 | 2 |" in capsys.readouterr().out


@pytest.mark.usefixtures("no_profiles")
def test_meaning_says_what_it_does_not_know_of_the_training(data, tmp_path, capsys):
    out, splits = tmp_path / "meaning.json", tmp_path / "splits.json"
    splits.write_text('{"train": ["outcomes/math500/m/100"]}', encoding="utf-8")
    common = ["meaning", "--data", str(data), "--benchmark", "math500", "--limit", "20"]
    phrase = "problems of added training data not left out (no --splits)"
    assert main(["eval", *common, "--out", str(out)]) == 0
    assert phrase in capsys.readouterr().out
    assert main(["eval", "show", str(out)]) == 0
    assert phrase in capsys.readouterr().out
    assert main(["eval", *common, "--splits", str(splits)]) == 0
    assert "added training data" not in capsys.readouterr().out


def test_windows_reads_long_messages_by_every_rule_and_tells_no_text(long_data, tmp_path, capsys):
    out = tmp_path / "windows.json"
    options = ["--limit", "2", "--questions", "1", "--pool", "five levels", "--out", str(out), "--markdown"]
    assert main(["eval", "windows", "--data", str(long_data), *options]) == 0
    printed = capsys.readouterr().out
    assert "windows: encoder" in printed
    assert "| head and tail 3:1, 64 tokens |" in printed
    assert "requirements/s1/w/" in printed
    written = out.read_text(encoding="utf-8")
    assert "What is" not in printed + written
    assert "total +=" not in printed + written
    report = json.loads(written)
    assert report["complete"]
    assert [row["window"] for row in report["long"][0]["rows"][:: len(RULES)]] == [256, 192, 128, 64]
    assert report["pastes"][0]["questions"] == 1
    assert report["pastes"][0]["median_tokens"] > 5_000
    assert main(["eval", "show", str(out)]) == 0


@pytest.mark.usefixtures("no_profiles")
def test_plots_are_files(data, tmp_path):
    pytest.importorskip("matplotlib", reason="needs the eval extra: pip install 'hydra-auto[eval]'")
    common = ["--data", str(data), "--limit", "2", "--plots", str(tmp_path / "plots")]
    assert main(["eval", "languages", *common, "--pool", "five levels"]) == 0
    assert main(["eval", "robustness", *common, "--pool", "five levels", "--search", "0"]) == 0
    common[3] = "20"
    assert main(["eval", "meaning", *common, "--benchmark", "math500"]) == 0
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    assert names == {
        "languages_difference.png",
        "languages_same_five-levels.png",
        "robustness_up_change.png",
        "robustness_up_five-levels.png",
        "robustness_down_change.png",
        "robustness_down_five-levels.png",
        "meaning_requirements.png",
        "meaning_heads.png",
        "meaning_likelihood.png",
    }


def test_a_run_that_is_stopped_leaves_a_report_that_can_be_shown(data, tmp_path, capsys, monkeypatch):
    rows = []

    def stop_after_three(self, *arguments):
        if len(rows) == 3:
            raise KeyboardInterrupt
        rows.append(row(self, *arguments))
        return rows[-1]

    row = Measure.row
    monkeypatch.setattr(Measure, "row", stop_after_three)
    out = tmp_path / "robustness.json"
    options = ["--limit", "1", "--search", "0", "--pool", "five levels", "--out", str(out)]
    assert main(["eval", "robustness", "--data", str(data), *options]) == 130
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["up"] == rows
    assert not report["complete"]
    assert [path.name for path in tmp_path.iterdir()] == ["robustness.json"]
    assert "has what was measured so far" in capsys.readouterr().err
    assert main(["eval", "show", str(out)]) == 0
    assert "stopped before the end" in capsys.readouterr().out


def test_tricks_that_are_undone_cost_no_scoring(data, tmp_path, monkeypatch):
    read = []
    predict = OnnxPredictor.predict
    monkeypatch.setattr(
        OnnxPredictor, "predict", lambda self, texts: read.extend(texts) or predict(self, texts)
    )
    options = ["--limit", "1", "--search", "0", "--pool", "five levels", "--out", str(tmp_path / "r.json")]
    assert main(["eval", "robustness", "--data", str(data), *options]) == 0
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert any(row["name"] == "invisible characters" for row in report["up"])
    assert not [text for text in read if "\u200b" in text]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["languages", "--data", "nowhere"], "There is no nowhere"),
        (["languages", "--pool", "nobody"], "no model of nobody"),
        (["meaning", "--benchmark", "swebench"], "No benchmark 'swebench'"),
        (["languages", "--out", "nowhere/x.json"], "There is no folder nowhere"),
        (["meaning", "--benchmark", "math500", "--splits", "nowhere.json"], "no splits.json"),
        (["robustness", "--from-model", "nowhere"], "nowhere"),
        (["show", "nowhere.json"], "No such file"),
    ],
    ids=["data", "pool", "benchmark", "out", "splits", "from-model", "show"],
)
def test_wrong_options_end_in_one_line(data, arguments, message, capsys):
    if "--data" not in arguments and arguments[0] != "show":
        arguments = [*arguments, "--data", str(data)]
    assert main(["eval", *arguments]) in {1, 2}
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_file_that_is_no_report_is_refused(tmp_path, capsys):
    path = tmp_path / "other.json"
    path.write_text('{"bench": "languages"}', encoding="utf-8")
    assert main(["eval", "show", str(path)]) == 2
    assert "no report of this version" in capsys.readouterr().err
