"""Catalog files are followed while the sidecar runs: no request is needed, no restart, no retraining."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from sidecar_process import Sidecar, Start, route_params

pytestmark = pytest.mark.model

EASY = "Rename the variable userCnt to userCount."
OFFERED = [
    {"vendor": "copilot", "id": "claude-opus-5.5", "family": "claude-opus-5.5", "name": "Opus"},
    {"vendor": "ollama", "id": "tiny:3b", "family": "tiny", "name": "Tiny"},
]
THREE_LINES = """\
- {id: me/tiny, match: [{vendor: ollama, family: tiny}],
   price: {input: 0.01, output: 0.01},
   capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}}
"""
HEADER = "schema_version: 1\nmodels:\n"


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return platformdirs.user_config_path("hydra-auto", appauthor=False) / "catalog.yaml"


@pytest.fixture
async def sidecar(start: Start, user_file: Path, tmp_path: Path) -> Sidecar:
    started = await start(catalog=None)
    await started.initialize(workspaceFolder=str(tmp_path / "work"), workspaceTrusted=True)
    assert user_file.name == "catalog.yaml"  # not there yet
    assert await chosen(started) == "anthropic/claude-opus-5.5"
    await next_change(started)  # the first reading
    return started


async def chosen(sidecar: Sidecar) -> str:
    return (await sidecar.ask("router/route", route_params(EASY, models=OFFERED))).chosen


async def next_change(sidecar: Sidecar) -> Any:
    return await asyncio.wait_for(sidecar.catalog_changes.get(), 30)


async def change_after(sidecar: Sidecar, write: Callable[[], object]) -> tuple[Any, float]:
    begun = time.monotonic()
    write()
    return await next_change(sidecar), time.monotonic() - begun


async def test_three_lines_of_yaml_change_the_routing_within_a_second(
    sidecar: Sidecar, user_file: Path
) -> None:
    user_file.parent.mkdir(parents=True)
    change, seconds = await change_after(sidecar, lambda: user_file.write_text(HEADER + THREE_LINES))
    assert (len(change.problems), await chosen(sidecar)) == (0, "me/tiny")
    assert seconds < 1.0
    change, _ = await change_after(sidecar, user_file.unlink)
    assert await chosen(sidecar) == "anthropic/claude-opus-5.5"


async def test_a_mistake_is_told_at_its_place_and_the_last_good_file_stays_in_use(
    sidecar: Sidecar, user_file: Path
) -> None:
    user_file.parent.mkdir(parents=True)
    await change_after(sidecar, lambda: user_file.write_text(HEADER + THREE_LINES))
    broken = HEADER + THREE_LINES.replace("input: 0.01", "input: cheap")
    change, _ = await change_after(sidecar, lambda: user_file.write_text(broken))
    [problem] = change.problems
    assert (problem.path, problem.line, problem.column) == (str(user_file), 4, 19)
    assert await chosen(sidecar) == "me/tiny"


async def test_a_file_renamed_over_the_workspaces_is_taken(sidecar: Sidecar, tmp_path: Path) -> None:
    folder = tmp_path / "work" / ".hydra-auto"
    folder.mkdir(parents=True)
    new = folder / "new"
    new.write_text("schema_version: 1\nrouting: {deny: ['anthropic/*']}\n")
    await change_after(sidecar, lambda: new.replace(folder / "catalog.yaml"))
    assert await chosen(sidecar) != "anthropic/claude-opus-5.5"


async def test_the_watch_ends_with_the_sidecar(sidecar: Sidecar) -> None:
    await asyncio.sleep(0.6)
    assert await sidecar.stop() == 0
    assert "Traceback" not in sidecar.log()
    assert "Task was destroyed" not in sidecar.log()
