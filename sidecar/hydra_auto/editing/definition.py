"""Where a value or a model comes from: the places in weaker layers that this file changes."""

from __future__ import annotations

from hydra_auto.core.eligibility import vendors_of
from hydra_auto.core.layer_values import LayerModel
from hydra_auto.core.origin import Origin
from hydra_auto.core.patterns import names_model
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.places import Place

_MOST = 100


def define(document: CatalogDocument, offset: int) -> list[Origin]:
    """Origins in files, the strongest first.

    * of a model's id: every weaker layer that names the model;
    * of another key: the weaker layers' values of that key, else where they name the model;
    * of a pattern under allow or deny: the models that it means, in all layers.
    """
    place = document.place_at(offset)
    if place is None:
        return []
    if place.list_key in ("allow", "deny"):
        return _meant_by(document, str(place.node.value))
    if place.is_rule or place.list_key == "vendors":
        return []
    if place.model is not None and place.dotted in ("", "id"):
        return _models(document, place.model)
    if place.model is None and not place.is_routing:
        return []
    below = _below(document, place)
    return below or (_models(document, place.model) if place.model else [])


def _below(document: CatalogDocument, place: Place) -> list[Origin]:
    weaker = {layer.name for layer in document.lower}
    found = [value.origin for value in document.chain(place.model, place.dotted)]
    return [origin for origin in reversed(found) if origin.layer in weaker and origin.line]


def _models(document: CatalogDocument, model: str) -> list[Origin]:
    return [found.origin for layer in reversed(document.lower) for found in layer.models if found.id == model]


def _meant_by(document: CatalogDocument, pattern: str) -> list[Origin]:
    layers = [document.layer, *reversed(document.lower)]
    found = [model.origin for layer in layers for model in layer.models if _means(pattern, model, document)]
    return found[:_MOST]


def _means(pattern: str, model: LayerModel, document: CatalogDocument) -> bool:
    entry = document.models.get(model.id)
    vendors = vendors_of(entry) if entry is not None else (None,)
    return any(names_model(pattern, (model.id,), vendor) for vendor in vendors)
