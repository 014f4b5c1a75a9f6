"""The catalog of a running sidecar: reread when a file changed, the last good one kept when it broke."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from hydra_auto.adapters.catalog_append import with_models
from hydra_auto.adapters.catalog_files import (
    CatalogFile,
    CatalogProblems,
    FileStatus,
    LoadedCatalog,
    built_in_path,
    load_catalog,
    user_path,
    workspace_path,
)
from hydra_auto.adapters.file_stamps import FileStamp, stamp_of
from hydra_auto.core.catalog import Catalog, ModelEntry
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.layer_values import CatalogLayer, Problem

log = logging.getLogger(__name__)

Stamps = dict[Path, FileStamp]

SETTLE_S = 0.05
"""A changed file is read once it has stayed the same for this long: editors write in pieces."""
SETTLE_LOOKS = 6
"""How many looks to wait for that; a file that goes on changing is read at a later call."""


class FixedCatalog:
    """A catalog that is read once, as the command line needs it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def current(self) -> Catalog:
        """The catalog."""
        return self._catalog


class ReloadingCatalog:
    """Rereads the files when one differs from what was read; ``refresh`` looks, and so does each request.

    A broken file counts as it was when it was last good, or with its limits alone if it never was; the
    other files are followed all the same.
    Call it from one thread at a time.
    """

    def __init__(self, *, file: Path | None = None, sleep: Callable[[float], None] = time.sleep) -> None:
        """Nothing is read yet.

        Args:
            file: Replaces all layers.
            sleep: Waits for a number of seconds.
        """
        self._file = file
        self._sleep = sleep
        self._workspace: Path | None = None
        self._trusted = False
        self._on_change: Callable[[], None] = lambda: None
        self._stamps: Stamps | None = None
        self._good: LoadedCatalog | None = None
        self._last_good: dict[Path, CatalogLayer] = {}
        self._problems: tuple[Problem, ...] = ()
        self._files: tuple[CatalogFile, ...] = ()
        self._error: CatalogInvalid | None = None

    def set_workspace(self, folder: Path | None, *, trusted: bool) -> None:
        """Take the workspace's layer into account, or leave it out."""
        self._workspace, self._trusted = folder, trusted
        self._stamps = None

    def on_change(self, call: Callable[[], None]) -> None:
        """Have ``call`` called after each reading, good or bad, on the thread that read."""
        self._on_change = call

    def current(self) -> Catalog:
        """The newest good catalog.

        Raises:
            CatalogInvalid: No reading has been good so far.
        """
        self.refresh()
        if self._good is None:
            raise self._error or CatalogInvalid("There is no catalog to route by.")
        return self._good.catalog

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong at the newest reading."""
        return self._problems

    @property
    def files(self) -> tuple[CatalogFile, ...]:
        """The files of the newest reading, weakest first."""
        return self._files

    def with_models(self, text: str, entries: Sequence[ModelEntry]) -> str:
        """The text of a catalog file with more models; nothing is written.

        Raises:
            CatalogInvalid: The text has a mistake.
        """
        return with_models(text, entries, "catalog.yaml")

    def refresh(self) -> bool:
        """Reread the files if one of them changed and is not being written just now.

        Returns:
            Whether they were read. Takes microseconds if nothing changed, and up to
            ``SETTLE_S * SETTLE_LOOKS`` seconds while somebody writes.
        """
        first = self._stamps is None
        stamps = self._look(self._stamps or {})
        if stamps == self._stamps:
            self._stamps = stamps  # the metadata may be newer
            return False
        # At the first reading there is nothing better to go by.
        settled = stamps if first else self._settled(stamps)
        if settled is None or (not first and any(map(self._is_being_written, settled.items()))):
            return False
        self._stamps = settled
        self._read()
        return True

    def _is_being_written(self, look: tuple[Path, FileStamp]) -> bool:
        """Whether a file that said something is empty since a moment ago: the rest is likely to follow."""
        path, stamp = look
        layer = next((file.layer for file in self._files if file.path == path), None)
        return stamp.just_emptied and layer is not None and bool(layer.routing or layer.models)

    def _look(self, before: Stamps) -> Stamps:
        return {path: stamp_of(path, before.get(path)) for path in self._paths()}

    def _settled(self, seen: Stamps) -> Stamps | None:
        """The stamps once they stay the same; None if they do not in time."""
        for _ in range(SETTLE_LOOKS):
            self._sleep(SETTLE_S)
            again = self._look(seen)
            if again == seen:
                return again
            seen = again
        return None

    def _read(self) -> None:
        try:
            loaded = load_catalog(
                file=self._file,
                workspace=self._workspace,
                trusted=self._trusted,
                last_good=MappingProxyType(self._last_good),
            )
        except CatalogInvalid as error:
            self._error = error
            whole_file = Problem(path=str(self._file or built_in_path()), message=str(error))
            self._problems = error.problems if isinstance(error, CatalogProblems) else (whole_file,)
        else:
            self._good = loaded
            self._problems, self._files = loaded.problems, loaded.files
            self._last_good = {
                file.path: file.layer
                for file in loaded.files
                if file.layer is not None and (file.status is FileStatus.USED or file.path in self._last_good)
            }
        log.info(
            "catalog read: %d models in use, %d problems",
            len(self._good.catalog.models) if self._good else 0,
            len(self._problems),
        )
        self._on_change()

    @cached_property
    def _built_in(self) -> Path:
        """Looked for once: the program stays where it is while it runs."""
        return built_in_path()

    def _paths(self) -> list[Path]:
        if self._file is not None:
            return [self._file]
        own = [self._built_in, user_path()]
        return own if self._workspace is None else [*own, workspace_path(self._workspace)]
