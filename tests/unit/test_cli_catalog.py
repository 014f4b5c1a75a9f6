"""``hydra-auto catalog`` and ``hydra-auto profile`` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hydra_auto.adapters import catalog_files
from hydra_auto.cli.catalog import schema_text
from hydra_auto.cli.catalog_diff import read_messages
from hydra_auto.cli.main import main
from profile_builders import DATA, needs_data

ROOT = Path(__file__).parent.parent.parent
FIXTURES = Path(__file__).parent.parent / "fixtures" / "catalogs"


@pytest.fixture(autouse=True)
def no_user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_files, "user_path", lambda: tmp_path / "config" / "catalog.yaml")


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    status = main([*args])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_show_prints_a_row_a_model(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    status, out, err = run(capsys, "catalog", "show")
    assert (status, err) == (0, "")
    assert "anthropic/claude-sonnet-5 " in out
    assert "balanced" in out


def test_show_can_be_narrowed_to_some_models(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    _, out, _ = run(capsys, "catalog", "show", "Acme", "large", "--catalog", str(FIXTURES / "complete.yaml"))
    assert "acme/large" in out
    assert "acme/small" not in out
    status, _, err = run(capsys, "catalog", "show", "nothing-like-this")
    assert status == 2
    assert "No model's id or name holds nothing-like-this" in err


def test_show_as_json_has_every_value_with_its_origin(capsys: pytest.CaptureFixture[str]) -> None:
    path = FIXTURES / "complete.yaml"
    status, out, _ = run(capsys, "catalog", "show", "--json", "--catalog", str(path))
    shown = json.loads(out)
    assert status == 0
    large = shown["models"][0]
    assert large["capabilities"]["debugging"] == 0.8
    assert large["price"] == {"input": 2.0, "output": 10.0, "cached_input": 0.2}
    assert large["origins"]["price.input"] == {"layer": "file", "path": str(path), "line": 8, "column": 20}
    assert shown["routing"]["tau"] == 0.06
    assert shown["files"] == [{"layer": "file", "path": str(path), "status": "used"}]


def test_show_origins_names_the_place_of_each_value(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    path = FIXTURES / "complete.yaml"
    _, out, _ = run(capsys, "catalog", "show", "--origins", "--catalog", str(path))
    assert "complete.yaml:9:26" in out
    assert "cost.per_task_usd" in out


def test_check_of_all_layers_is_friendly_when_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "catalog", "check")
    assert status == 0
    assert out.startswith("ok: ")
    assert out.endswith(" from built-in\n")


def test_check_prints_problems_like_a_compiler_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    path = FIXTURES / "many_mistakes.yaml"
    status, out, _ = run(capsys, "catalog", "check", str(path))
    lines = out.splitlines()
    assert status == 1
    assert lines[1] == (
        f"{path}:4:8: error: tau: expected a number in [0, 1]; YAML reads 1e-3 as text, write 1.0e-3"
    )
    assert lines[-1] == "17 errors, 0 warnings"


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("complete.yaml", 0, "2 models, complete in itself"),
        ("override.yaml", 0, "2 models of it from this file, on top of the built-in catalog"),
        ("incomplete.yaml", 1, "lacks capabilities.tool_use"),
        ("all_off.yaml", 1, "no model can be chosen"),
    ],
)
def test_check_takes_a_layer_for_a_layer(
    capsys: pytest.CaptureFixture[str], name: str, status: int, words: str
) -> None:
    found, out, _ = run(capsys, "catalog", "check", str(FIXTURES / name))
    assert found == status
    assert words in out


def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "catalog", "check", "--json", str(FIXTURES / "all_off.yaml"))
    found = json.loads(out)
    assert status == 1
    assert found["ok"] is False
    assert found["problems"][0]["line"] == 4
    assert found["problems"][0]["severity"] == "error"


def test_check_covers_a_workspace(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / ".hydra-auto").mkdir()
    (tmp_path / ".hydra-auto" / "catalog.yaml").write_text(
        "schema_version: 1\nmodels: [{id: openai/gpt-6-luna, match: [{vendor: evil}]}]\n"
    )
    status, out, _ = run(capsys, "catalog", "check", "--workspace", str(tmp_path))
    assert status == 1
    assert "may not send prompts to vendor 'evil'" in out


def test_check_takes_a_workspaces_file_for_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w" / ".hydra-auto"
    folder.mkdir(parents=True)
    path = folder / "catalog.yaml"
    levels = "capabilities: {reasoning: 1, code_generation: 1, debugging: 1, tool_use: 1}"
    path.write_text(f"schema_version: 1\nmodels: [{{id: a/b, {levels}, match: [{{vendor: evil}}]}}]\n")
    status, out, _ = run(capsys, "catalog", "check", str(path))
    assert (status, "may not send prompts to vendor 'evil'" in out) == (1, True)
    user = tmp_path / "config" / "catalog.yaml"
    user.parent.mkdir()
    user.write_text("schema_version: 1\nmodels: [{id: mine/x, match: [{vendor: evil}], " + levels + "}]\n")
    monkeypatch.chdir(folder)
    status, out, _ = run(capsys, "catalog", "check", "catalog.yaml")
    assert status == 0
    assert "1 model of it from this file, on top of the built-in and your own catalog" in out


def test_a_file_or_folder_that_is_not_there_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (("check", "nowhere.yaml"), ("show", "--workspace", "nowhere")):
        status, _, err = run(capsys, "catalog", *args)
        assert status == 2
        assert "nowhere" in err
        assert "Traceback" not in err


def test_an_invalid_catalog_to_show_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "catalog", "show", "--catalog", str(FIXTURES / "all_off.yaml"))
    assert status == 1
    assert "no model can be chosen" in err


def test_init_writes_a_file_that_changes_nothing_and_never_overwrites(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, _ = run(capsys, "catalog", "init")
    path = tmp_path / "config" / "catalog.yaml"
    assert status == 0
    assert out.startswith(str(path))
    assert run(capsys, "catalog", "diff") == (0, "no changes to the built-in catalog\n", "")
    status, _, err = run(capsys, "catalog", "init")
    assert status == 2
    assert "is already there" in err
    # the examples in it are right as well
    head, version, examples = path.read_text().partition("schema_version: 1\n")
    path.write_text(head + version + examples.replace("\n# ", "\n"))
    assert run(capsys, "catalog", "check")[0] == 0


def test_init_for_a_workspace(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "catalog", "init", "--workspace", str(tmp_path))[0] == 0
    assert (tmp_path / ".hydra-auto" / "catalog.yaml").is_file()


def test_diff_names_what_a_layer_changes_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "catalog", "diff", str(FIXTURES / "override.yaml"))
    assert status == 0
    assert "~ routing  tau: 0.025 -> 0.1  (user override.yaml:3:16)" in out
    assert "~ anthropic/claude-sonnet-5  enabled: true -> false  (user override.yaml:5:46)" in out
    assert "~ openai/gpt-6-luna  price.output: 0.5 -> 1  (user override.yaml:6:58)" in out
    _, out, _ = run(capsys, "catalog", "diff", str(FIXTURES / "complete.yaml"))
    assert "+ acme/large  2/10 USD per Mtok, levels 0.85 0.85 0.80 0.80  (user complete.yaml:5:9)" in out
    status, _, err = run(capsys, "catalog", "diff", str(FIXTURES / "many_mistakes.yaml"))
    assert status == 1
    assert "many_mistakes.yaml:3:11" in err


def test_diff_tells_layers_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / ".hydra-auto").mkdir()
    (tmp_path / ".hydra-auto" / "catalog.yaml").write_text(
        "schema_version: 1\nrules: [{vendors: [ollama]}]\nmodels: [{id: openai/gpt-6-luna, remove: true}]\n"
    )
    override = str(FIXTURES / "override.yaml")
    args = ("catalog", "diff", override, "--workspace", str(tmp_path), "--values-only")
    status, out, _ = run(capsys, *args)
    assert status == 0
    own, theirs = out.split(f"workspace {tmp_path}")
    assert own.startswith(f"user {override}\n  ~ routing  tau: 0.025 -> 0.1")
    assert "- openai/gpt-6-luna  removed  (workspace catalog.yaml:3:42)" in theirs
    assert "rules: [] -> [Rule for all files in workspace catalog.yaml:2:9: vendors ollama]" in theirs
    found = json.loads(run(capsys, *args, "--json")[1])
    assert [layer["layer"] for layer in found["layers"]] == ["user", "workspace"]


@pytest.mark.model
def test_diff_names_the_messages_that_would_be_routed_differently(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("schema_version: 1\nmodels: [{id: openai/gpt-6-luna, remove: true}]\n")
    status, out, _ = run(capsys, "catalog", "diff", str(path))
    assert status == 0
    assert " of 32 messages would be routed differently" in out
    assert "openai/gpt-6-luna -> " in out
    messages = tmp_path / "m.jsonl"
    messages.write_text('{"id": 7, "text": "rename x to y"}\n')
    (tmp_path / "none.yaml").write_text("schema_version: 1\nrouting: {deny: ['*']}\n")
    args = ("catalog", "diff", str(tmp_path / "none.yaml"), "--messages", str(messages))
    assert json.loads(run(capsys, *args, "--json")[1])["rerouted"][0]["after"] is None
    status, _, err = run(capsys, "catalog", "diff", "--messages", "nowhere.jsonl")
    assert status == 2
    assert "nowhere.jsonl" in err


def test_the_sample_messages_are_in_several_languages_and_have_distinct_ids() -> None:
    messages = read_messages(None)
    ids = [message.id for message in messages]
    assert len(messages) >= 30
    assert len(set(ids)) == len(ids)
    assert len({name.rpartition("-")[2] for name in ids}) >= 10


def test_the_committed_schema_is_that_of_the_reader(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "catalog", "schema")
    assert status == 0
    assert out == schema_text()
    assert (ROOT / "catalogs" / "schema.json").read_text(encoding="utf-8") == out


def test_profile_without_its_data_says_where_to_look(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, err = run(capsys, "profile", "--data", str(tmp_path))
    assert status == 2
    assert "--data" in err


@needs_data
@pytest.mark.data
def test_the_committed_catalog_is_what_rule_and_data_give(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, _ = run(capsys, "profile", "--data", str(DATA), "--check")
    assert status == 0, out
    other = tmp_path / "other.yaml"
    built_in = (ROOT / "catalogs" / "default.yaml").read_text(encoding="utf-8")
    other.write_text(built_in.replace("regime: balanced", "regime: economy"), encoding="utf-8")
    status, out, _ = run(capsys, "profile", "--data", str(DATA), "--check", "--out", str(other))
    assert status == 1
    assert "-  regime: economy" in out


@needs_data
@pytest.mark.data
def test_profile_explains_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "profile", "--data", str(DATA), "explain", "openai/gpt-6-luna")
    assert status == 0
    assert "starts from openai/gpt-5.6-luna" in out
    assert "tool_use 0." in out
    status, _, err = run(capsys, "profile", "explain", "openai/gpt-6-lun", "--data", str(DATA))
    assert status == 2
    assert "Did you mean 'openai/gpt-6-luna'?" in err


@needs_data
@pytest.mark.data
def test_profile_lists_another_pool(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.yaml", tmp_path / "out.yaml"
    pool.write_text("models: [anthropic/claude-opus-4.6, zai/glm-5]\n")
    status, _, _ = run(capsys, "profile", "--data", str(DATA), "--pool", str(pool), "--out", str(out))
    assert status == 0
    assert run(capsys, "catalog", "check", str(out))[0] == 0
    for text, message in (
        ("models: [zai/glm-55]", "Did you mean 'zai/glm-5'?"),
        ("local: [zai/glm-5]", "no Ollama tag"),
        ("models: 3", "needs lists"),
        ("[", "is not YAML"),
    ):
        pool.write_text(text)
        status, _, err = run(capsys, "profile", "--data", str(DATA), "--pool", str(pool))
        assert status == 2
        assert message in err
