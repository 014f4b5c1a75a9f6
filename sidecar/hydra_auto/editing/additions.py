"""Models that VS Code offers and no catalog names, as entries to add."""

from __future__ import annotations

from collections.abc import Iterator

from hydra_auto.adapters.catalog_append import insertion, with_models
from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.origin import LayerName
from hydra_auto.core.unknown import estimates, nameable
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.fixes import Fix
from hydra_auto.editing.source_text import Edit, Span

MOST = 15
"""Models that are offered one by one."""


def additions(document: CatalogDocument, span: Span) -> Iterator[Fix]:
    """An action a model, and one for all, while the cursor is at ``models``, at an id, or at nothing.

    The new entries are what the router itself makes of such models (``core.unknown``), to be corrected by
    who adds them. Models without a known relative, and files with an error, get none.
    """
    place = document.place_at(span.start)
    has_list = any(other.name == "models" for other in document.inside(()))
    here = place is None or place.name in ("models", "id") or place.is_model or not has_list
    missing = missing_models(document) if here else []
    if not missing:
        return
    base = 1 if document.text.startswith("\ufeff") else 0
    text = document.text[base:]
    try:
        with_models(text, missing, document.around.path)
    except CatalogInvalid:
        return

    def edit(entries: list[ModelEntry]) -> tuple[Edit]:
        at, new = insertion(text, document.root, entries)
        return (Edit(span=Span(at + base, at + base), text=new),)

    for entry in missing[:MOST]:
        [match] = entry.match
        title = f"Add {match.vendor}/{match.id}, {entry.estimate}"
        yield Fix(title=title, span=span, edits=edit([entry]))
    if len(missing) > 1:
        title = f"Add all {len(missing)} models that only VS Code knows, estimated"
        yield Fix(title=title, span=span, edits=edit(missing))


def missing_models(document: CatalogDocument) -> list[ModelEntry]:
    """Entries for the offered models that no entry of the catalog means and that have a relative."""
    catalog, _ = document.merged
    layer = document.around.layer
    if catalog is None or document.unreadable or layer is LayerName.BUILT_IN:
        return []
    offered = document.around.offered or ()
    if layer is LayerName.WORKSPACE:  # which may not name other vendors
        vendors = {match.vendor for model in catalog.models for match in model.match}
        offered = tuple(offer for offer in offered if offer.vendor in vendors)
    found = estimates(offered, catalog)
    return [entry for offer, entry in found if entry is not None and nameable(offer)]
