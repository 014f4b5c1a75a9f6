"""A real sidecar process over real stdio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

FIXTURES = Path(__file__).parent / "fixtures"
CATALOG = FIXTURES / "catalogs" / "three.yaml"
TIMEOUT_S = 60


@dataclass
class Sidecar:
    client: LanguageClient
    stderr: Path
    status_changes: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    catalog_changes: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    diagnostics: asyncio.Queue[types.PublishDiagnosticsParams] = field(default_factory=asyncio.Queue)
    messages: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    capabilities: types.ClientCapabilities = field(default_factory=types.ClientCapabilities)

    async def ask(self, method: str, params: object) -> Any:
        return await asyncio.wait_for(self.client.protocol.send_request_async(method, params), TIMEOUT_S)

    async def initialize(self, **options: object) -> types.InitializeResult:
        result = await asyncio.wait_for(
            self.client.initialize_async(
                types.InitializeParams(
                    capabilities=self.capabilities,
                    initialization_options={"protocolVersion": 1, **options},
                )
            ),
            TIMEOUT_S,
        )
        self.client.initialized(types.InitializedParams())
        return result

    async def stop(self) -> int:
        await asyncio.wait_for(self.client.shutdown_async(None), TIMEOUT_S)
        self.client.exit(None)
        return await self.exit_status()

    async def exit_status(self) -> int:
        return await asyncio.wait_for(self.client._server.wait(), TIMEOUT_S)

    def log(self) -> str:
        return self.stderr.read_text(encoding="utf-8")


Start = Callable[..., Awaitable[Sidecar]]


def user(text: str, **more: object) -> dict[str, object]:
    return {"role": "user", "text": text, "chars": len(text), **more}


def route_params(text: str, **more: object) -> dict[str, object]:
    offered = [
        {"vendor": "test", "id": name, "family": name, "name": name.title()}
        for name in ("small", "middle", "large")
    ]
    return {"requestId": "r", "messages": [user(text)], "models": offered, **more}


def plain(value: Any) -> Any:
    """Nested namedtuples, as pygls hands over free-form objects, as plain data."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
