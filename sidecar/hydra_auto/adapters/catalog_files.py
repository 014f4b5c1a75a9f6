"""Finds the catalog files, reads them, and makes one catalog of what is good (DESIGN.md section 3)."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType

import platformdirs

from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.adapters.yaml_document import MAX_BYTES
from hydra_auto.core.broken_layer import only_limits, what_counts
from hydra_auto.core.catalog import Catalog
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.layer_values import CatalogLayer, Problem, Severity
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.origin import LayerName

WORKSPACE_FILE = Path(".hydra-auto") / "catalog.yaml"
"""Where a workspace keeps its layer."""


class CatalogProblems(CatalogInvalid):
    """A catalog that cannot be used, with its problems as values; ``message`` lists their places."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{problem.place}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


class FileStatus(Enum):
    """What became of a catalog file."""

    USED = "used"
    ABSENT = "absent"
    BROKEN = "broken"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFile:
    """One file that may hold a layer, and what became of it.

    Attributes:
        layer: What it says, if it is used; if it is broken, what it said when it was last good, else what it
            forbids as far as that can be read.
    """

    name: LayerName
    path: Path
    status: FileStatus
    layer: CatalogLayer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCatalog:
    """A usable catalog, the files it came from (weakest first), and what is wrong with them."""

    catalog: Catalog
    files: tuple[CatalogFile, ...]
    problems: tuple[Problem, ...] = ()


def built_in_path() -> Path:
    """The catalog that comes with the program: in the wheel, or in a checkout beside ``sidecar/``.

    Raises:
        CatalogInvalid: Neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    places = (package / "catalogs" / "default.yaml", package.parent.parent / "catalogs" / "default.yaml")
    for place in places:
        if place.is_file():
            return place
    raise CatalogInvalid("The built-in catalog default.yaml is missing.", "Reinstall hydra-auto.")


def user_path() -> Path:
    """The user's own catalog; it need not exist."""
    return platformdirs.user_config_path("hydra-auto", appauthor=False) / "catalog.yaml"


def workspace_path(workspace: Path) -> Path:
    """A workspace's catalog; it need not exist."""
    return workspace / WORKSPACE_FILE


def load_catalog(
    *,
    file: Path | None = None,
    workspace: Path | None = None,
    trusted: bool = False,
    extra: Sequence[CatalogLayer] = (),
    last_good: Mapping[Path, CatalogLayer] = MappingProxyType({}),
) -> LoadedCatalog:
    """The catalog to route by.

    A user or workspace file with an error is reported among the problems, and its last good layer
    stands in for it; without one only its limits count (``core.broken_layer``), which a warning says.
    The others are used. Runs in tens of milliseconds and touches nothing but the files; safe to call
    from any thread.

    Args:
        file: Replaces the built-in, user and workspace files.
        workspace: Folder that may hold ``.hydra-auto/catalog.yaml``.
        trusted: Whether the user trusts that folder; if not, its file is not read.
        extra: Stronger layers that are not files, such as settings, weakest first.
        last_good: What files said before they broke.

    Raises:
        CatalogInvalid: ``file`` has an error, or the built-in catalog cannot be used. The message
            lists every problem as ``file:line:column: message``.
    """
    if file is not None:
        found, problems = read_layer(file, LayerName.FILE)
        if found.status is FileStatus.ABSENT:
            raise CatalogInvalid(f"There is no catalog file {file}.", "Check the path after --catalog.")
        raise_if_invalid(problems)
        loaded = _merge([found], problems, extra)
        raise_if_invalid(loaded.problems)
        return loaded

    files: list[CatalogFile] = []
    problems = ()
    for name, path in (
        (LayerName.BUILT_IN, built_in_path()),
        (LayerName.USER, user_path()),
        *(() if workspace is None else ((LayerName.WORKSPACE, workspace_path(workspace)),)),
    ):
        if name is LayerName.WORKSPACE and not trusted:
            status = FileStatus.UNTRUSTED if _is_there(path) else FileStatus.ABSENT
            files.append(CatalogFile(name=name, path=path, status=status))
            continue
        found, own = read_layer(path, name, inside=workspace if name is LayerName.WORKSPACE else None)
        problems += own
        if found.status is FileStatus.BROKEN and path in last_good:
            found = replace(found, layer=last_good[path])
        elif found.status is FileStatus.BROKEN and found.layer is not None:
            message = what_counts(found.layer)
            problems += (Problem(path=str(path), message=message, severity=Severity.WARNING),)
        files.append(found)
    return _merge(files, problems, extra)


def raise_if_invalid(problems: Sequence[Problem]) -> None:
    """Raises CatalogProblems naming all errors, if there are any; warnings pass."""
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise CatalogProblems(errors)


def read_layer(
    path: Path, name: LayerName, *, inside: Path | None = None
) -> tuple[CatalogFile, tuple[Problem, ...]]:
    """One file as a layer, with its problems; with an error only its limits are left of the layer.

    Args:
        path: The file.
        name: What kind of layer it is.
        inside: Folder that the file must really be in, links followed.
    """

    def broken(message: str) -> tuple[CatalogFile, tuple[Problem, ...]]:
        nothing = CatalogLayer(name=name, path=str(path))
        file = CatalogFile(name=name, path=path, status=FileStatus.BROKEN, layer=nothing)
        return file, (Problem(path=str(path), message=message),)

    try:
        real = path.resolve() if inside is not None else path  # what is checked is what is read
        if inside is not None and not real.is_relative_to(inside.resolve()):
            return broken("the file is a link to a place outside the workspace; it is not read")
        content = _read_regular_file(real)
    except (FileNotFoundError, NotADirectoryError):
        return CatalogFile(name=name, path=path, status=FileStatus.ABSENT), ()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle; a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        return broken(f"the file cannot be read: {reason}")
    layer, problems = read_catalog(content, path=str(path), layer=name)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return CatalogFile(name=name, path=path, status=FileStatus.BROKEN, layer=only_limits(layer)), problems
    return CatalogFile(name=name, path=path, status=FileStatus.USED, layer=layer), problems


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a folder that may not be looked into, a name too long
        return False


def _read_regular_file(path: Path) -> bytes:
    # a pipe would block for ever
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is not a regular file")
        return opened.read(MAX_BYTES + 1)


def _merge(
    files: Sequence[CatalogFile], problems: tuple[Problem, ...], extra: Sequence[CatalogLayer]
) -> LoadedCatalog:
    layers = [file.layer for file in files if file.layer is not None]
    catalog, found = merge_layers([*layers, *extra]) if layers else (None, ())
    # Of a broken file its own mistakes are told; what merging says is about another text than is there.
    broken = {str(file.path) for file in files if file.status is FileStatus.BROKEN}
    problems += tuple(problem for problem in found if problem.path not in broken)
    if catalog is None:
        raise_if_invalid(problems)
        raise CatalogInvalid("There is no catalog to route by.", "Reinstall hydra-auto.")
    return LoadedCatalog(catalog=catalog, files=tuple(files), problems=problems)
