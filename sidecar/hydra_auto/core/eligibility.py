"""Hard gates, before any number of the encoder counts (DESIGN.md section 2). Every gate has a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from hydra_auto.core.availability import find_available
from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.policy import ResolvedPolicy
from hydra_auto.core.request import AvailableModel, RoutingRequest

ANSWER_RESERVE_TOKENS = 4_096
"""Room in the context window kept free for the answer (or the model's own limit, if that is smaller)."""


class Gate(Enum):
    """Why a model may not be chosen, whatever the request requires."""

    DISABLED = "disabled"
    DENIED = "denied"
    NOT_ALLOWED = "not-allowed"
    VENDOR = "vendor-not-allowed"
    NOT_AVAILABLE = "not-available"
    VETOED = "vetoed"
    IMAGES = "no-images"
    TOOLS = "no-tools"
    CONTEXT = "context-too-long"
    PRICE = "too-dear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ineligible:
    """The first gate that a model failed, in words."""

    gate: Gate
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligible:
    """The model may be chosen; ``target`` is what VS Code calls it, None outside VS Code."""

    target: AvailableModel | None


def named(model: ModelEntry, patterns: tuple[str, ...]) -> bool:
    """Whether the model's id is one of ``patterns`` (``*`` and ``?`` as in file names; case counts not)."""
    return any(fnmatchcase(model.id.lower(), pattern.lower()) for pattern in patterns)


def check(model: ModelEntry, request: RoutingRequest, policy: ResolvedPolicy) -> Eligible | Ineligible:
    """Pass ``model`` through all gates; the first that it fails is the reason."""
    vetoed = {(veto.vendor, veto.id) for veto in request.vetoed}
    usable = [offer for offer in request.available or () if (offer.vendor, offer.id) not in vetoed]
    target = find_available(model, usable, policy.vendors)
    refusal = (
        _by_choice(model, policy)
        or _by_availability(model, request, policy.vendors, target)
        or _by_need(model, request, target)
        or _by_price(model, policy)
    )
    return refusal or Eligible(target=target)


def _by_choice(model: ModelEntry, policy: ResolvedPolicy) -> Ineligible | None:
    if not model.enabled:
        origin = model.origins.get("enabled")
        where = f" in {origin}" if origin else ""
        return Ineligible(gate=Gate.DISABLED, text=f"switched off{where}")
    if named(model, policy.deny):
        return Ineligible(gate=Gate.DENIED, text="on the deny list")
    if not all(named(model, allowed) for allowed in policy.allow):
        return Ineligible(gate=Gate.NOT_ALLOWED, text="not on the allow list")
    if policy.vendors is not None and not _vendors(model) & set(policy.vendors):
        allowed = ", ".join(policy.vendors) or "nobody: the restrictions do not overlap"
        return Ineligible(gate=Gate.VENDOR, text=f"none of its vendors is allowed ({allowed})")
    return None


def _vendors(model: ModelEntry) -> set[str]:
    return {match.vendor for match in model.match} or {model.id.partition("/")[0]}


def _by_availability(
    model: ModelEntry, request: RoutingRequest, vendors: tuple[str, ...] | None, target: AvailableModel | None
) -> Ineligible | None:
    if request.available is None or target is not None:
        return None
    vetoes = {(veto.vendor, veto.id): veto.reason for veto in request.vetoed}
    if refused := find_available(model, request.available, vendors):
        reason = vetoes[refused.vendor, refused.id]
        return Ineligible(gate=Gate.VETOED, text=f"set aside for now: {reason}")
    return Ineligible(gate=Gate.NOT_AVAILABLE, text="VS Code does not offer it now")


def _by_need(model: ModelEntry, request: RoutingRequest, target: AvailableModel | None) -> Ineligible | None:
    if request.needs_images and not model.images:
        return Ineligible(gate=Gate.IMAGES, text="the request has an image, the model reads none")
    if request.needs_tools and not model.tools:
        return Ineligible(gate=Gate.TOOLS, text="the request offers tools, the model calls none")
    reserve = min(model.max_output_tokens, ANSWER_RESERVE_TOKENS)
    room = model.context_window - reserve
    if target is not None and target.max_input_tokens > 0:
        room = min(room, target.max_input_tokens)
    if request.context_tokens > room:
        return Ineligible(
            gate=Gate.CONTEXT,
            text=f"{request.context_tokens:,} context tokens needed, {max(room, 0):,} offered",
        )
    return None


def _by_price(model: ModelEntry, policy: ResolvedPolicy) -> Ineligible | None:
    if policy.max_price is not None and model.price.output > policy.max_price:
        return Ineligible(
            gate=Gate.PRICE,
            text=f"output costs {model.price.output:g} USD per million tokens, limit {policy.max_price:g}",
        )
    return None
