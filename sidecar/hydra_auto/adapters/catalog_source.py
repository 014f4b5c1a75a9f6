"""The catalog of a running sidecar: reread when a file changed, the last good one kept when it broke."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from hydra_auto.adapters.catalog_files import (
    CatalogFile,
    CatalogProblems,
    LoadedCatalog,
    built_in_path,
    load_catalog,
    user_path,
    workspace_path,
)
from hydra_auto.core.catalog import Catalog
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.layers import Problem, Severity

log = logging.getLogger(__name__)

Stamp = tuple[int, int] | None
"""Modification time in nanoseconds and size in bytes; None if there is no such file."""


class FixedCatalog:
    """A catalog that is read once, as the command line needs it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def current(self) -> Catalog:
        """The catalog."""
        return self._catalog


class ReloadingCatalog:
    """Looks at the files' stamps at every request and rereads them if one differs.

    Call it from one thread at a time.
    """

    def __init__(self, *, file: Path | None = None) -> None:
        """Nothing is read yet.

        Args:
            file: Replaces all layers.
        """
        self._file = file
        self._workspace: Path | None = None
        self._trusted = False
        self._on_change: Callable[[], None] = lambda: None
        self._stamps: tuple[Stamp, ...] | None = None
        self._good: LoadedCatalog | None = None
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
        self._refresh()
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

    def _refresh(self) -> None:
        stamps = tuple(_stamp(path) for path in self._paths())
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            loaded = load_catalog(file=self._file, workspace=self._workspace, trusted=self._trusted)
        except CatalogInvalid as error:
            self._error = error
            whole_file = Problem(path=str(self._file or built_in_path()), message=str(error))
            self._problems = error.problems if isinstance(error, CatalogProblems) else (whole_file,)
        else:
            self._problems, self._files = loaded.problems, loaded.files
            broken = any(problem.severity is Severity.ERROR for problem in loaded.problems)
            if self._good is None or not broken:
                self._good = loaded
        log.info(
            "catalog read: %d models in use, %d problems",
            len(self._good.catalog.models) if self._good else 0,
            len(self._problems),
        )
        self._on_change()

    def _paths(self) -> list[Path]:
        if self._file is not None:
            return [self._file]
        own = [built_in_path(), user_path()]
        return own if self._workspace is None else [*own, workspace_path(self._workspace)]


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
