"""Which layer a file of the editor is, and what the other layers hold."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hydra_auto.adapters.catalog_files import (
    WORKSPACE_FILE,
    built_in_path,
    read_layer,
    user_path,
    workspace_path,
)
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.adapters.yaml_document import MAX_BYTES, Unreadable, decode
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.layer_values import CatalogLayer, Severity
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.document import Surroundings

SUFFIXES = (".hydra-auto.yaml", ".hydra-auto.yml")
"""How a catalog of no layer is named, such as one for ``--catalog``."""

Stamp = tuple[int, int] | None
OpenTexts = Mapping[Path, str]
"""Real path of a file to its text in the editor."""


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: Stamp
    text: str | None
    layer: CatalogLayer | None


class LayerFiles:
    """The catalog files of this machine and workspace, reread when they change. For one thread at a time."""

    def __init__(self, *, file: Path | None = None) -> None:
        """Nothing is read yet.

        Args:
            file: Replaces all layers, as in ``serve --catalog``.
        """
        self._file = file
        self._workspace: Path | None = None
        self._trusted = False
        self._kept: dict[Path, _Kept] = {}

    def set_workspace(self, folder: Path | None, *, trusted: bool) -> None:
        """The folder whose catalog is the workspace layer, and whether that counts."""
        self._workspace, self._trusted = folder, trusted

    def layer_of(self, path: Path) -> LayerName | None:
        """What kind of layer a file is; None if it is no catalog, which is told by its name alone."""
        real = real_path(path)
        if self._file is not None and real == real_path(self._file):
            return LayerName.FILE
        for name, own in self._layers():
            if real == real_path(own):
                return name
        if path.parts[-2:] == WORKSPACE_FILE.parts:
            return LayerName.WORKSPACE
        return LayerName.FILE if path.name.endswith(SUFFIXES) else None

    def surroundings(
        self,
        path: Path,
        layer: LayerName,
        open_texts: OpenTexts,
        *,
        offered: tuple[AvailableModel, ...] | None,
        today: date,
    ) -> Surroundings:
        """What is around a file: a text open in the editor counts before the file on the disk."""
        lower: list[CatalogLayer] = []
        upper: list[CatalogLayer] = []
        order = list(LayerName)
        alone = self._file is not None and real_path(path) == real_path(self._file)
        for name, other in () if alone else self._layers():
            if name is layer or (
                name is LayerName.WORKSPACE and (not self._trusted or layer is LayerName.FILE)
            ):
                continue
            found = self._layer(other, name, open_texts)
            if found is not None:
                (lower if order.index(name) < order.index(layer) else upper).append(found)
        return Surroundings(
            layer=layer,
            path=str(path),
            lower=tuple(lower),
            upper=tuple(upper),
            offered=offered,
            today=today,
        )

    def text_of(self, path: Path, open_texts: OpenTexts) -> str:
        """Text of a catalog file as the editor has it, else from the disk; empty if it cannot be read."""
        text = open_texts.get(real_path(path))
        if text is not None:
            return text
        try:
            if not path.is_file() or path.stat().st_size > MAX_BYTES:
                return ""
            return decode(path.read_bytes(), str(path))
        except (OSError, Unreadable):
            return ""

    def _layers(self) -> list[tuple[LayerName, Path]]:
        found = [(LayerName.USER, user_path())]
        with contextlib.suppress(CatalogInvalid):  # of a missing one the router tells
            found.insert(0, (LayerName.BUILT_IN, built_in_path()))
        if self._workspace is not None:
            found.append((LayerName.WORKSPACE, workspace_path(self._workspace)))
        return found

    def _layer(self, path: Path, name: LayerName, open_texts: OpenTexts) -> CatalogLayer | None:
        real = real_path(path)
        text = open_texts.get(real)
        stamp = _stamp(path)
        kept = self._kept.get(real)
        if kept is None or kept.stamp != stamp or kept.text != text:
            kept = _Kept(stamp, text, self._read(path, name, text))
            self._kept[real] = kept
        return kept.layer

    def _read(self, path: Path, name: LayerName, text: str | None) -> CatalogLayer | None:
        if text is not None:
            layer, problems = read_catalog(text.removeprefix("\ufeff"), path=str(path), layer=name)
            if not any(problem.severity is Severity.ERROR for problem in problems):
                return layer
        inside = self._workspace if name is LayerName.WORKSPACE else None
        return read_layer(path, name, inside=inside)[0].layer


def real_path(path: Path) -> Path:
    """The path with links followed, or as it is where that fails."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
