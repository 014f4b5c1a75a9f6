"""Finding catalog files, and what happens when one of them is broken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hydra_auto.adapters import catalog_files
from hydra_auto.adapters.catalog_files import CatalogProblems, FileStatus, load_catalog
from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.layer_values import Severity
from hydra_auto.core.origin import LayerName

FIXTURES = Path(__file__).parent.parent / "fixtures" / "catalogs"


@pytest.fixture(autouse=True)
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user catalog that does not exist yet, instead of the real one."""
    path = tmp_path / "config" / "catalog.yaml"
    path.parent.mkdir()
    monkeypatch.setattr(catalog_files, "user_path", lambda: path)
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "work" / ".hydra-auto").mkdir(parents=True)
    return tmp_path / "work"


def write_workspace(workspace: Path, text: str) -> Path:
    path = workspace / ".hydra-auto" / "catalog.yaml"
    path.write_text(f"schema_version: 1\n{text}\n", encoding="utf-8")
    return path


def sonnet(models: tuple[ModelEntry, ...]) -> ModelEntry:
    return next(model for model in models if model.id == "anthropic/claude-sonnet-5")


def statuses(loaded: catalog_files.LoadedCatalog) -> list[FileStatus]:
    return [file.status for file in loaded.files]


def test_the_built_in_catalog_alone_is_enough_and_has_no_problems() -> None:
    loaded = load_catalog()
    assert len(loaded.catalog.models) >= 30
    assert loaded.problems == ()
    assert statuses(loaded) == [FileStatus.USED, FileStatus.ABSENT]


def test_the_built_in_catalog_can_be_routed_by() -> None:
    for model in load_catalog().catalog.models:
        assert model.match, model.id
        assert model.price.output > 0, model.id
        assert model.evidence, model.id
        assert model.context_window >= 8_000, model.id
        assert model.origins["price.input"].line > 0


def test_the_users_file_is_laid_over_the_built_in_one(user_file: Path) -> None:
    user_file.write_bytes((FIXTURES / "override.yaml").read_bytes())
    loaded = load_catalog()
    assert statuses(loaded) == [FileStatus.USED, FileStatus.USED]
    assert not sonnet(loaded.catalog.models).enabled
    assert loaded.catalog.routing.tau == 0.1
    assert loaded.catalog.routing.origins["tau"].path == str(user_file)


def test_a_broken_users_file_is_reported_and_only_what_it_forbids_counts(user_file: Path) -> None:
    user_file.write_text(
        "schema_version: 1\nrouting: {tau: 7, regime: economy, vendors: [ollama], deny: [me/*]}\n"
        "rules: [{paths: [a/**], max_price: 1, tau: 0.5}, {regime: quality}]\n"
        "models: [{id: anthropic/claude-sonnet-5, enabled: false},\n"
        "  {id: anthropic/claude-opus-5, remove: true},\n"
        "  {id: openai/gpt-oss-20b, price: {output: 0}},\n"
        "  {id: me/mine, match: [{vendor: acme}],\n"
        "   capabilities: {reasoning: 1, code_generation: 1, debugging: 1, tool_use: 1}}]\n"
    )
    loaded = load_catalog()
    policy, models = loaded.catalog.routing, {model.id: model for model in loaded.catalog.models}
    assert statuses(loaded) == [FileStatus.USED, FileStatus.BROKEN]
    assert (policy.tau, policy.regime.value, policy.vendors) == (None, "balanced", ("ollama",))
    assert [(rule.paths, rule.max_price, rule.tau) for rule in policy.rules] == [(("a/**",), 1.0, None)]
    assert not sonnet(loaded.catalog.models).enabled
    assert "anthropic/claude-opus-5" not in models
    assert models["openai/gpt-oss-20b"].origins["price.output"].layer is LayerName.BUILT_IN
    assert "me/mine" in models  # else nobody knew which model me/* denies
    mistake, told = loaded.problems
    assert mistake.place == f"{user_file}:2:16"
    assert (told.place, told.severity) == (str(user_file), Severity.WARNING)
    assert "only its limits count, as far as they can be read: deny, vendors, rules, what" in told.message


def test_of_a_file_that_is_no_yaml_nothing_counts_and_that_is_said(user_file: Path) -> None:
    user_file.write_text("schema_version: 1\nrouting: {vendors: [ollama]\nmodels: []\n")
    loaded = load_catalog()
    assert loaded.catalog.routing.vendors == ()
    assert "nothing of it counts: no limit in it could be read" in loaded.problems[-1].message


def test_a_workspace_counts_only_when_it_is_trusted(workspace: Path) -> None:
    write_workspace(workspace, "models: [{id: anthropic/claude-sonnet-5, enabled: false}]")
    untrusted = load_catalog(workspace=workspace)
    assert statuses(untrusted)[2] is FileStatus.UNTRUSTED
    assert sonnet(untrusted.catalog.models).enabled
    trusted = load_catalog(workspace=workspace, trusted=True)
    assert statuses(trusted)[2] is FileStatus.USED
    assert not sonnet(trusted.catalog.models).enabled


def test_a_workspace_without_a_catalog_is_nothing_special(tmp_path: Path) -> None:
    assert statuses(load_catalog(workspace=tmp_path, trusted=True))[2] is FileStatus.ABSENT
    assert statuses(load_catalog(workspace=tmp_path))[2] is FileStatus.ABSENT


def test_a_workspace_file_that_links_outside_is_not_read(workspace: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("schema_version: 1\nrouting: {tau: 0.5}\n")
    (workspace / ".hydra-auto" / "catalog.yaml").symlink_to(outside)
    loaded = load_catalog(workspace=workspace, trusted=True)
    assert statuses(loaded)[2] is FileStatus.BROKEN
    assert "outside the workspace" in loaded.problems[0].message
    assert loaded.catalog.routing.tau is None


def test_links_in_a_circle_and_pipes_are_reported(workspace: Path) -> None:
    path = workspace / ".hydra-auto" / "catalog.yaml"
    path.symlink_to(path)
    assert statuses(load_catalog(workspace=workspace, trusted=True))[2] is FileStatus.BROKEN
    path.unlink()
    os.mkfifo(path)
    loaded = load_catalog(workspace=workspace, trusted=True)
    assert "not a regular file" in loaded.problems[0].message


def test_a_folder_in_place_of_the_file_is_reported(user_file: Path) -> None:
    user_file.mkdir()
    loaded = load_catalog()
    assert statuses(loaded)[1] is FileStatus.BROKEN


def test_a_named_file_replaces_all_layers(user_file: Path) -> None:
    user_file.write_text("schema_version: 1\nrouting: {tau: 0.4}\n")
    loaded = load_catalog(file=FIXTURES / "complete.yaml")
    assert [model.id for model in loaded.catalog.models] == ["acme/large", "acme/small"]
    assert loaded.catalog.routing.tau is None
    assert loaded.catalog.routing.origins["regime"].layer is LayerName.FILE


def test_an_invalid_named_file_raises_with_every_problem_and_its_place() -> None:
    path = FIXTURES / "many_mistakes.yaml"
    with pytest.raises(CatalogProblems) as caught:
        load_catalog(file=path)
    lines = caught.value.message.split("\n")
    assert len(lines) == len(caught.value.problems) == 17
    assert lines[0].startswith(f"{path}:3:11: regime: expected one of")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("incomplete.yaml", "model 'acme/new' lacks capabilities.tool_use"),
        ("all_off.yaml", "4:14: no model can be chosen: all are switched off"),
        ("override.yaml", "lacks capabilities.reasoning"),
    ],
)
def test_a_named_file_without_a_usable_model_says_so(name: str, message: str) -> None:
    with pytest.raises(CatalogInvalid) as caught:
        load_catalog(file=FIXTURES / name)
    assert message in caught.value.message


def test_an_empty_named_file_has_no_model(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("")
    with pytest.raises(CatalogInvalid) as caught:
        load_catalog(file=path)
    assert caught.value.message == f"{path}: the catalog has no usable model; add at least one"


def test_a_named_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogInvalid, match=r"There is no catalog file .*nowhere\.yaml"):
        load_catalog(file=tmp_path / "nowhere.yaml")


def test_a_missing_built_in_catalog_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_files, "__file__", "/nowhere/hydra_auto/adapters/catalog_files.py")
    with pytest.raises(CatalogInvalid, match="Reinstall hydra-auto"):
        load_catalog()
