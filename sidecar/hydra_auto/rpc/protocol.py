"""What goes over the wire (docs/PROTOCOL.md). Everything is checked here; inside it is trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hydra_auto.core.chat import ChatMessage, Role
from hydra_auto.core.errors import InvalidParams
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import AvailableModel, Overrides, Veto
from hydra_auto.core.routing_policy import CostBasis, UnknownModels

PROTOCOL_VERSION = 1

ROUTE = "router/route"
CATALOG = "router/catalog"
STATUS = "router/status"
CATALOG_ADD = "router/catalogAdd"
REQUESTS = frozenset({ROUTE, CATALOG, STATUS, CATALOG_ADD})

OFFERED_MODELS = "router/offeredModels"
"""A notification from the client."""

STATUS_CHANGED = "router/statusChanged"
CATALOG_CHANGED = "router/catalogChanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireMessage:
    """One chat message, as the client gathered it."""

    role: Role
    text: str = ""
    chars: int = 0
    images: int = 0
    tool_calls: int = 0
    tool_results: int = 0

    def value(self) -> ChatMessage:
        """The core's own value."""
        return ChatMessage(
            role=self.role,
            text=self.text,
            chars=self.chars,
            images=self.images,
            tool_results=self.tool_results,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WireModel:
    """One model that VS Code offers."""

    vendor: str
    id: str
    family: str = ""
    version: str = ""
    name: str = ""
    max_input_tokens: int = 0

    def value(self) -> AvailableModel:
        """The core's own value."""
        return AvailableModel(
            vendor=self.vendor,
            id=self.id,
            family=self.family,
            version=self.version,
            name=self.name,
            max_input_tokens=self.max_input_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WireVeto:
    """A model not to be chosen for now."""

    vendor: str
    id: str
    reason: str = "refused"

    def value(self) -> Veto:
        """The core's own value."""
        return Veto(vendor=self.vendor, id=self.id, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteParams:
    """Params of ``router/route``."""

    request_id: str
    messages: list[WireMessage]
    models: list[WireModel]
    tools: int = 0
    initiator: str | None = None
    conversation_id: str | None = None
    vetoed: list[WireVeto] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    regime: Regime | None = None
    tau: float | None = None
    allow: list[str] | None = None
    deny: list[str] | None = None
    cost_basis: CostBasis | None = None

    def overrides(self) -> Overrides:
        """What the request asks for itself.

        Raises:
            InvalidParams: Tau is out of range.
        """
        return Overrides(
            origin=Origin(layer=LayerName.REQUEST),
            regime=self.regime,
            tau=_checked_tau(self.tau),
            allow=_tuple(self.allow),
            deny=_tuple(self.deny),
            cost_basis=self.cost_basis,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModelsParams:
    """Params of ``router/offeredModels``."""

    models: list[WireModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogAddParams:
    """Params of ``router/catalogAdd``: models on offer, and the text of the file that is to have them."""

    models: list[WireModel]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitializationOptions:
    """What the client says of itself at initialize."""

    protocol_version: int = PROTOCOL_VERSION
    settings: dict[str, Any] = field(default_factory=dict)
    workspace_folder: str | None = None
    workspace_folders: list[str] = field(default_factory=list)
    workspace_trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the sidecar resolves, as far as the user set them."""

    regime: Regime | None = None
    tau: float | None = None
    allow: list[str] | None = None
    deny: list[str] | None = None
    vendors: list[str] | None = None
    max_price: float | None = None
    cost_basis: CostBasis | None = None
    unknown_models: UnknownModels | None = None

    def overrides(self, origin: Origin) -> Overrides:
        """The settings as overrides of the catalog's policy.

        Raises:
            InvalidParams: A number is out of range.
        """
        if self.max_price is not None and not 0.0 <= self.max_price < float("inf"):
            raise InvalidParams(f"maxPrice is {self.max_price:g}; it is a finite number >= 0")
        return Overrides(
            origin=origin,
            regime=self.regime,
            tau=_checked_tau(self.tau),
            allow=_tuple(self.allow),
            deny=_tuple(self.deny),
            vendors=_tuple(self.vendors),
            max_price=self.max_price,
            cost_basis=self.cost_basis,
            unknown_models=self.unknown_models,
        )


def _checked_tau(tau: float | None) -> float | None:
    if tau is not None and not 0.0 <= tau <= 1.0:  # also rejects NaN
        raise InvalidParams(f"tau is {tau:g}; it lies in [0, 1] @ $.tau")
    return tau


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return tuple(values) if values else None
