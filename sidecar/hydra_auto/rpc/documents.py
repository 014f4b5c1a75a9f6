"""The catalog files that are open in the editor, kept in step with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pygls.uris import to_fs_path

from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.document import CatalogDocument, Surroundings
from hydra_auto.editing.layer_files import LayerFiles, real_path
from hydra_auto.editing.source_text import Edit, Encoding, Position, SourceText, Span

MOST_CHARACTERS = 20_000_000
"""A text that grows beyond this is forgotten until it is opened again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """One state of one file in the editor; a change makes another one."""

    uri: str
    path: Path
    layer: LayerName
    version: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A new text for the characters between two positions, or (None) for all."""

    start: Position | None
    end: Position | None
    text: str


class OpenFiles:
    """Open catalog files by URI. ``document`` runs on one worker thread, all else on the event loop."""

    def __init__(self, files: LayerFiles, today: Callable[[], date] = date.today) -> None:
        self.files = files
        self.offered: tuple[AvailableModel, ...] | None = None
        self.today = today
        self._open: dict[str, OpenFile] = {}
        self._documents: dict[str, tuple[OpenFile, CatalogDocument]] = {}

    def all(self) -> list[OpenFile]:
        """Every open catalog file."""
        return list(self._open.values())

    def get(self, uri: str) -> OpenFile | None:
        """The file in its newest state; None if it is not open, or no catalog."""
        return self._open.get(uri)

    def open(self, uri: str, text: str, version: int | None) -> OpenFile | None:
        """Take a file in if it is a catalog by its name."""
        name = to_fs_path(uri) if uri.startswith("file:") else None
        layer = self.files.layer_of(Path(name)) if name else None
        if name is None or layer is None or len(text) > MOST_CHARACTERS:
            return None
        self._open[uri] = OpenFile(uri=uri, path=Path(name), layer=layer, version=version, text=text)
        return self._open[uri]

    def change(
        self, uri: str, changes: list[Change], version: int | None, encoding: Encoding
    ) -> OpenFile | None:
        """Apply changes, each to the text that the one before it left."""
        before = self._open.get(uri)
        if before is None:
            return None
        text = before.text
        for change in changes:
            if change.start is None or change.end is None:
                text = change.text
                continue
            source = SourceText(text)
            start = source.offset(change.start, encoding)
            end = max(start, source.offset(change.end, encoding))
            text = source.changed([Edit(span=Span(start, end), text=change.text)])
        if len(text) > MOST_CHARACTERS:
            self.close(uri)
            return None
        self._open[uri] = OpenFile(uri=uri, path=before.path, layer=before.layer, version=version, text=text)
        return self._open[uri]

    def close(self, uri: str) -> OpenFile | None:
        """Forget a file."""
        self._documents.pop(uri, None)
        return self._open.pop(uri, None)

    def texts(self) -> dict[Path, str]:
        """Real path to text of every open file."""
        return {real_path(file.path): file.text for file in self._open.values()}

    def document(self, file: OpenFile, texts: dict[Path, str]) -> CatalogDocument:
        """The file among its layers, worked out once for as long as neither changes."""
        around = self.files.surroundings(
            file.path, file.layer, texts, offered=self.offered, today=self.today()
        )
        kept = self._documents.get(file.uri)
        if kept is not None and kept[0] is file and _same(kept[1].around, around):
            return kept[1]
        document = CatalogDocument(file.text, around)
        self._documents[file.uri] = (file, document)
        return document


def _same(one: Surroundings, other: Surroundings) -> bool:
    """Whether nothing around changed; layers are compared by identity, for they are read once."""
    layers = [[id(layer) for layer in (*a.lower, *a.upper)] for a in (one, other)]
    return (
        layers[0] == layers[1]
        and len(one.lower) == len(other.lower)
        and one.offered is other.offered
        and one.today == other.today
    )
