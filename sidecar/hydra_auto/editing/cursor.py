"""Where in the format a cursor stands, and what the format says of that place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hydra_auto.adapters.catalog_fields import ROOT
from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.editing.places import item_field
from hydra_auto.editing.source_text import Span

ITEM = "-"
"""Stands for any item of a list in a path."""


class Slot(Enum):
    """What is to be written at the cursor."""

    KEY = "key"
    VALUE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place to write at.

    Attributes:
        path: Of the mapping that a key would go into, or of the value. Items of lists are ``ITEM``.
        word: What stands there already; a completion replaces it.
        written: Keys and plain values of the mapping around, the whole of it, as they stand in the text.
        model: Id of the model around, if one is written.
        in_flow: Inside brackets.
    """

    path: tuple[str, ...]
    slot: Slot
    word: Span
    written: dict[str, str]
    model: str | None
    in_flow: bool


def field_at(path: tuple[str, ...]) -> Field | None:
    """What the format says of a path; None if it knows no such key."""
    found: Field | None = ROOT
    for step in path:
        if found is None:
            return None
        if step == ITEM:
            found = item_field(found) if found.kind in (Kind.RECORDS, Kind.NAMES) else None
        else:
            inside = found.fields if found.kind is Kind.MAPPING else ()
            found = next((child for child in inside if child.key == step), None)
    return found
