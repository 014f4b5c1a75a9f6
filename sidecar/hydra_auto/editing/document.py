"""One catalog file as it stands in the editor, seen among its layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import yaml

from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.adapters.yaml_document import MAX_BYTES, Unreadable, compose
from hydra_auto.core.catalog import Catalog, ModelEntry
from hydra_auto.core.layer_values import (
    NO_VALUES,
    CatalogLayer,
    LayerValue,
    Problem,
    Values,
)
from hydra_auto.core.layers import is_complete, merge_layers, stacked
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.places import Path, Place, find_places
from hydra_auto.editing.recovery import sound_part
from hydra_auto.editing.source_text import SourceText, Span

_BOM = "\ufeff"
_ANCHOR = re.compile(r"&\S+[ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an editor knows beside the text.

    Attributes:
        layer: What kind of layer the file is.
        path: The file, as origins and problems name it.
        lower: Weaker layers, weakest first.
        upper: Stronger layers, weakest first.
        offered: What VS Code offers; None if nobody told.
        today: To tell stale evidence.
    """

    layer: LayerName
    path: str
    lower: tuple[CatalogLayer, ...] = ()
    upper: tuple[CatalogLayer, ...] = ()
    offered: tuple[AvailableModel, ...] | None = None
    today: date


class CatalogDocument:
    """A text with all that is asked of it worked out once, at the first question.

    No text makes it raise. Use it from one thread at a time.
    """

    def __init__(self, text: str, around: Surroundings) -> None:
        self.source = SourceText(text)
        self.around = around
        self._base = 1 if text.startswith(_BOM) else 0

    @property
    def text(self) -> str:
        """The text."""
        return self.source.text

    @cached_property
    def _composed(self) -> yaml.Node | Problem | None:
        if len(self.text) > MAX_BYTES or len(self.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            message = f"the file is larger than {MAX_BYTES:,} bytes; a catalog is much smaller"
            return Problem(path=self.around.path, message=message)
        try:
            return compose(self.text[self._base :], self.around.path)
        except Unreadable as error:
            return error.problem

    @cached_property
    def _sound(self) -> str | None:
        """The text, without the lines that are no YAML; None if it cannot be read even so."""
        text = self.text[self._base :]
        return sound_part(text, self.around.path) if self.unreadable else text

    @cached_property
    def root(self) -> yaml.Node | None:
        """The root node, of a text with syntax errors that of its other lines; None if there is none."""
        if not isinstance(self._composed, Problem):
            return self._composed
        return None if self._sound is None else compose(self._sound, self.around.path)

    @property
    def unreadable(self) -> Problem | None:
        """Why the text is not one YAML document within bounds, if it is not."""
        return self._composed if isinstance(self._composed, Problem) else None

    @cached_property
    def _read(self) -> tuple[CatalogLayer, tuple[Problem, ...]]:
        told = (self.unreadable,) if self.unreadable else ()
        if self._sound is None:
            return CatalogLayer(name=self.around.layer, path=self.around.path), told
        layer, problems = read_catalog(self._sound, path=self.around.path, layer=self.around.layer)
        return layer, told or problems

    @property
    def layer(self) -> CatalogLayer:
        """What could be read of the text."""
        return self._read[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the text by itself; of one that is no YAML only that."""
        return self._read[1]

    @cached_property
    def lower(self) -> tuple[CatalogLayer, ...]:
        """Weaker layers; none below a file of no layer that is complete in itself."""
        if self.around.layer is LayerName.FILE and is_complete(self.layer):
            return ()
        return self.around.lower

    @cached_property
    def merged(self) -> tuple[Catalog | None, tuple[Problem, ...]]:
        """The catalog that comes of this text and the layers below, and what is wrong with that."""
        return merge_layers([*self.lower, self.layer], self.around.offered or ())

    @cached_property
    def models(self) -> dict[str, ModelEntry]:
        """Usable models of ``merged`` by id."""
        catalog = self.merged[0]
        return {} if catalog is None else {model.id: model for model in catalog.models}

    @cached_property
    def lower_ids(self) -> frozenset[str]:
        """Ids that weaker layers name."""
        return frozenset(model.id for layer in self.lower for model in layer.models)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every key and value, in the order of the text."""
        return () if self.root is None else tuple(find_places(self.root, self._base))

    def inside(self, path: Path) -> list[Place]:
        """The entries of a mapping or the items of a list, by its path."""
        return self._by_parent.get(path, [])

    @cached_property
    def _by_parent(self) -> dict[Path, list[Place]]:
        found: dict[Path, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.path[:-1], []).append(place)
        return found

    def place_at(self, offset: int) -> Place | None:
        """The innermost place whose key or value touches ``offset``."""
        around = [place for place in self.places if place.span.start <= offset <= place.span.end]
        return min(around, key=lambda place: place.span.end - place.span.start, default=None)

    def offset_of(self, line: int, column: int) -> int:
        """Offset of a place that a problem or an origin in this file names."""
        offset = self.source.yaml_offset(line, column)
        return min(offset + self._base, len(self.text)) if line <= 1 else offset

    @cached_property
    def _by_layer(self) -> list[tuple[Values, dict[str, Values]]]:
        layers = [top.layer for top in stacked((*self.lower, self.layer, *self.around.upper))]
        return [(layer.routing, {model.id: model.values for model in layer.models}) for layer in layers]

    def chain(self, model: str | None, key: str) -> Iterator[LayerValue]:
        """Who sets a value of a model (None: of routing), weakest first, this text included.

        What a workspace may not set is left out: it does not count.
        """
        for routing, models in self._by_layer:
            values = routing if model is None else models.get(model, NO_VALUES)
            if key in values:
                yield values[key]

    def counting(self, key: str, chain: Sequence[LayerValue]) -> Sequence[LayerValue]:
        """Which of a chain count: the last one, and what a workspace's deny list of routing only adds to."""
        adds = key == "deny" and len(chain) > 1 and chain[-1].origin.layer is LayerName.WORKSPACE
        return chain[-2:] if adds else chain[-1:]

    def below(self, model: str | None, key: str) -> LayerValue | None:
        """What the strongest weaker layer sets."""
        weaker = {layer.name for layer in self.lower}
        found = [value for value in self.chain(model, key) if value.origin.layer in weaker]
        return found[-1] if found else None

    def behind_anchor(self, span: Span) -> Span:
        """The span of a value without the anchor (``&name``) in front of it."""
        anchor = _ANCHOR.match(self.text, span.start, span.end)
        return span if anchor is None else Span(anchor.end(), span.end)

    def line_of(self, span: Span) -> Span:
        """``span`` cut at the end of its first line."""
        end = self.source.line_span(self.source.line_at(span.start)).end
        return Span(span.start, max(span.start, min(span.end, end)))
