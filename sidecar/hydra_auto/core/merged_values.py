"""The values of all layers as the catalog's own types: models, removed models and the routing policy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.core.catalog import (
    CapabilityProfile,
    Evidence,
    LongPrice,
    ModelEntry,
    ModelMatch,
    Price,
    RemovedModel,
    TaskCost,
)
from hydra_auto.core.layer_values import (
    LayerModel,
    Problem,
    Values,
    items_of,
    optional_value,
    problem_at,
    value_or,
)
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis, RoutingPolicy, Rule, UnknownModels


def model_entry(model: LayerModel) -> ModelEntry:
    """A model of which all values are known that a model must have."""
    values = model.values
    per_task_usd = optional_value(values, "cost.per_task_usd", float)
    return ModelEntry(
        id=model.id,
        name=value_or(values, "name", str, str(model.id)),
        match=items_of(values, "match", ModelMatch),
        price=price_of(values),
        cost=None
        if per_task_usd is None
        else TaskCost(per_task_usd=per_task_usd, source=value_or(values, "cost.source", str, "")),
        premium_multiplier=optional_value(values, "premium_multiplier", float),
        context_window=value_or(values, "context_window", int, 128_000),
        max_input_tokens=optional_value(values, "max_input_tokens", int),
        max_output_tokens=value_or(values, "max_output_tokens", int, 4_096),
        images=value_or(values, "supports.images", bool, False),
        tools=value_or(values, "supports.tools", bool, False),
        efforts=items_of(values, "supports.efforts", str),
        enabled=value_or(values, "enabled", bool, True),
        capabilities=CapabilityProfile(
            levels={c: value_or(values, f"capabilities.{c.value}", float, 0.0) for c in Capability}
        ),
        estimated=value_or(values, "estimated", bool, False),
        uncertainty=_uncertainty(values),
        effort=optional_value(values, "effort", str),
        evidence=items_of(values, "evidence", Evidence),
        origins=MappingProxyType({**_origins(values), "id": model.origin}),
    )


def price_of(values: Values) -> Price | None:
    """What a model costs by its merged values; None unless both prices are known."""
    read, written = (optional_value(values, f"price.{key}", float) for key in ("input", "output"))
    if read is None or written is None:
        return None
    cached = optional_value(values, "price.cached_input", float)
    return Price(input=read, output=written, cached_input=cached, long=_long_price(values))


def _long_price(values: Values) -> LongPrice | None:
    above = optional_value(values, "long_price.above", int)
    read, written = (optional_value(values, f"long_price.{key}", float) for key in ("input", "output"))
    if above is None or read is None or written is None:
        return None
    cached = optional_value(values, "long_price.cached_input", float)
    return LongPrice(above=above, input=read, output=written, cached_input=cached)


def _uncertainty(values: Values) -> Levels | None:
    """Standard errors, if all four are known and each was set where its level was.

    A layer that sets a level of its own says nothing of an error, and the old one is not its.
    """
    found: dict[Capability, float] = {}
    for capability in Capability:
        error, level = f"uncertainty.{capability.value}", f"capabilities.{capability.value}"
        value = optional_value(values, error, float)
        if value is None or values[error].origin.layer is not values[level].origin.layer:
            return None
        found[capability] = value
    return MappingProxyType(found)


def removed_model(model: LayerModel, origin: Origin, taken: tuple[ModelMatch, ...]) -> RemovedModel:
    """A removed model that is still recognised by the matches that a workspace took away."""
    values = model.values
    return RemovedModel(
        id=model.id,
        name=value_or(values, "name", str, str(model.id)),
        match=items_of(values, "match", ModelMatch) + taken,
        origin=origin,
    )


def routing_policy(values: Values) -> tuple[RoutingPolicy, list[Problem]]:
    """How to choose, and what of it could not be used as written."""
    problems: list[Problem] = []
    weights = {c: value_or(values, f"weights.{c.value}", float, 1.0) for c in Capability}
    if sum(weights.values()) <= 0.0:
        place = max(
            (found.origin for key, found in values.items() if key.startswith("weights.")), key=_strength
        )
        problems.append(
            problem_at(place, "all weights are 0; at least one must be larger. Equal weights are used")
        )
        weights = dict.fromkeys(Capability, 1.0)
    policy = RoutingPolicy(
        regime=value_or(values, "regime", Regime, Regime.BALANCED),
        tau=optional_value(values, "tau", float),
        weights=MappingProxyType(weights),
        cost_basis=value_or(values, "cost_basis", CostBasis, CostBasis.MEASURED),
        allow=items_of(values, "allow", str),
        deny=items_of(values, "deny", str),
        vendors=items_of(values, "vendors", str),
        max_price=optional_value(values, "max_price", float),
        rules=items_of(values, "rules", Rule),
        unknown_models=value_or(values, "unknown_models", UnknownModels, UnknownModels.ESTIMATE),
        origins=_origins(values),
    )
    return policy, problems


def _strength(origin: Origin) -> int:
    return list(LayerName).index(origin.layer)


def _origins(values: Values) -> Mapping[str, Origin]:
    return MappingProxyType({key: found.origin for key, found in values.items()})
