"""What is to be routed: the user's words and the hard needs around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hydra_auto.core.origin import Origin
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis, UnknownModels


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableModel:
    """One model that VS Code offers right now."""

    vendor: str
    id: str
    family: str
    version: str = ""
    name: str = ""
    max_input_tokens: int = 0  # 0: not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """A model that must not be chosen for now, and why: consent refused, quota, blocked."""

    vendor: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What this one request, or the user's settings, ask for over the catalog's policy."""

    origin: Origin
    regime: Regime | None = None
    tau: float | None = None
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] | None = None
    vendors: tuple[str, ...] | None = None
    max_price: float | None = None
    cost_basis: CostBasis | None = None
    unknown_models: UnknownModels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRequest:
    """One request to route.

    Attributes:
        text: The user's words, out of any wrapping; empty if there are none.
        context_tokens: Tokens that the chosen model would have to read; 0 if not known.
        is_utility: A title or progress message of the chat view: cheapest eligible, unscored.
        paths: Workspace-relative paths of the files that the request is about, with ``/``.
        available: The models VS Code offers; None outside VS Code, where all of the catalog counts.
        overrides: Weakest first.
    """

    text: str
    needs_images: bool = False
    needs_tools: bool = False
    context_tokens: int = 0
    is_utility: bool = False
    paths: tuple[str, ...] = ()
    available: tuple[AvailableModel, ...] | None = None
    vetoed: tuple[Veto, ...] = ()
    overrides: tuple[Overrides, ...] = field(default=())
