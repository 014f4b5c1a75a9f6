"""Pools of models that decisions are measured with.

A decision depends on who is in the pool: among 50 models some cost nearly the same, and a model that another
one beats at a lower price is never chosen. So every number names its pool, its regime, and how many models
that pool puts to use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import CapabilityProfile, Catalog, ModelEntry, ModelId, Price
from hydra_auto.core.cost import Workload, expected_cost
from hydra_auto.core.eligibility import Eligible, check
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.policy import ResolvedPolicy, resolve
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import Overrides, RoutingRequest
from hydra_auto.core.routing_policy import CostBasis, RoutingPolicy

FIVE_LEVELS: Final = "five levels"
ALL: Final = "all"
COPILOT: Final = "copilot"
_ORIGIN: Final = Origin(layer=LayerName.REQUEST, path="eval")
_REQUEST: Final = RoutingRequest(text="x")
# Level of every capability, and output price in USD per million tokens: each step about three times the last.
_STEPS: Final = ((0.2, 0.3), (0.4, 1.0), (0.6, 3.0), (0.8, 10.0), (0.95, 30.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Models to choose from, with the policy of each regime."""

    name: str
    catalog: Catalog
    policies: Mapping[Regime, ResolvedPolicy]

    @property
    def eligible(self) -> tuple[ModelEntry, ...]:
        """Models that may be chosen."""
        policy = next(iter(self.policies.values()))
        return tuple(m for m in self.catalog.models if isinstance(check(m, _REQUEST, policy), Eligible))

    def cost(self, model: ModelEntry, workload: Workload) -> float:
        """Expected USD of one request; infinite if nothing is known of the model's price."""
        return expected_cost(model, workload, self.catalog.routing.cost_basis).usd


def pool_named(name: str, catalog: Catalog) -> Pool:
    """A pool by name.

    Args:
        name: `FIVE_LEVELS`; `ALL` models of the catalog; or a vendor as in the catalog's ``match``.
        catalog: The catalog.

    Raises:
        CatalogInvalid: No model of the catalog is offered by that vendor.
    """
    vendors = None if name in {ALL, FIVE_LEVELS} else (name,)
    if name == FIVE_LEVELS:
        catalog = _five_levels()
    pool = Pool(name=name, catalog=catalog, policies=_policies(catalog.routing, vendors))
    if not pool.eligible:
        vendors_known = sorted({match.vendor for model in catalog.models for match in model.match})
        raise CatalogInvalid(
            f"The catalog has no model of {name}.",
            f"Pools: {', '.join((ALL, FIVE_LEVELS, *vendors_known))}.",
        )
    return pool


def pool_of(name: str, models: Iterable[ModelEntry], cost_basis: CostBasis) -> Pool:
    """A pool of these models, with equal weights and no restrictions."""
    routing = RoutingPolicy(cost_basis=cost_basis)
    catalog = Catalog(models=tuple(models), routing=routing)
    return Pool(name=name, catalog=catalog, policies=_policies(routing, None))


def _policies(routing: RoutingPolicy, vendors: tuple[str, ...] | None) -> dict[Regime, ResolvedPolicy]:
    return {
        regime: resolve(routing, [Overrides(origin=_ORIGIN, regime=regime, vendors=vendors)])
        for regime in Regime
    }


def _five_levels() -> Catalog:
    """A yardstick that no change of the catalog moves: five models, equally good at everything."""
    models = tuple(
        ModelEntry(
            id=ModelId(f"level/{level}"),
            name=f"level {level}",
            price=Price(input=usd / 5, output=usd),
            capabilities=CapabilityProfile(levels=dict.fromkeys(Capability, level)),
        )
        for level, usd in _STEPS
    )
    return Catalog(models=models, routing=RoutingPolicy(cost_basis=CostBasis.TOKENS))
