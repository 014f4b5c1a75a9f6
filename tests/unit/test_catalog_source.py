"""A running sidecar follows its catalog files, and keeps what was good."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hydra_auto.adapters import catalog_source
from hydra_auto.adapters.catalog_source import SETTLE_LOOKS, ReloadingCatalog
from hydra_auto.adapters.file_stamps import stamp_of
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.policy import resolve

LEVELS = "capabilities: {reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.5}"
MINE = f"schema_version: 1\nmodels: [{{id: me/mine, price: {{input: 1, output: 2}}, {LEVELS}}}]\n"


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "catalog.yaml"
    monkeypatch.setattr(catalog_source, "user_path", lambda: path)
    monkeypatch.setattr("hydra_auto.adapters.catalog_files.user_path", lambda: path)
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "work" / ".hydra-auto").mkdir(parents=True)
    return tmp_path / "work"


def source(sleep: Callable[[float], None] = lambda _: None) -> ReloadingCatalog:
    made = ReloadingCatalog(sleep=sleep)
    made.refresh()
    return made


def denied(catalog: ReloadingCatalog) -> tuple[str, ...]:
    return resolve(catalog.current().routing, ()).deny


def ids(catalog: ReloadingCatalog) -> set[str]:
    return {str(model.id) for model in catalog.current().models}


def test_nothing_is_read_again_while_nothing_changes(user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text(MINE)
    catalog = source()
    assert [catalog.refresh() for _ in range(3)] == [False] * 3
    user_file.touch()
    assert not catalog.refresh()  # same content


def test_a_file_that_appears_changes_and_goes_is_followed(user_file: Path) -> None:
    catalog = source()
    assert "me/mine" not in ids(catalog)
    user_file.parent.mkdir()
    user_file.write_text(MINE)
    assert "me/mine" in ids(catalog)
    user_file.write_text(MINE.replace("me/mine", "me/more"))
    assert {"me/more"} == {name for name in ids(catalog) if name.startswith("me/")}
    user_file.unlink()
    assert not any(name.startswith("me/") for name in ids(catalog))


def test_a_change_that_metadata_does_not_show_is_noticed(user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text(MINE)
    catalog = source()
    before = user_file.stat()
    user_file.write_text(MINE.replace("me/mine", "me/more"))
    os.utime(user_file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "me/more" in ids(catalog)


def test_a_rename_over_the_file_is_followed(user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text(MINE)
    catalog = source()
    new = user_file.with_suffix(".tmp")
    new.write_text(MINE.replace("me/mine", "me/more"))
    new.replace(user_file)
    assert "me/more" in ids(catalog)


def test_a_file_in_the_middle_of_being_written_keeps_the_last_good(user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text(MINE)
    text = MINE.replace("me/mine", "me/more")
    written = [""]

    def write_on(_: float) -> None:
        """While the catalog waits, the editor writes a bit more."""
        written[0] = text[: len(written[0]) + 5]
        user_file.write_text(written[0])

    catalog = source(write_on)
    readings: list[int] = []
    catalog.on_change(lambda: readings.append(1))
    write_on(0)
    assert "me/mine" in ids(catalog)  # still changing after all looks
    assert readings == []
    while "me/more" not in ids(catalog):
        assert "me/mine" in ids(catalog)
        assert catalog.problems == ()
    assert len(readings) == 1
    assert len(text) / 5 > SETTLE_LOOKS


def test_an_editor_that_empties_the_file_before_it_writes_lifts_no_limit(
    user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_file.parent.mkdir()
    user_file.write_text("schema_version: 1\nrouting: {deny: ['xai/*']}\n")
    catalog = source()
    user_file.write_text("")
    assert denied(catalog) == ("xai/*",)
    user_file.write_text("schema_version: 1\nrouting: {deny: ['meta/*']}\n")
    assert denied(catalog) == ("meta/*",)
    user_file.write_text("")
    assert denied(catalog) == ("meta/*",)
    later = time.time() + 5
    monkeypatch.setattr("hydra_auto.adapters.file_stamps.time.time", lambda: later)
    assert denied(catalog) == ()  # so it is meant


def test_a_file_broken_from_the_start_keeps_forbidding_and_is_followed(user_file: Path) -> None:
    user_file.parent.mkdir()
    text = "schema_version: 1\nrouting: {deny: ['xai/*'], tau: 7}\n"
    user_file.write_text(text)
    catalog = source()
    assert denied(catalog) == ("xai/*",)
    user_file.write_text("")  # an editor about to write
    assert denied(catalog) == ("xai/*",)
    user_file.write_text(text.replace("xai", "meta"))
    assert denied(catalog) == ("meta/*",)
    user_file.write_text(text.replace("tau: 7", "tau: 0.7"))
    assert denied(catalog) == ("xai/*",)
    user_file.write_text(text.replace("xai", "meta"))
    assert denied(catalog) == ("xai/*",)  # as it was when it was last good


@pytest.mark.parametrize("trusted", [True, False])
def test_a_workspace_that_cannot_be_looked_into_stops_nothing(tmp_path: Path, *, trusted: bool) -> None:
    for folder in (tmp_path / ("x" * 300), tmp_path / "nul\0"):
        catalog = ReloadingCatalog(sleep=lambda _: None)
        catalog.set_workspace(folder, trusted=trusted)
        assert len(catalog.current().models) > 1


def test_a_broken_file_counts_as_it_was_and_the_others_are_followed(user_file: Path, workspace: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text(MINE + "routing: {deny: [xai/*]}\n")
    catalog = source()
    catalog.set_workspace(workspace, trusted=True)
    catalog.refresh()
    user_file.write_text(MINE + "routing: {deny: 3}\n")
    assert denied(catalog) == ("xai/*",)
    assert [problem.line for problem in catalog.problems] == [3]
    theirs = workspace / ".hydra-auto" / "catalog.yaml"
    theirs.write_text("schema_version: 1\nrouting: {deny: [openai/*]}\n")
    assert denied(catalog) == ("xai/*", "openai/*")
    user_file.unlink()
    assert denied(catalog) == ("openai/*",)
    assert catalog.problems == ()


def test_a_workspace_with_a_refused_value_does_not_hold_up_the_users_file(
    user_file: Path, workspace: Path
) -> None:
    user_file.parent.mkdir()
    user_file.write_text("schema_version: 1\nrouting: {vendors: [copilot]}\n")
    (workspace / ".hydra-auto" / "catalog.yaml").write_text(
        "schema_version: 1\nrouting: {vendors: [ollama]}\n"
    )
    catalog = source()
    catalog.set_workspace(workspace, trusted=True)
    assert catalog.current().routing.vendors == ("copilot",)
    user_file.write_text("schema_version: 1\nrouting: {vendors: [copilot], deny: [xai/*]}\n")
    assert denied(catalog) == ("xai/*",)


def test_a_link_that_is_turned_out_of_the_workspace_is_noticed(
    user_file: Path, workspace: Path, tmp_path: Path
) -> None:
    assert not user_file.exists()
    text = "schema_version: 1\nrouting: {deny: [openai/*]}\n"
    inside, outside = workspace / "inside.yaml", tmp_path / "outside.yaml"
    for file in (inside, outside):
        file.write_text(text)
    link = workspace / ".hydra-auto" / "catalog.yaml"
    link.symlink_to(inside)
    catalog = source()
    catalog.set_workspace(workspace, trusted=True)
    assert denied(catalog) == ("openai/*",)
    assert catalog.problems == ()
    link.unlink()
    link.symlink_to(outside)
    catalog.refresh()
    assert "outside the workspace" in catalog.problems[0].message


def test_a_catalog_that_was_never_good_raises_until_it_is(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    catalog = ReloadingCatalog(file=path, sleep=lambda _: None)
    with pytest.raises(CatalogInvalid):
        catalog.current()
    path.write_text(MINE)
    assert ids(catalog) == {"me/mine"}
    path.write_text("models: 3")
    assert ids(catalog) == {"me/mine"}
    assert catalog.problems


def test_stamps_never_raise_and_never_wait(tmp_path: Path) -> None:
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (pipe, loop, tmp_path, tmp_path / "absent", Path("nul\0byte")):
        assert stamp_of(path).digest is None
