"""What a workspace layer may do, and which policies leave nothing to choose from.

A workspace file arrives with somebody else's repository. It may restrict and re-weight; it may not
send prompts to a vendor that the user's own layers do not name, nor undo a restriction of the user.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hydra_auto.core.availability import normal_family
from hydra_auto.core.catalog import (
    Catalog,
    LayerName,
    ModelEntry,
    ModelId,
    ModelMatch,
    Namesake,
    RemovedModel,
    UnknownModels,
)
from hydra_auto.core.eligibility import vendors_of
from hydra_auto.core.layer_values import (
    MOST_HINTS,
    CatalogLayer,
    LayerModel,
    LayerValue,
    Problem,
    Severity,
    Value,
    Values,
    did_you_mean,
    problem_at,
)
from hydra_auto.core.patterns import VENDOR_PREFIX, names_model, pattern_covers


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

    if not (by_workspace("match") or by_workspace("price.output")):
        return ()
    below = own.get(model.id)
    found = [] if below is None else [below]
    matches = _matches(model.values) if by_workspace("match") else ()
    theirs = [(other, match) for other in own.values() for match in _matches(other.values)]
    for other, match in theirs:
        if all(other is not one for one in found) and any(_overlap(mine, match) for mine in matches):
            found.append(other)
    namesakes = [Namesake(names=(str(m.id),), output_price=_output_price(m.values)) for m in found]
    new = [mine for mine in matches if not any(_covers(match, mine) for _, match in theirs)]
    if new or not found:
        called = [(m.vendor, name) for m in new for name in (m.id, m.family) if name]
        names = (*(f"{vendor}/{name}" for vendor, name in called), *(name for _, name in called))
        namesakes.append(Namesake(names=names, output_price=None))
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


def _output_price(values: Values) -> float | None:
    price = values.get("price.output")
    return float(price.value) if price is not None and isinstance(price.value, (int, float)) else None


def _matches(values: Values) -> tuple[ModelMatch, ...]:
    found = values.get("match")
    if found is None or not isinstance(found.value, tuple):
        return ()
    return tuple(match for match in found.value if isinstance(match, ModelMatch))


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


def policy_problems(catalog: Catalog) -> list[Problem]:
    """Patterns that name no model, and switches, lists or a price limit that leave none to choose."""
    problems: list[Problem] = []
    policy = catalog.routing
    known = catalog.models
    lists = [(key, getattr(policy, key), policy.origins.get(key)) for key in ("allow", "deny")]
    for rule in policy.rules:
        lists += [("allow", rule.allow, rule.origin), ("deny", rule.deny, rule.origin)]
    for key, patterns, origin in lists:
        for pattern in patterns:
            gone = any(names_model(pattern, (model.id,), None) for model in catalog.removed)
            if origin and not (
                gone or any(names_model(pattern, (m.id,), v) for m in known for v in vendors_of(m))
            ):
                message = names_nobody(key, pattern, catalog, hint=len(problems) < MOST_HINTS)
                problems.append(problem_at(origin, message, Severity.WARNING))
    problems += _unknown_vendors(catalog)
    left = [model for model in catalog.models if model.enabled]
    if not known and catalog.removed:
        reason = "no model can be chosen: all are removed (remove: true)"
        return [*problems, problem_at(catalog.removed[-1].origin, reason)]
    if not left:
        place = catalog.models[0].origins.get("enabled", catalog.models[0].origins["id"])
        return [*problems, problem_at(place, "no model can be chosen: all are switched off (enabled: false)")]
    left = [model for model in left if admitted(model.id, vendors_of(model), policy.allow, policy.deny)]
    if not left:
        place = policy.origins["allow" if policy.allow else "deny"]
        reason = "no model can be chosen: allow and deny leave none that is enabled"
        return [*problems, problem_at(place, reason)]
    limit = policy.max_price
    prices = [model.price.output for model in left if model.price is not None]
    if limit is not None and all(price > limit for price in prices):
        cheapest = f"the cheapest output price {min(prices):g}" if prices else "and no price is known"
        reason = f"no model can be chosen: max_price is {limit:g}, {cheapest}"
        return [*problems, problem_at(policy.origins["max_price"], reason)]
    return problems


def _unknown_vendors(catalog: Catalog) -> list[Problem]:
    """Entries of ``vendors`` that no match names; they are compared exactly."""
    policy = catalog.routing
    lists = [(policy.vendors, policy.origins.get("vendors"))]
    lists += [(rule.vendors, rule.origin) for rule in policy.rules]
    entries: list[ModelEntry | RemovedModel] = [*catalog.models, *catalog.removed]
    known = {match.vendor for entry in entries for match in entry.match}
    unknown = [(vendor, at) for vendors, at in lists if at for vendor in vendors if vendor not in known]
    return [
        problem_at(at, names_no_vendor("vendors", vendor, known, hint=n < MOST_HINTS), Severity.WARNING)
        for n, (vendor, at) in enumerate(unknown)
    ]


def names_no_vendor(place: str, vendor: str, known: Collection[str], *, hint: bool) -> str:
    """What is to be said of an entry of ``vendors`` that no match names; see ``names_nobody``."""
    same = next((other for other in known if other.lower() == vendor.lower()), "") if hint else ""
    meant = f" Did you mean {same!r}?" if same else did_you_mean(vendor, known) if hint else ""
    return f"{place} names {vendor!r}, which no match of the catalog names.{meant}"


def names_nobody(place: str, pattern: str, catalog: Catalog, *, hint: bool) -> str:
    """What is to be said of a pattern that means no model.

    Args:
        place: Where it is written, in words.
        pattern: An entry of an allow or deny list.
        catalog: The models that there are.
        hint: Add the likely spelling, which takes a while.
    """
    if pattern.strip().lower().startswith(VENDOR_PREFIX):
        what = "a vendor"
        vendors = sorted({vendor for model in catalog.models for vendor in vendors_of(model)})
        spellings = [f"{VENDOR_PREFIX}{vendor}" for vendor in vendors]
    else:
        what = "an id"
        spellings = [
            *(str(model.id) for model in catalog.models),
            *(str(gone.id) for gone in catalog.removed),
        ]
    known = did_you_mean(pattern, spellings) if hint else ""
    return f"{place} names {pattern!r}, but no model has such {what}.{known}"


def admitted(model: str, vendors: Iterable[str], allow: Sequence[str], deny: Sequence[str]) -> bool:
    """Whether the lists let a model of one of the vendors through; an empty ``allow`` means all."""

    def listed(patterns: Sequence[str], vendor: str | None) -> bool:
        return any(names_model(pattern, (model,), vendor) for pattern in patterns)

    ways: list[str | None] = [*vendors]
    return any((not allow or listed(allow, way)) and not listed(deny, way) for way in ways or [None])
