"""The sidecar's JSON-RPC server: each handler parses, calls one method, converts."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lsprotocol import types

from hydra_auto.app.backend import Backend, State
from hydra_auto.app.ports import LayeredCatalog
from hydra_auto.app.service import Outcome
from hydra_auto.core.errors import InvalidParams, RouterError
from hydra_auto.editing.layer_files import LayerFiles
from hydra_auto.rpc import protocol
from hydra_auto.rpc.converter import parse
from hydra_auto.rpc.errors import to_json_rpc
from hydra_auto.rpc.language_features import add_language_features
from hydra_auto.rpc.requests import routing_request, turn_step
from hydra_auto.rpc.results import catalog_add_result, catalog_result, route_result, status_result
from hydra_auto.rpc.router_server import RouterServer

log = logging.getLogger(__name__)


def create_server(
    backend: Backend, catalogs: LayeredCatalog, worker: ThreadPoolExecutor, files: LayerFiles
) -> RouterServer:
    """A server with all handlers, not started yet.

    Args:
        backend: Its ``load`` has been given to ``worker`` already, so that all else waits behind it.
        catalogs: Read on ``worker`` only.
        worker: Has one thread.
        files: The same catalog files, for the language features.
    """
    server = RouterServer(backend, catalogs, worker, files)
    _add_lifecycle(server)
    _add_router_methods(server)
    add_language_features(server, server.language)
    return server


def _add_lifecycle(server: RouterServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        raw = params.initialization_options
        try:
            options = parse({} if raw is None else _plain(raw), protocol.InitializationOptions)
            if options.protocol_version != protocol.PROTOCOL_VERSION:
                raise InvalidParams(
                    f"the client speaks protocol version {options.protocol_version}, this sidecar "
                    f"{protocol.PROTOCOL_VERSION}",
                    "Update the extension or hydra-auto, whichever is older.",
                )
        except RouterError as error:
            raise to_json_rpc(error) from None
        folder = Path(options.workspace_folder) if options.workspace_folder else None
        server.catalogs.set_workspace(folder, trusted=options.workspace_trusted)
        server.language.open_files.files.set_workspace(folder, trusted=options.workspace_trusted)
        first = () if options.workspace_folder is None else (options.workspace_folder,)
        server.folders = (*first, *options.workspace_folders)
        server.use_settings(options.settings)
        server.initialized = True

    @server.feature(types.INITIALIZED)
    async def initialized(_params: types.InitializedParams) -> None:
        server.tell_catalog_changes(asyncio.get_running_loop())
        status = await server.on_worker(server.status)  # waits behind the loading of the encoder
        gc.freeze()  # what is loaded by now stays; a full collection amid a request need not look at it
        server.protocol.notify(protocol.STATUS_CHANGED, status)
        server.watching = asyncio.create_task(server.watch_catalog())
        if server.backend.state is State.READY:
            log.info("ready: %s", server.backend.model_version)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def settings_changed(params: types.DidChangeConfigurationParams) -> None:
        server.use_settings(_plain(params.settings))


def _add_router_methods(server: RouterServer) -> None:
    async def route(raw: Any) -> dict[str, Any]:
        params = parse(raw, protocol.RouteParams)
        server.offer(params.models)
        request, step = routing_request(params, server.settings, server.folders), turn_step(params)
        cancelled = threading.Event()

        def work() -> Outcome:
            return server.decide(request, step, cancelled.is_set)

        try:
            outcome = await server.on_worker(work)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        server.decisions += 1
        _log_decision(params.request_id, outcome)
        return route_result(params.request_id, outcome)

    async def catalog(_raw: Any) -> dict[str, Any]:
        current = await server.on_worker(server.catalogs.current)
        return catalog_result(current, server.catalogs.files, server.catalogs.problems)

    async def catalog_add(raw: Any) -> dict[str, Any]:
        params = parse(raw, protocol.CatalogAddParams)
        offers = [model.value() for model in params.models]
        current = await server.on_worker(server.catalogs.current)
        return catalog_add_result(
            offers, current, lambda entries: server.catalogs.with_models(params.text, entries)
        )

    async def status(_raw: Any) -> dict[str, Any]:
        if server.backend.state is State.STARTING:
            # The worker is busy loading; do not wait behind it, nor read the catalog beside it.
            return status_result(server.backend, server.catalogs, 0, server.decisions)
        return await server.on_worker(server.status)

    @server.feature(protocol.OFFERED_MODELS)
    def offered(raw: Any) -> None:
        params = parse(raw, protocol.OfferedModelsParams)
        server.offer(params.models)

    handlers = (
        (protocol.ROUTE, route),
        (protocol.CATALOG, catalog),
        (protocol.CATALOG_ADD, catalog_add),
        (protocol.STATUS, status),
    )
    for method, handle in handlers:
        server.feature(method)(_answering(server, handle))


def _answering(
    server: RouterServer, handle: Callable[[Any], Awaitable[dict[str, Any]]]
) -> Callable[[Any], Awaitable[dict[str, Any]]]:
    async def handler(raw: Any) -> dict[str, Any]:
        return await server.answer(lambda: handle(raw))

    return handler


def _log_decision(request_id: str, outcome: Outcome) -> None:
    decision = outcome.decision
    required = decision.prediction.requirements if decision.prediction else {}
    log.info(
        "decision %s: %s chosen=%s basis=%s tau=%g %.1f ms",
        request_id[:64],
        " ".join(f"{c.value}={r:.2f}" for c, r in required.items()) or "unscored",
        decision.chosen.model.id if decision.chosen else None,
        decision.basis.value,
        decision.policy.tau,
        outcome.timing_ms.total,
    )


def _plain(value: Any) -> Any:
    """Nested namedtuples, as pygls hands over free-form objects, as plain data."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
