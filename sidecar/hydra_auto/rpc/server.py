"""The sidecar's JSON-RPC server: each handler parses, calls one method, converts."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.io_ import StdoutWriter, run_async
from pygls.lsp.server import LanguageServer

from hydra_auto import __version__
from hydra_auto.app.backend import Backend, State
from hydra_auto.app.ports import LayeredCatalog
from hydra_auto.app.service import Outcome, TurnStep
from hydra_auto.core.errors import InvalidParams, RouterError
from hydra_auto.core.fallback import Bars, bars
from hydra_auto.core.policy import resolve
from hydra_auto.core.request import Overrides, RoutingRequest
from hydra_auto.core.unknown import with_estimates
from hydra_auto.editing.layer_files import LayerFiles
from hydra_auto.rpc import protocol
from hydra_auto.rpc.converter import parse
from hydra_auto.rpc.errors import Undecided, not_initialized, to_json_rpc
from hydra_auto.rpc.language import Language
from hydra_auto.rpc.language_features import add_language_features
from hydra_auto.rpc.messages import RouterProtocol, message_converter
from hydra_auto.rpc.requests import routing_request, settings_overrides, turn_step
from hydra_auto.rpc.results import (
    catalog_add_result,
    catalog_changed,
    catalog_result,
    route_result,
    status_result,
)
from hydra_auto.rpc.settings_advice import SettingsAdvice
from hydra_auto.rpc.stdio import MessageReader

log = logging.getLogger(__name__)

WATCH_S = 0.5
"""How often the catalog files are looked at, in seconds."""

T = TypeVar("T")


class RouterServer(LanguageServer):
    """Does everything slow on one worker thread."""

    def __init__(
        self, backend: Backend, catalogs: LayeredCatalog, worker: ThreadPoolExecutor, files: LayerFiles
    ) -> None:
        super().__init__(
            "hydra-auto", __version__, protocol_cls=RouterProtocol, converter_factory=message_converter
        )
        self.backend = backend
        self.catalogs = catalogs
        self.settings: tuple[Overrides, ...] = ()
        self.folders: tuple[str, ...] = ()
        self.initialized = False
        self.decisions = 0
        self.worker = worker
        self.language = Language(self, files, self.read_catalog)
        self.advice = SettingsAdvice(catalogs, worker, self.warn)
        self.watching: asyncio.Task[None] | None = None

    def start_io(self, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> None:
        """Serve until the client says exit, or goes away; as pygls does, with a reader of our own."""
        self._stop_event = threading.Event()
        self.protocol.set_writer(StdoutWriter(stdout or sys.stdout.buffer))
        reader = MessageReader(stdin or sys.stdin.buffer, self.thread_pool)
        try:
            asyncio.run(
                run_async(self._stop_event, reader, self.protocol, error_handler=self.report_server_error)
            )
        except BrokenPipeError:
            log.error("the client is gone")  # noqa: TRY400
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            self.shutdown()  # type: ignore[no-untyped-call]  # pygls 2.1 leaves it untyped

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002
        """Log the kind of error only; its text may hold a prompt, and the client has its answer."""
        log.warning("request failed: %s", type(error).__name__)

    async def on_worker(self, work: Callable[[], T]) -> T:
        """Run ``work`` on the worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self.worker, work)

    async def answer(self, handle: Callable[[], Awaitable[T]]) -> T:
        """Run a handler once we are initialized, with every error as a JSON-RPC error.

        An escaping exception would reach the client as its text and traceback, and a prompt can be in those.
        """
        if not self.initialized:
            raise not_initialized()
        try:
            return await handle()
        except RouterError as error:
            raise to_json_rpc(error) from None
        except Undecided as failed:
            raise to_json_rpc(failed.error, failed.bars) from None
        except JsonRpcException:
            raise
        except Exception as error:  # noqa: BLE001  the one broad catch of this edge
            log.error("internal error: %s", type(error).__name__)  # noqa: TRY400
            raise JsonRpcInternalError(f"internal error: {type(error).__name__}") from None

    def read_catalog(self) -> None:
        """Look at the catalog files on the worker; ``tell_catalog_changes`` tells if they changed."""
        self.worker.submit(self.model_count)

    def warn(self, message: str) -> None:
        """Show a message to the user."""
        self.window_show_message(types.ShowMessageParams(type=types.MessageType.Warning, message=message))

    def offer(self, models: Sequence[protocol.WireModel]) -> None:
        """What VS Code offers now."""
        offered = tuple(model.value() for model in models)
        self.language.offer(offered)
        self.advice.offers_are(offered)

    def use_settings(self, settings: object) -> None:
        """Go by these settings from now on."""
        self.settings = settings_overrides(settings)
        self.advice.settings_are(self.settings)

    def model_count(self) -> int:
        """How many models the catalog has, 0 if there is none; call it on the worker."""
        try:
            return len(self.catalogs.current().models)
        except RouterError:
            return 0

    def decide(self, request: RoutingRequest, step: TurnStep, is_cancelled: Callable[[], bool]) -> Outcome:
        """Route a request; call it on the worker.

        Raises:
            Undecided: Nothing could be decided.
        """
        try:
            return self.backend.service().route(request, step, is_cancelled)
        except RouterError as error:
            raise Undecided(error, self._bars(request)) from None

    def _bars(self, request: RoutingRequest) -> Bars:
        try:
            catalog = self.catalogs.current()
        except RouterError:
            return Bars()
        policy = resolve(catalog.routing, request.overrides, request.paths)
        catalog = with_estimates(catalog, request.available, policy.unknown_models)
        return bars(request, catalog, policy)

    def status(self) -> dict[str, Any]:
        """How we are; call it on the worker."""
        return status_result(self.backend, self.catalogs, self.model_count(), self.decisions)

    def tell_catalog_changes(self, loop: asyncio.AbstractEventLoop) -> None:
        """Notify the client after each reading of the catalog; readings happen on the worker."""

        def tell() -> None:
            changed = catalog_changed(self.model_count(), self.catalogs)
            loop.call_soon_threadsafe(self.protocol.notify, protocol.CATALOG_CHANGED, changed)
            loop.call_soon_threadsafe(self.language.catalog_was_read, self.catalogs.problems)
            loop.call_soon_threadsafe(self.advice.look)

        self.catalogs.on_change(tell)

    async def watch_catalog(self) -> None:
        """Look at the catalog files for ever, on the worker; each reading notifies the client."""
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                await self.on_worker(self.catalogs.refresh)
            except RouterError as error:
                log.warning("catalog not read: %s", error.reference)


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
