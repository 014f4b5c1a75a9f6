"""How to choose among the models of a catalog, and what its rules say of certain files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.origin import Origin
from hydra_auto.core.regime import Regime


class UnknownModels(Enum):
    """What to do with models that VS Code offers and the catalog does not name."""

    ESTIMATE = "estimate"
    IGNORE = "ignore"


class CostBasis(Enum):
    """What "cheapest" means."""

    MEASURED = "measured"
    TOKENS = "tokens"
    MULTIPLIER = "multiplier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds while the user works on certain files, or always.

    Limits (allow, deny, vendors, price) count as soon as one of the request's files is meant, since the file
    may be what they protect. Regime and tau count only if all of its files are meant.

    Attributes:
        origin: Where the rule is written.
        paths: Patterns of workspace-relative paths; empty means always.
    """

    origin: Origin
    paths: tuple[str, ...] = ()
    regime: Regime | None = None
    tau: float | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    max_price: float | None = None

    @property
    def label(self) -> str:
        """The rule in words, with its place."""
        return f"rule for {', '.join(self.paths) or 'all files'} in {self.origin}"


EQUAL_WEIGHTS: Mapping[Capability, float] = MappingProxyType(dict.fromkeys(Capability, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingPolicy:
    """How to choose. Empty ``allow`` and ``vendors`` mean everything; patterns as in ``core.patterns``.

    Attributes:
        tau: Overrides the regime's tau when set.
        weights: Relative importance per capability, >= 0, not all 0; normalised when used.
        max_price: Dearest output price in USD per million tokens that is still eligible.
        rules: Of all layers, weakest first.
        origins: Field name to where its value was set.
    """

    regime: Regime = Regime.BALANCED
    tau: float | None = None
    weights: Mapping[Capability, float] = field(default_factory=lambda: EQUAL_WEIGHTS)
    cost_basis: CostBasis = CostBasis.MEASURED
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    max_price: float | None = None
    rules: tuple[Rule, ...] = ()
    unknown_models: UnknownModels = UnknownModels.ESTIMATE
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.tau is not None and not 0.0 <= self.tau <= 1.0:
            raise ValueError(f"tau is {self.tau}; it lies in [0, 1]")
        if set(self.weights) != set(Capability):
            raise ValueError(f"weights must name all of {[c.value for c in Capability]}")
        total = 0.0
        for capability, weight in self.weights.items():
            if not 0.0 <= weight < float("inf"):
                raise ValueError(f"weight of {capability.value} is {weight}; it is a finite number >= 0")
            total += weight
        if total <= 0.0:
            raise ValueError("all weights are 0; at least one must be larger")
