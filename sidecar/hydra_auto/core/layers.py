"""How catalog layers become one catalog that knows where each value came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.core.catalog import (
    CapabilityProfile,
    Catalog,
    Evidence,
    LongPrice,
    ModelEntry,
    ModelId,
    ModelMatch,
    Price,
    RemovedModel,
    TaskCost,
)
from hydra_auto.core.layer_rules import lost, narrowed, reached
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
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.policy_problems import policy_problems
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import AvailableModel
from hydra_auto.core.routing_policy import CostBasis, RoutingPolicy, Rule, UnknownModels

__all__ = [
    "CatalogLayer",
    "LayerModel",
    "LayerValue",
    "Problem",
    "Severity",
    "Value",
    "is_complete",
    "merge_layers",
]

T = TypeVar("T")

_REQUIRED_MODEL_KEYS = tuple(f"capabilities.{c.value}" for c in Capability)
"""What a model must have after all layers are merged."""


def is_complete(layer: CatalogLayer) -> bool:
    """Whether the layer can stand alone: models, each with all that a model must have."""
    return bool(layer.models) and all(
        all(key in model.values for key in _REQUIRED_MODEL_KEYS) for model in layer.models
    )


def merge_layers(
    layers: Sequence[CatalogLayer], offered: Sequence[AvailableModel] = ()
) -> tuple[Catalog | None, tuple[Problem, ...]]:
    """One catalog out of layers, weakest first.

    Models merge by id. Each key of a stronger layer replaces that key of a weaker one, lists whole,
    with four exceptions: a layer that sets ``regime`` without ``tau`` drops an inherited tau; a
    layer that sets a price drops an inherited measured cost, which was measured at the old price, and an
    inherited price for long prompts, unless it sets these as well; rules of all layers add up; and a
    workspace layer may only narrow (``core.layer_rules``): its limits count beside the weaker ones.

    Args:
        layers: Weakest first. Each is trusted to hold values of the right types and ranges.
        offered: What VS Code offers, where that is known: lists may mean models that the catalog lacks.

    Returns:
        The catalog, or None if no layer holds a usable model; and what is wrong, in the order found.
        A model that lacks required keys is left out and reported.
    """
    problems: list[Problem] = []
    routing: dict[str, LayerValue] = {}
    models: dict[ModelId, LayerModel] = {}
    own: dict[ModelId, LayerModel] = {}  # as the user's layers have them
    without: Catalog | None = None
    for number, layer in enumerate(layers):
        allowed = layer
        if layer.name is LayerName.WORKSPACE:
            own, without = dict(models), merge_layers(layers[:number])[0]
            allowed, refused = narrowed(layer, lower=layers[:number], routing=routing, models=models)
            problems += refused
        routing = _overlay_routing(routing, allowed)
        for model in allowed.models:
            below = models.get(model.id)
            values = _overlay(below.values if below else {}, model.values)
            models[model.id] = LayerModel(id=model.id, origin=model.origin, values=values)

    policy, policy_findings = _policy(routing)
    problems += policy_findings
    entries: list[ModelEntry] = []
    removed: list[RemovedModel] = []
    for model in models.values():
        if (gone := model.values.get("remove")) and gone.value is True:
            removed.append(_removed(model, gone.origin, lost(model, own)))
            if model.values.keys() == {"remove"}:
                others = _others(model.id, models, problems)
                hint = did_you_mean(model.id, others)
                message = f"there is no model {model.id!r} to remove.{hint}"
                problems.append(problem_at(model.origin, message, Severity.WARNING))
            continue
        missing = [key for key in _REQUIRED_MODEL_KEYS if _absent(model.values, key)]
        if missing:
            others = _others(model.id, models, problems)
            problems.append(_incomplete(model, missing, others))
            continue
        entry = replace(_entry(model), reaches=reached(model, own), lost=lost(model, own))
        entries.append(entry)
        problems += [*_price_problems(entry), *_long_price_problems(entry, model.values)]
    if not entries and not removed:
        where = layers[-1].path or layers[-1].name.value if layers else "catalog"
        problems.append(Problem(path=where, message="the catalog has no usable model; add at least one"))
        return None, tuple(problems)
    catalog = Catalog(models=tuple(entries), routing=policy, removed=tuple(removed), own=without)
    problems += policy_problems(catalog, offered)
    return catalog, tuple(problems)


def _others(model: ModelId, models: Iterable[ModelId], problems: Sequence[Problem]) -> list[ModelId]:
    """Ids that may have been meant, as long as hints are given."""
    return [other for other in models if other != model] if len(problems) < MOST_HINTS else []


def _overlay(below: Values, above: Values) -> dict[str, LayerValue]:
    merged = {**below, **above}
    if "regime" in above and "tau" not in above:
        merged.pop("tau", None)
    groups = {key.partition(".")[0] for key in above}
    outdated = {"cost", "long_price"} - groups if "price" in groups else set()
    return {key: value for key, value in merged.items() if key.partition(".")[0] not in outdated}


def _overlay_routing(below: Values, layer: CatalogLayer) -> dict[str, LayerValue]:
    above = dict(layer.routing)
    rules = [*_rules(below), *_rules(above)]
    if layer.name is LayerName.WORKSPACE:
        rules += _own_limits(below, above)
        denied = above.get("deny")
        if denied is not None and not _absent(below, "deny"):
            del above["deny"]
            rules.append(Rule(origin=denied.origin, deny=_texts({"deny": denied}, "deny")))
    merged = _overlay(below, above)
    if rules:
        merged["rules"] = LayerValue(value=tuple(rules), origin=rules[-1].origin)
    return merged


def _own_limits(below: Values, above: Values) -> list[Rule]:
    """The user's limits that the workspace narrows, as rules: they still count beside the narrower ones."""
    rules = []
    if "allow" in above and (allow := _texts(below, "allow")):
        rules.append(Rule(origin=below["allow"].origin, allow=allow))
    if "vendors" in above and (vendors := _texts(below, "vendors")):
        rules.append(Rule(origin=below["vendors"].origin, vendors=vendors))
    if "max_price" in above and not _absent(below, "max_price"):
        price = _optional(below, "max_price", float)
        rules.append(Rule(origin=below["max_price"].origin, max_price=price))
    return rules


def _rules(values: Values) -> tuple[Rule, ...]:
    return tuple(rule for rule in _get(values, "rules", tuple, ()) if isinstance(rule, Rule))


def _removed(model: LayerModel, origin: Origin, taken: tuple[ModelMatch, ...]) -> RemovedModel:
    """A removed model that is still recognised by the matches that a workspace took away."""
    values = model.values
    matched = tuple(m for m in _get(values, "match", tuple, ()) if isinstance(m, ModelMatch))
    return RemovedModel(
        id=model.id, name=_get(values, "name", str, str(model.id)), match=matched + taken, origin=origin
    )


def _absent(values: Values, key: str) -> bool:
    return key not in values or values[key].value is None


def _incomplete(model: LayerModel, missing: Sequence[str], others: Sequence[str]) -> Problem:
    known = "" if len(missing) < len(_REQUIRED_MODEL_KEYS) else did_you_mean(model.id, others)
    return problem_at(
        model.origin,
        f"model {model.id!r} lacks {', '.join(missing)}, and no weaker layer sets "
        f"{'it' if len(missing) == 1 else 'them'}; the model is left out.{known}",
    )


def _get(values: Values, key: str, kind: type[T], default: T) -> T:
    found = _optional(values, key, kind)
    return default if found is None else found


def _optional(values: Values, key: str, kind: type[T]) -> T | None:
    if _absent(values, key):
        return None
    value = values[key].value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind):
        raise TypeError(f"{key} holds {type(value).__name__}, not {kind.__name__}")
    return value


def _texts(values: Values, key: str) -> tuple[str, ...]:
    return tuple(item for item in _get(values, key, tuple, ()) if isinstance(item, str))


def _origins(values: Values) -> Mapping[str, Origin]:
    return MappingProxyType({key: found.origin for key, found in values.items()})


def _price(values: Values) -> Price | None:
    read, written = (_optional(values, f"price.{key}", float) for key in ("input", "output"))
    if read is None or written is None:
        return None
    cached = _optional(values, "price.cached_input", float)
    return Price(input=read, output=written, cached_input=cached, long=_long_price(values))


def _long_price(values: Values) -> LongPrice | None:
    above = _optional(values, "long_price.above", int)
    read, written = (_optional(values, f"long_price.{key}", float) for key in ("input", "output"))
    if above is None or read is None or written is None:
        return None
    cached = _optional(values, "long_price.cached_input", float)
    return LongPrice(above=above, input=read, output=written, cached_input=cached)


def _price_problems(entry: ModelEntry) -> list[Problem]:
    """Half a price, and a cache that costs more than reading afresh."""
    given = [key for key in ("price.input", "price.output") if key in entry.origins]
    if entry.price is None:
        half = len(given) == 1
        message = "a price needs input and output; without both it is not known, and the model is sorted last"
        return [problem_at(entry.origins[given[0]], message, Severity.WARNING)] if half else []
    cached = entry.price.cached_input
    if cached is None or cached <= entry.price.input:
        return []
    message = f"cached_input {cached:g} is more than input {entry.price.input:g}"
    return [problem_at(entry.origins["price.cached_input"], message, Severity.WARNING)]


def _long_price_problems(entry: ModelEntry, values: Values) -> list[Problem]:
    """A price for long prompts that does not count."""
    given = [key for key in values if key.startswith("long_price.") and not _absent(values, key)]
    if not given or (entry.price is not None and entry.price.long is not None):
        return []
    if entry.price is None:
        message = "long_price counts only beside a price"
    else:
        message = "long_price needs above, input and output; without all three it does not count"
    return [problem_at(entry.origins[given[0]], message, Severity.WARNING)]


def _entry(model: LayerModel) -> ModelEntry:
    values = model.values
    per_task_usd = _optional(values, "cost.per_task_usd", float)
    return ModelEntry(
        id=model.id,
        name=_get(values, "name", str, str(model.id)),
        match=tuple(m for m in _get(values, "match", tuple, ()) if isinstance(m, ModelMatch)),
        price=_price(values),
        cost=None
        if per_task_usd is None
        else TaskCost(per_task_usd=per_task_usd, source=_get(values, "cost.source", str, "")),
        premium_multiplier=_optional(values, "premium_multiplier", float),
        context_window=_get(values, "context_window", int, 128_000),
        max_input_tokens=_optional(values, "max_input_tokens", int),
        max_output_tokens=_get(values, "max_output_tokens", int, 4_096),
        images=_get(values, "supports.images", bool, False),
        tools=_get(values, "supports.tools", bool, False),
        efforts=_texts(values, "supports.efforts"),
        enabled=_get(values, "enabled", bool, True),
        capabilities=CapabilityProfile(
            levels={c: _get(values, f"capabilities.{c.value}", float, 0.0) for c in Capability}
        ),
        estimated=_get(values, "estimated", bool, False),
        uncertainty=_uncertainty(values),
        effort=_optional(values, "effort", str),
        evidence=tuple(e for e in _get(values, "evidence", tuple, ()) if isinstance(e, Evidence)),
        origins=MappingProxyType({**_origins(values), "id": model.origin}),
    )


def _uncertainty(values: Values) -> Levels | None:
    """Standard errors, if all four are known and each was set where its level was.

    A layer that sets a level of its own says nothing of an error, and the old one is not its.
    """
    found: dict[Capability, float] = {}
    for capability in Capability:
        error, level = f"uncertainty.{capability.value}", f"capabilities.{capability.value}"
        value = _optional(values, error, float)
        if value is None or values[error].origin.layer is not values[level].origin.layer:
            return None
        found[capability] = value
    return MappingProxyType(found)


def _policy(values: Values) -> tuple[RoutingPolicy, list[Problem]]:
    problems: list[Problem] = []
    weights = {c: _get(values, f"weights.{c.value}", float, 1.0) for c in Capability}
    if sum(weights.values()) <= 0.0:
        place = max(
            (found.origin for key, found in values.items() if key.startswith("weights.")), key=_strength
        )
        problems.append(
            problem_at(place, "all weights are 0; at least one must be larger. Equal weights are used")
        )
        weights = dict.fromkeys(Capability, 1.0)
    policy = RoutingPolicy(
        regime=_get(values, "regime", Regime, Regime.BALANCED),
        tau=_optional(values, "tau", float),
        weights=MappingProxyType(weights),
        cost_basis=_get(values, "cost_basis", CostBasis, CostBasis.MEASURED),
        allow=_texts(values, "allow"),
        deny=_texts(values, "deny"),
        vendors=_texts(values, "vendors"),
        max_price=_optional(values, "max_price", float),
        rules=_rules(values),
        unknown_models=_get(values, "unknown_models", UnknownModels, UnknownModels.ESTIMATE),
        origins=_origins(values),
    )
    return policy, problems


def _strength(origin: Origin) -> int:
    return list(LayerName).index(origin.layer)
