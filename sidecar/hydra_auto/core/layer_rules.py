"""What a workspace layer may do.

A workspace file arrives with somebody else's repository. It may restrict and re-weight; it may not
send prompts to a vendor that the user's own layers do not name, nor undo a restriction of the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hydra_auto.core.availability import normal_family
from hydra_auto.core.catalog import ModelId, ModelMatch, Namesake
from hydra_auto.core.layer_values import (
    CatalogLayer,
    LayerModel,
    LayerValue,
    Problem,
    Value,
    Values,
    items_of,
    problem_at,
)
from hydra_auto.core.merged_values import price_of
from hydra_auto.core.origin import LayerName
from hydra_auto.core.patterns import admitted, pattern_covers
from hydra_auto.core.routing_policy import UnknownModels

_PRICES = (
    "price.input",  # each of these three drops a weaker layer's long price
    "price.cached_input",
    "price.output",
    "long_price.above",
    "long_price.input",
    "long_price.output",
)


def narrowed(
    layer: CatalogLayer,
    *,
    lower: Sequence[CatalogLayer],
    routing: Values,
    models: Mapping[ModelId, LayerModel],
) -> tuple[CatalogLayer, list[Problem]]:
    """The part of a workspace layer that only narrows, and a problem for each value refused.

    Args:
        layer: The workspace layer.
        lower: All weaker layers, to know which vendors they name.
        routing: Routing values merged so far.
        models: Models merged so far.
    """
    problems: list[Problem] = []
    kept_models = []
    bounds = _Bounds(vendors=_vendors(lower), routing=routing, models=models)
    for model in layer.models:
        values = {}
        for key, found in model.values.items():
            if refusal := bounds.refusal(model.id, key, found):
                problems.append(problem_at(found.origin, f"{refusal} ({model.id})"))
            else:
                values[key] = found
        kept_models.append(replace(model, values=values))

    kept_routing = {}
    for key, found in layer.routing.items():
        allowed, refusal = _narrow_routing_value(key, found, routing.get(key))
        if refusal:
            problems.append(problem_at(found.origin, refusal))
        if allowed is not None:
            kept_routing[key] = allowed
    return replace(layer, models=tuple(kept_models), routing=kept_routing), problems


def reached(model: LayerModel, own: Mapping[ModelId, LayerModel]) -> tuple[Namesake, ...]:
    """What a merged model is in the user's own layers, if a workspace's says what it is called or costs.

    Args:
        model: All layers merged.
        own: The models as the layers below the workspace have them.
    """

    def by_workspace(key: str) -> bool:
        return key in model.values and model.values[key].origin.layer is LayerName.WORKSPACE

    if not any(map(by_workspace, ("match", *_PRICES))):
        return ()
    below = own.get(model.id)
    found = [] if below is None else [below]
    matches = _matches(model.values) if by_workspace("match") else ()
    theirs = [(other, match) for other in own.values() for match in _matches(other.values)]
    for other, match in theirs:
        if all(other is not one for one in found) and any(_overlap(mine, match) for mine in matches):
            found.append(other)
    namesakes = [Namesake(names=(str(m.id),), price=price_of(m.values)) for m in found]
    new = [mine for mine in matches if not any(_covers(match, mine) for _, match in theirs)]
    if new or not found:
        called = [(m.vendor, name) for m in new for name in (m.id, m.family) if name]
        names = (*(f"{vendor}/{name}" for vendor, name in called), *(name for _, name in called))
        namesakes.append(Namesake(names=names, price=None))
    return tuple(namesakes)


def lost(model: LayerModel, own: Mapping[ModelId, LayerModel]) -> tuple[ModelMatch, ...]:
    """The names that a merged model has in the user's own layers, if a workspace took them away.

    Args:
        model: All layers merged.
        own: The models as the layers below the workspace have them.
    """
    now = model.values.get("match")
    if now is not None and now.origin.layer is not LayerName.WORKSPACE:
        return ()
    below, kept = own.get(model.id), _matches(model.values)
    theirs = () if below is None else _matches(below.values)
    return tuple(match for match in theirs if not any(_covers(mine, match) for mine in kept))


def _matches(values: Values) -> tuple[ModelMatch, ...]:
    return items_of(values, "match", ModelMatch)


def _vendors(layers: Sequence[CatalogLayer]) -> set[str]:
    return {match.vendor for layer in layers for model in layer.models for match in _matches(model.values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """What the weaker layers allow."""

    vendors: set[str]
    routing: Values
    models: Mapping[ModelId, LayerModel]

    def refusal(self, model: ModelId, key: str, found: LayerValue) -> str:
        """Why a workspace may not set this value of a model; empty if it may."""
        below = self.models[model].values if model in self.models else {}
        if key == "match":
            return self._match_refusal(model, _matches({key: found}))
        if key == "enabled" and found.value is not False and _is(below, key, wanted=False):
            return f"a workspace may not switch on a model that is switched off in {below[key].origin}"
        if key == "remove" and found.value is not True and _is(below, key, wanted=True):
            return f"a workspace may not bring back a model that was removed in {below[key].origin}"
        if key == "price.output" and self._too_dear(below):
            limit = self.routing["max_price"]
            return f"a workspace may not reprice a model that is above max_price, set in {limit.origin}"
        return ""

    def _match_refusal(self, model: ModelId, matches: Sequence[ModelMatch]) -> str:
        new = sorted({match.vendor for match in matches} - self.vendors)
        if new:
            return (
                f"a workspace may not send prompts to vendor {', '.join(map(repr, new))}, which neither "
                f"your own catalog nor the built-in one names; put this match into your user catalog"
            )
        for other in self.models.values():
            reached = any(_overlap(mine, theirs) for mine in matches for theirs in _matches(other.values))
            if reached and other.id != model and self._restricted(other):
                return f"a workspace may not reach {other.id}, which you have ruled out, under another name"
        own = self.models.get(model)
        names = _matches(own.values) if own is not None and self._restricted(own) else ()
        if any(not any(_covers(mine, known) for mine in matches) for known in names):
            return f"a workspace may not take a name from {model}, which you have ruled out"
        return ""

    def _restricted(self, model: LayerModel) -> bool:
        """Whether the weaker layers keep this model out of every choice."""
        off = _is(model.values, "enabled", wanted=False) or _is(model.values, "remove", wanted=True)
        allow, deny = (
            _strings(self.routing[key].value) if key in self.routing else () for key in ("allow", "deny")
        )
        vendors = {match.vendor for match in _matches(model.values)}
        return off or not admitted(model.id, vendors, allow, deny) or self._too_dear(model.values)

    def _too_dear(self, values: Values) -> bool:
        limit, price = self.routing.get("max_price"), values.get("price.output")
        if limit is None or not isinstance(limit.value, (int, float)) or not values:
            return False
        known = price is not None and isinstance(price.value, (int, float))
        return not known or price.value > limit.value  # type: ignore[union-attr, operator]  # both are numbers


def _is(values: Values, key: str, *, wanted: bool) -> bool:
    return key in values and values[key].value is wanted


def _overlap(one: ModelMatch, other: ModelMatch) -> bool:
    """Whether a model of VS Code could be meant by both."""
    return (
        one.vendor == other.vendor
        and (None in (one.family, other.family) or _same(one.family, other.family, normal_family))
        and (None in (one.id, other.id) or _same(one.id, other.id, str.lower))
    )


def _covers(own: ModelMatch, mine: ModelMatch) -> bool:
    """Whether whatever ``mine`` means is surely meant by ``own``, too."""
    return (
        own.vendor == mine.vendor
        and (own.family is None or _same(own.family, mine.family, normal_family))
        and (own.id is None or _same(own.id, mine.id, str.lower))
    )


def _same(one: str | None, other: str | None, spelling: Callable[[str], str]) -> bool:
    return spelling(one or "") == spelling(other or "")


def _narrow_routing_value(
    key: str, found: LayerValue, below: LayerValue | None
) -> tuple[LayerValue | None, str]:
    """The value to use (None: keep the weaker one) and why not all of it."""
    if below is not None and below.value is UnknownModels.IGNORE is not found.value:
        return None, f"a workspace may not undo {key}: ignore, set in {below.origin}"
    if below is None or below.value is None or key not in ("max_price", "allow", "deny", "vendors"):
        return found, ""
    if key == "max_price":
        return _narrow_max_price(found, below)
    mine, theirs = _strings(found.value), _strings(below.value)
    if key == "deny":  # merge_layers makes a rule of it, beside the weaker list
        return (found if mine else None), ""
    inside = tuple(item for item in mine if any(pattern_covers(pattern, item) for pattern in theirs))
    if not theirs or (inside and len(inside) == len(mine)):
        return found, ""
    refusal = f"a workspace may not widen {key} beyond {', '.join(theirs)}, set in {below.origin}"
    return (replace(found, value=inside) if inside else None), refusal


def _narrow_max_price(found: LayerValue, below: LayerValue) -> tuple[LayerValue | None, str]:
    limit = below.value
    if not isinstance(limit, (int, float)):
        raise TypeError(f"max_price holds {limit!r}")
    if isinstance(found.value, (int, float)) and found.value <= limit:
        return found, ""
    return None, f"a workspace may not raise max_price above {limit:g}, set in {below.origin}"


def _strings(value: Value) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, tuple) else ()
