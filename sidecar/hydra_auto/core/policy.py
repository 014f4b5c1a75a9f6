"""The policy that one request is decided by: the catalog's, under the request's overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import DEFAULT_ORIGIN, CostBasis, Origin, RoutingPolicy
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import Overrides
from hydra_auto.core.shortfall import normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPolicy:
    """What holds for one decision.

    Attributes:
        regime: None if tau was set by hand.
        tau_origin: Where tau, or the regime that it comes from, was set.
        weights: Normalised to sum 1.
        deny: Every layer's denials, added up: nobody can un-deny for another.
        vendors: Who may be used; None means everybody, empty means nobody.
    """

    tau: float
    regime: Regime | None
    tau_origin: Origin
    weights: Mapping[Capability, float]
    cost_basis: CostBasis
    allow: tuple[tuple[str, ...], ...]
    deny: tuple[str, ...]
    vendors: tuple[str, ...] | None
    max_price: float | None


def resolve(routing: RoutingPolicy, overrides: Iterable[Overrides]) -> ResolvedPolicy:
    """Lay ``overrides``, weakest first, over ``routing``.

    A tau or a regime replaces whichever of the two was set before; restrictions (allow, deny, vendors,
    price) only ever narrow.
    """
    tau, regime = routing.tau, routing.regime
    tau_origin = routing.origins.get("regime" if tau is None else "tau", DEFAULT_ORIGIN)
    allow = [routing.allow] if routing.allow else []
    deny = list(routing.deny)
    vendors = routing.vendors or None
    max_price = routing.max_price
    for override in overrides:
        if override.regime is not None:
            tau, regime, tau_origin = None, override.regime, override.origin
        if override.tau is not None:
            tau, tau_origin = override.tau, override.origin
        if override.allow:
            allow.append(override.allow)
        if override.deny:
            deny.extend(override.deny)
        if override.vendors:
            vendors = tuple(v for v in override.vendors if vendors is None or v in vendors)
        if override.max_price is not None:
            max_price = override.max_price if max_price is None else min(max_price, override.max_price)
    return ResolvedPolicy(
        tau=regime.tau if tau is None else tau,
        regime=regime if tau is None else None,
        tau_origin=tau_origin,
        weights=MappingProxyType(dict(normalised(routing.weights))),
        cost_basis=routing.cost_basis,
        allow=tuple(allow),
        deny=tuple(deny),
        vendors=vendors,
        max_price=max_price,
    )
