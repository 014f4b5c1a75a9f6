"""What a workspace layer may do, and which policies leave nothing to choose from.

A workspace file arrives with somebody else's repository. It may restrict and re-weight; it may not
send prompts to a vendor that the user's own layers do not name, nor undo a restriction of the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hydra_auto.core.availability import normal_family
from hydra_auto.core.catalog import Catalog, ModelId, ModelMatch
from hydra_auto.core.layer_values import (
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


def pattern_covers(pattern: str, other: str) -> bool:
    """Whether ``pattern`` (an id, or a prefix ending in ``*``) admits all that ``other`` admits.

    Case does not matter, as in the gates.
    """
    pattern, other = pattern.lower(), other.lower()
    if pattern.endswith("*"):
        return other.removesuffix("*").startswith(pattern[:-1])
    return pattern == other


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
        if key == "enabled" and found.value is not False and key in below and below[key].value is False:
            return f"a workspace may not switch on a model that is switched off in {below[key].origin}"
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
        return ""

    def _restricted(self, model: LayerModel) -> bool:
        """Whether the weaker layers keep this model out of every choice."""
        enabled = model.values.get("enabled")
        allow, deny = (
            _strings(self.routing[key].value) if key in self.routing else () for key in ("allow", "deny")
        )
        off = enabled is not None and enabled.value is False
        return off or not admitted(model.id, allow, deny) or self._too_dear(model.values)

    def _too_dear(self, values: Values) -> bool:
        limit, price = self.routing.get("max_price"), values.get("price.output")
        if limit is None or price is None:
            return False
        known = isinstance(limit.value, (int, float)) and isinstance(price.value, (int, float))
        return known and price.value > limit.value  # type: ignore[operator]  # both are numbers


def _overlap(one: ModelMatch, other: ModelMatch) -> bool:
    """Whether a model of VS Code could be meant by both."""
    return (
        one.vendor == other.vendor
        and (None in (one.family, other.family) or _same(one.family, other.family, normal_family))
        and (None in (one.id, other.id) or _same(one.id, other.id, str.lower))
    )


def _same(one: str | None, other: str | None, spelling: Callable[[str], str]) -> bool:
    return spelling(one or "") == spelling(other or "")


def _narrow_routing_value(
    key: str, found: LayerValue, below: LayerValue | None
) -> tuple[LayerValue | None, str]:
    """The value to use (None: keep the weaker one) and why not all of it."""
    if below is None or below.value is None or key not in ("max_price", "allow", "deny", "vendors"):
        return found, ""
    if key == "max_price":
        return _narrow_max_price(found, below)
    mine, theirs = _strings(found.value), _strings(below.value)
    if key == "deny":
        return replace(found, value=(*theirs, *(item for item in mine if item not in theirs))), ""
    if not theirs:
        return found, ""
    inside = tuple(item for item in mine if any(pattern_covers(pattern, item) for pattern in theirs))
    if inside and len(inside) == len(mine):
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
    problems = []
    policy = catalog.routing
    ids = [model.id for model in catalog.models]
    for key, patterns in (("allow", policy.allow), ("deny", policy.deny)):
        for pattern in patterns:
            if not any(pattern_covers(pattern, model) for model in ids):
                message = f"{key} names {pattern!r}, but no model has such an id.{did_you_mean(pattern, ids)}"
                problems.append(problem_at(policy.origins[key], message, Severity.WARNING))
    left = [model for model in catalog.models if model.enabled]
    if not left:
        place = catalog.models[0].origins.get("enabled", catalog.models[0].origins["id"])
        return [*problems, problem_at(place, "no model can be chosen: all are switched off (enabled: false)")]
    left = [model for model in left if admitted(model.id, policy.allow, policy.deny)]
    if not left:
        place = policy.origins["allow" if policy.allow else "deny"]
        reason = "no model can be chosen: allow and deny leave none that is enabled"
        return [*problems, problem_at(place, reason)]
    limit = policy.max_price
    if limit is not None and all(model.price.output > limit for model in left):
        cheapest = min(model.price.output for model in left)
        reason = f"no model can be chosen: max_price is {limit:g}, the cheapest output price {cheapest:g}"
        return [*problems, problem_at(policy.origins["max_price"], reason)]
    return problems


def admitted(model: str, allow: Sequence[str], deny: Sequence[str]) -> bool:
    """Whether the lists let a model through; an empty ``allow`` means all."""
    inside = not allow or any(pattern_covers(pattern, model) for pattern in allow)
    return inside and not any(pattern_covers(pattern, model) for pattern in deny)
