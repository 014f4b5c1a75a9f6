from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from sidecar_process import CATALOG, Sidecar, Start


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts sidecars; every one is gone at the end of the test."""
    running: list[Sidecar] = []

    async def start_one(*options: str, catalog: Path | None = CATALOG) -> Sidecar:
        stderr = tmp_path / f"stderr-{len(running)}.txt"
        command = [sys.executable, "-m", "hydra_auto", "serve", *options]
        if catalog is not None:
            command += ["--catalog", str(catalog)]
        client = LanguageClient("test", "1")
        sidecar = Sidecar(client, stderr)

        @client.feature("router/statusChanged")
        def status_changed(status: types.LSPAny) -> None:
            sidecar.status_changes.put_nowait(status)

        @client.feature("router/catalogChanged")
        def catalog_changed(change: types.LSPAny) -> None:
            sidecar.catalog_changes.put_nowait(change)

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def diagnosed(found: types.PublishDiagnosticsParams) -> None:
            sidecar.diagnostics.put_nowait(found)

        @client.feature(types.WINDOW_SHOW_MESSAGE)
        def message_shown(shown: types.ShowMessageParams) -> None:
            sidecar.messages.put_nowait(shown.message)

        # The shell keeps stderr in a file that the test can read, and is replaced by the sidecar.
        await client.start_io("sh", "-c", 'exec "$@" 2>"$0"', str(stderr), *command)
        running.append(sidecar)
        return sidecar

    yield start_one
    for sidecar in running:
        process = sidecar.client._server
        if process.returncode is None:
            process.kill()
        await sidecar.client.stop()
