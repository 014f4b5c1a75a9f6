"""The policy that one request is decided by: the catalog's, under its rules and the request's overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.origin import DEFAULT_ORIGIN, LayerName, Origin
from hydra_auto.core.patterns import path_matches
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import Overrides
from hydra_auto.core.routing_policy import CostBasis, RoutingPolicy, Rule, UnknownModels
from hydra_auto.core.shortfall import normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One place's restrictions.

    Attributes:
        source: Where they are written, in words.
        by_workspace: They came with the workspace, and so know the names that it gives.
        by_settings: They are settings of the editor, which it knows and may see changed without us.
    """

    source: str
    by_workspace: bool = False
    by_settings: bool = False
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    max_price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPolicy:
    """What holds for one decision.

    Attributes:
        regime: None if tau was set by hand.
        tau_origin: Where tau, or the regime that it comes from, was set.
        tau_rule: The rule that set it, if one did.
        weights: Normalised to sum 1.
        limits: All of them must let a model through: nobody can undo another's.
        elsewhere: Limits of the rules for other files than the request's: they bar nobody now.
        rules: Those that apply to the request.
        unknown_models: What becomes of offered models that the catalog does not name.
    """

    tau: float
    regime: Regime | None
    tau_origin: Origin
    tau_rule: Rule | None = None
    weights: Mapping[Capability, float]
    cost_basis: CostBasis
    limits: tuple[Limit, ...] = ()
    elsewhere: tuple[Limit, ...] = ()
    rules: tuple[Rule, ...] = ()
    unknown_models: UnknownModels = UnknownModels.ESTIMATE

    @property
    def deny(self) -> tuple[str, ...]:
        """Every limit's denials, added up."""
        return tuple(pattern for limit in self.limits for pattern in limit.deny)

    @property
    def vendors(self) -> tuple[str, ...] | None:
        """Who may be used; None means everybody, empty means nobody."""
        lists = [limit.vendors for limit in self.limits if limit.vendors]
        return tuple(v for v in lists[0] if all(v in other for other in lists)) if lists else None

    @property
    def max_price(self) -> float | None:
        """The lowest price limit, in USD per million output tokens."""
        return min((limit.max_price for limit in self.limits if limit.max_price is not None), default=None)


def resolve(
    routing: RoutingPolicy, overrides: Iterable[Overrides], paths: Sequence[str] = ()
) -> ResolvedPolicy:
    """Lay the rules that apply, and then ``overrides``, weakest first, over ``routing``.

    A tau or a regime replaces whichever of the two was set before; restrictions only ever narrow.

    Args:
        routing: The catalog's policy with its rules.
        overrides: Settings and what the request asks for.
        paths: Workspace-relative paths of the files that the request is about.
    """
    tau, regime = routing.tau, routing.regime
    tau_origin = routing.origins.get("regime" if tau is None else "tau", DEFAULT_ORIGIN)
    tau_rule: Rule | None = None
    limits = _catalog_limits(routing)
    elsewhere: list[Limit] = []
    rules: list[Rule] = []
    for rule in routing.rules:
        some, every = _applies(rule, paths)
        if limit := _limit(rule, rule.label, rule.origin):
            (limits if some else elsewhere).append(limit)
            rules += [rule] if some else []
        if every and (rule.regime, rule.tau) != (None, None):
            tau, regime = rule.tau, rule.regime or regime
            tau_origin, tau_rule = rule.origin, rule
            rules += [] if rule in rules else [rule]
    cost_basis = routing.cost_basis
    unknown = routing.unknown_models
    for override in overrides:
        if override.regime is not None:
            tau, regime, tau_origin, tau_rule = None, override.regime, override.origin, None
        if override.tau is not None:
            tau, tau_origin, tau_rule = override.tau, override.origin, None
        cost_basis = override.cost_basis or cost_basis
        if unknown is not UnknownModels.IGNORE:  # a restriction like the others
            unknown = override.unknown_models or unknown
        if limit := _limit(override, str(override.origin), override.origin):
            limits.append(limit)
    return ResolvedPolicy(
        tau=regime.tau if tau is None else tau,
        regime=regime if tau is None else None,
        tau_origin=tau_origin,
        tau_rule=tau_rule,
        weights=MappingProxyType(dict(normalised(routing.weights))),
        cost_basis=cost_basis,
        limits=tuple(limits),
        elsewhere=tuple(elsewhere),
        rules=tuple(rules),
        unknown_models=unknown,
    )


def _applies(rule: Rule, paths: Sequence[str]) -> tuple[bool, bool]:
    """Whether the rule means one of the files, and whether it means all of them."""
    if not rule.paths:
        return True, True
    meant = [any(path_matches(pattern, path) for pattern in rule.paths) for path in paths]
    return any(meant), bool(meant) and all(meant)


def _limit(of: Rule | Overrides, source: str, origin: Origin) -> Limit | None:
    if not (of.allow or of.deny or of.vendors or of.max_price is not None):
        return None
    return Limit(
        source=source,
        by_workspace=origin.by_workspace,
        by_settings=origin.layer is LayerName.SETTINGS,
        allow=of.allow or (),
        deny=of.deny or (),
        vendors=of.vendors or (),
        max_price=of.max_price,
    )


def _catalog_limits(routing: RoutingPolicy) -> list[Limit]:
    """The policy's own limits, each with its own place."""
    limits = []
    for key in ("allow", "deny", "vendors", "max_price"):
        value = getattr(routing, key)
        if value or (key == "max_price" and value is not None):
            origin = routing.origins.get(key, DEFAULT_ORIGIN)
            limits.append(Limit(source=str(origin), by_workspace=origin.by_workspace, **{key: value}))
    return limits
