"""What the sidecar knows while it serves, and what goes to its worker; the handlers are in ``rpc.server``."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.io_ import StdoutWriter, run_async
from pygls.lsp.server import LanguageServer

from hydra_auto import __version__
from hydra_auto.app.backend import Backend
from hydra_auto.app.ports import LayeredCatalog
from hydra_auto.app.service import Outcome, TurnStep
from hydra_auto.core.errors import RouterError
from hydra_auto.core.fallback import Bars, bars
from hydra_auto.core.policy import resolve
from hydra_auto.core.request import Overrides, RoutingRequest
from hydra_auto.core.unknown import with_estimates
from hydra_auto.editing.layer_files import LayerFiles
from hydra_auto.rpc import protocol
from hydra_auto.rpc.errors import Undecided, not_initialized, to_json_rpc
from hydra_auto.rpc.language import Language
from hydra_auto.rpc.messages import RouterProtocol, message_converter
from hydra_auto.rpc.requests import settings_overrides
from hydra_auto.rpc.results import catalog_changed, status_result
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
