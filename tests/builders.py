"""Short ways to build core values in tests."""

from __future__ import annotations

from dataclasses import replace

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import (
    CapabilityProfile,
    Catalog,
    ModelEntry,
    ModelId,
    ModelMatch,
    Price,
    TaskCost,
)
from hydra_auto.core.cost import Workload
from hydra_auto.core.matcher import Decision, decide
from hydra_auto.core.policy import resolve
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.request import AvailableModel, RoutingRequest
from hydra_auto.core.routing_policy import CostBasis, RoutingPolicy

WORKLOAD = Workload(fresh=1_000, cached=0, written=1_000)


def profile(*levels: float) -> CapabilityProfile:
    """Reasoning, code generation, debugging, tool use; one number stands for all four."""
    values = levels * 4 if len(levels) == 1 else levels
    return CapabilityProfile(levels=dict(zip(Capability, values, strict=True)))


def model(
    name: str, levels: float | tuple[float, ...] = 0.5, output: float = 1.0, **more: object
) -> ModelEntry:
    """A model whose input price is a fifth of its output price, offered by the vendor ``test``."""
    entry = ModelEntry(
        id=ModelId(f"test/{name}"),
        name=name,
        price=Price(input=output / 5, output=output),
        capabilities=profile(*(levels if isinstance(levels, tuple) else (levels,))),
        match=(ModelMatch(vendor="test", family=name),),
        images=True,
        tools=True,
    )
    return replace(entry, **more)


def few_models() -> Catalog:
    """Two models in use, one that another beats, and one of another vendor."""
    return Catalog(
        models=(
            model("small", 0.3, output=1.0),
            model("large", 0.9, output=9.0),
            model("beaten", 0.8, output=20.0),
            model("elsewhere", 0.9, output=0.1, match=(ModelMatch(vendor="other", family="elsewhere"),)),
        ),
        routing=RoutingPolicy(cost_basis=CostBasis.TOKENS),
    )


def prediction(*levels: float, tokens: int = 10, truncated: bool = False) -> Prediction:
    """Requirements in capability order; one number stands for all four."""
    values = levels * 4 if len(levels) == 1 else levels
    return Prediction(
        requirements=dict(zip(Capability, values, strict=True)), tokens=tokens, truncated=truncated
    )


def offer(name: str, vendor: str = "test", max_input_tokens: int = 0) -> AvailableModel:
    """A model of VS Code."""
    return AvailableModel(vendor=vendor, id=name, family=name, name=name, max_input_tokens=max_input_tokens)


def decided(
    required: Prediction | None,
    *models: ModelEntry,
    request: RoutingRequest | None = None,
    workload: Workload = WORKLOAD,
    **policy: object,
) -> Decision:
    """A decision by list price over ``models``."""
    routing = RoutingPolicy(**{"cost_basis": CostBasis.TOKENS, **policy})
    request = request or RoutingRequest(text="x")
    catalog = Catalog(models=models, routing=routing)
    return decide(required, request, catalog, resolve(routing, request.overrides), workload)


def chosen(decision: Decision) -> str | None:
    """Name of the chosen model."""
    return decision.chosen.model.name if decision.chosen else None


def measured(usd: float) -> TaskCost:
    """A measured cost per task."""
    return TaskCost(per_task_usd=usd, source="test")
