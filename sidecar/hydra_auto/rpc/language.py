"""The open catalog files of one server, their diagnostics, and a place for their features to run.

Everything runs on a worker of its own, so that routing never waits for it and a cancelled request is
answered at once. A feature that fails answers with nothing, and a log line names the kind of error.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path

from hydra_auto.core.layer_values import Problem
from hydra_auto.core.origin import Origin
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.diagnostics import diagnose, locate
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.layer_files import LayerFiles, real_path
from hydra_auto.editing.source_text import Encoding, SourceText
from hydra_auto.rpc.documents import OpenFile, OpenFiles
from hydra_auto.rpc.lsp_values import Converter

log = logging.getLogger(__name__)
T = TypeVar("T")

SETTLE_S = 0.15
"""How long a text must rest before it is diagnosed."""


class Language:
    """The language features of one server. Public methods are for the event loop."""

    def __init__(self, server: LanguageServer, files: LayerFiles, read_catalog: Callable[[], None]) -> None:
        """No file is open yet.

        Args:
            server: Whose client is told.
            files: Where the layers are.
            read_catalog: Has the router look at its files again; must not block.
        """
        self.server = server
        self.open_files = OpenFiles(files)
        self.read_catalog = read_catalog
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="language")
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._problems: tuple[Problem, ...] = ()
        self._told_of_closed: dict[str, Path] = {}

    @property
    def encoding(self) -> Encoding:
        """What columns count, as agreed at initialize."""
        return Encoding(plain_word(self.server.workspace.position_encoding or Encoding.UTF16))

    def offer(self, models: Sequence[AvailableModel]) -> None:
        """What VS Code offers now."""
        offered = tuple(models)
        if offered != self.open_files.offered:
            self.open_files.offered = offered
            self.refresh()

    def catalog_was_read(self, problems: tuple[Problem, ...]) -> None:
        """The router read its files: closed ones are diagnosed, too, and open ones again."""
        self._problems = problems
        self.refresh()
        self._start(self._tell_of_closed())

    def refresh(self) -> None:
        """Diagnose all open files again."""
        for file in self.open_files.all():
            self.diagnose_soon(file)

    def diagnose_soon(self, file: OpenFile) -> None:
        """Diagnose a file once it rests."""
        if (earlier := self._waiting.pop(file.uri, None)) is not None:
            earlier.cancel()
        loop = asyncio.get_running_loop()
        self._waiting[file.uri] = loop.call_later(SETTLE_S, lambda: self._start(self._tell(file.uri)))

    def closed(self, uri: str) -> None:
        """A file is not open any more: what is wrong with it on the disk is told from now on."""
        if (earlier := self._waiting.pop(uri, None)) is not None:
            earlier.cancel()
        self._publish(uri, [], None)
        self._start(self._tell_of_closed())

    async def ask(self, uri: str, work: Callable[[CatalogDocument, Converter], T], otherwise: T) -> T:
        """Run a feature on an open file; ``otherwise`` if it is no catalog, or the feature fails."""
        file = self.open_files.get(uri)
        if file is None:
            return otherwise
        texts, encoding = self.open_files.texts(), self.encoding

        def run() -> T:
            document = self.open_files.document(file, texts)
            return work(document, Converter(document.source, encoding))

        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, run)
        except Exception as error:  # noqa: BLE001  whatever a strange file does, the editor gets an answer
            log.error("language feature failed: %s", type(error).__name__)  # noqa: TRY400
            return otherwise

    def locations(
        self, origins: Sequence[Origin], encoding: Encoding, texts: dict[Path, str]
    ) -> list[types.Location]:
        """Places in other files; on the worker."""
        converters: dict[str, Converter] = {}
        for origin in origins:
            if origin.path not in converters:
                text = self.open_files.files.text_of(Path(origin.path), texts)
                converters[origin.path] = Converter(SourceText(text), encoding)
        return [converters[origin.path].location(origin) for origin in origins]

    async def _tell(self, uri: str) -> None:
        self._waiting.pop(uri, None)
        file = self.open_files.get(uri)
        if file is None:
            return
        own = real_path(file.path)
        of_file = [p for p in self._problems if not p.line and real_path(Path(p.path)) == own]

        def work(document: CatalogDocument, convert: Converter) -> list[types.Diagnostic]:
            found = diagnose(document)
            known = {one.message for one in found}
            found += locate(document, [problem for problem in of_file if problem.message not in known])
            return [convert.diagnostic(one) for one in found]

        nothing: list[types.Diagnostic] = []
        diagnostics = await self.ask(uri, work, nothing)
        if self.open_files.get(uri) is file:  # else a newer state is on its way
            self._publish(uri, diagnostics, file.version)

    async def _tell_of_closed(self) -> None:
        """Problems of files that are not open, as the router found them on the disk."""
        texts, encoding, problems = self.open_files.texts(), self.encoding, self._problems
        files = self.open_files.files

        def work() -> dict[str, tuple[Path, list[types.Diagnostic]]]:
            found: dict[str, tuple[Path, list[types.Diagnostic]]] = {}
            for name in dict.fromkeys(problem.path for problem in problems):
                path = Path(name)
                layer, uri = files.layer_of(path), from_fs_path(name)
                if layer is None or uri is None or real_path(path) in texts:
                    continue
                around = files.surroundings(path, layer, texts, offered=None, today=self.open_files.today())
                document = CatalogDocument(files.text_of(path, texts), around)
                convert = Converter(document.source, encoding)
                own = [problem for problem in problems if problem.path == name]
                found[uri] = (path, [convert.diagnostic(one) for one in locate(document, own)])
            return found

        try:
            found = await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except Exception as error:  # noqa: BLE001  as in ask
            log.error("diagnostics failed: %s", type(error).__name__)  # noqa: TRY400
            return
        opened = {real_path(file.path) for file in self.open_files.all()}
        for uri in self._told_of_closed.keys() - found.keys():
            if self._told_of_closed[uri] not in opened:
                self._publish(uri, [], None)
        for uri, (_, diagnostics) in found.items():
            self._publish(uri, diagnostics, None)
        self._told_of_closed = {uri: real_path(path) for uri, (path, _) in found.items()}

    def _publish(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        self.server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics, version=version)
        )

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def plain_word(word: str | Enum) -> str:
    """A word of the protocol; those it knows come as members of an enumeration, others as text."""
    return str(word.value) if isinstance(word, Enum) else word
