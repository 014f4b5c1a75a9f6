"""The outline of a file, and what it comes to where it says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from hydra_auto.adapters.catalog_fields import MODEL
from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.origin import LayerName
from hydra_auto.core.regime import Regime
from hydra_auto.core.shortfall import normalised
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.places import Place
from hydra_auto.editing.source_text import Span
from hydra_auto.editing.wording import levels, money, worded


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """One entry of the outline; ``selection`` lies within ``span``, and ``children`` do, too."""

    name: str
    detail: str
    span: Span
    selection: Span
    is_model: bool
    children: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Text shown behind ``offset`` that is not in the file."""

    offset: int
    text: str
    tooltip: str = ""


def symbols(document: CatalogDocument) -> tuple[Symbol, ...]:
    """The file's keys, and its models by id."""

    def below(place: Place) -> tuple[Symbol, ...]:
        if place.repeated or (place.field is not None and place.field.kind is Kind.NAMES):
            return ()
        inside = document.inside(place.path)
        return tuple(symbol(child) for child in inside if child.is_model or child.key is not None)

    def symbol(place: Place) -> Symbol:
        model = place.model if place.is_model else None
        detail = str(place.node.value) if isinstance(place.node, yaml.ScalarNode) else ""
        if place.is_model:
            entry = document.models.get(model or "")
            detail = entry.name if entry is not None and entry.name != entry.id else ""
        return Symbol(
            name=(model or "model without an id") if place.is_model else place.name or "?",
            detail=detail[:80],
            span=place.span,
            selection=place.key or document.line_of(place.value),
            is_model=place.is_model,
            children=below(place),
        )

    return tuple(symbol(place) for place in document.inside(()) if place.key is not None)


def hints(document: CatalogDocument, span: Span) -> list[Hint]:
    """Effective values within ``span``: what is left out here and set below, and what is changed here."""
    found = [
        hint for place in document.places if place.value.touches(span) for hint in _hints(document, place)
    ]
    return sorted(
        (hint for hint in found if span.start <= hint.offset <= span.end), key=lambda hint: hint.offset
    )


def _hints(document: CatalogDocument, place: Place) -> Iterator[Hint]:
    if place.field is None or place.repeated or place.key is None or place.value.start == place.value.end:
        return
    if place.name == "id" and len(place.path) == 3 and place.path[0] == MODEL.key:  # noqa: PLR2004
        yield from _left_out_of_model(document, place)
    elif place.field.kind is Kind.MAPPING and len(place.path) > 1:
        yield from _left_out_of_mapping(document, place, place.field)
    elif (place.is_routing or place.model) and place.field.kind not in (Kind.RECORDS, Kind.TEXT):
        yield from _changed(document, place)


def _left_out_of_model(document: CatalogDocument, place: Place) -> Iterator[Hint]:
    entry = document.models.get(place.model or "")
    if entry is None or entry.id not in document.lower_ids:
        return
    here = {other.name for other in document.inside(place.path[:2])}
    parts = []
    if "name" not in here:
        parts.append(entry.name)
    if "price" not in here:
        parts.append(money(entry))
    if "capabilities" not in here:
        parts.append(f"levels {levels(entry)}")
    if parts:
        yield Hint(
            offset=place.value.end,
            text=" · ".join(parts),
            tooltip="Not set here: as in the weaker layers.",
        )


def _left_out_of_mapping(document: CatalogDocument, place: Place, field: Field) -> Iterator[Hint]:
    if not isinstance(place.node, yaml.MappingNode):
        return
    here = {str(key.value) for key, _ in place.node.value}
    parts = []
    layers: list[LayerName] = []
    for child in field.fields:
        below = document.below(place.model, f"{place.dotted}.{child.key}")
        if (
            child.key not in here
            and below is not None
            and below.value is not None
            and child.kind is not Kind.TEXT
        ):
            parts.append(f"{child.key} {worded(below.value)}")
            layers.append(below.origin.layer)
    if parts and here:
        yield Hint(
            offset=place.value.end,
            text=", ".join(parts),
            tooltip=f"Not set here: from {', '.join(dict.fromkeys(layer.value for layer in layers))}.",
        )


def _changed(document: CatalogDocument, place: Place) -> Iterator[Hint]:
    chain = list(document.chain(place.model, place.dotted))
    own = next((found for found in chain if found.origin.layer is document.around.layer), None)
    counting = document.counting(place.dotted, chain)
    below = document.below(place.model, place.dotted)
    if any(below is one for one in counting):  # this file adds to it
        below = None
    upper = chain[-1] if own is not None and all(own is not one for one in counting) else None
    texts = []
    tau = document.layer.routing.get("tau")
    if own is not None and isinstance(own.value, Regime) and (tau is None or tau.value is None):
        texts.append(f"tau {own.value.tau:g}")
    if own is not None and place.parent.key == "weights" and (catalog := document.merged[0]) is not None:
        texts.append(f"{dict(normalised(catalog.routing.weights))[Capability(place.name)]:.0%}")
    if own is not None and below is not None and below.value != own.value and len(worded(below.value)) <= 40:  # noqa: PLR2004
        texts.append(f"was {worded(below.value)}")
    if upper is not None:
        texts.append(f"overridden: {worded(upper.value)[:40]}")
    if texts:
        where = [str(found.origin) for found in (below, upper) if found is not None]
        yield Hint(offset=place.value.end, text=", ".join(texts), tooltip="; ".join(where))
