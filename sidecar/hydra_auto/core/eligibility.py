"""Hard gates, before any number of the encoder counts (DESIGN.md section 2). Every gate has a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from hydra_auto.core.availability import all_available
from hydra_auto.core.catalog import ModelEntry, Price
from hydra_auto.core.patterns import names_model
from hydra_auto.core.policy import Limit, ResolvedPolicy
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


def check(model: ModelEntry, request: RoutingRequest, policy: ResolvedPolicy) -> Eligible | Ineligible:
    """Pass ``model`` through all gates; the first that it fails is the reason."""
    offered = all_available(model, request.available or ())
    permitted = [offer for offer in offered if _refusal(model, offer.vendor, policy, request) is None]
    vetoed = {(veto.vendor, veto.id) for veto in request.vetoed}
    target = next((offer for offer in permitted if (offer.vendor, offer.id) not in vetoed), None)
    refused = (
        _by_choice(model, request, policy)
        or _by_availability(model, request, policy, offered, permitted, target)
        or _by_need(model, request, target)
    )
    return refused or Eligible(target=target)


def _refusal(
    model: ModelEntry, vendor: str, policy: ResolvedPolicy, request: RoutingRequest
) -> Ineligible | None:
    return refusal(model, vendor, policy.limits, request.context_tokens)


def refusal(
    model: ModelEntry, vendor: str, limits: Iterable[Limit], prompt_tokens: int | None
) -> Ineligible | None:
    """Why the user's own rules keep ``model`` of ``vendor`` out of every choice; None if they do not.

    A price limit is held against what a prompt of ``prompt_tokens`` pays, or against the dearest if that is
    not known (None).
    """
    if not model.enabled:
        origin = model.origins.get("enabled")
        where = f" in {origin}" if origin else ""
        return Ineligible(gate=Gate.DISABLED, text=f"switched off{where}")
    found = (_refused_by(limit, model, vendor, prompt_tokens) for limit in limits)
    return next((one for one in found if one is not None), None)


def _refused_by(limit: Limit, model: ModelEntry, vendor: str, prompt_tokens: int | None) -> Ineligible | None:
    price = _output_price(model.price, prompt_tokens)
    called = (str(model.id),) if model.estimate is None else (str(model.id), *model.estimate.names)
    refused = limited(called, vendor, price, limit)
    if refused is not None or limit.by_workspace:
        return refused
    for other in model.reaches:
        if refused := limited(other.names, vendor, _output_price(other.price, prompt_tokens), limit):
            text = f"{refused.text}; a workspace calls or prices it otherwise, which does not count here"
            return Ineligible(gate=refused.gate, text=text)
    return None


def _output_price(price: Price | None, prompt_tokens: int | None) -> float | None:
    return None if price is None else price.output_of(prompt_tokens)


def limited(names: Sequence[str], vendor: str, price: float | None, limit: Limit) -> Ineligible | None:
    """Why one limit keeps a model out; None if it does not.

    Args:
        names: The id, and what else the model goes by.
        vendor: Through which it would be used.
        price: Of output, in USD per million tokens; None if unknown, which no price limit lets through.
        limit: The limit.
    """
    where = f"set in {limit.source}"
    if any(names_model(pattern, names, vendor) for pattern in limit.deny):
        return Ineligible(gate=Gate.DENIED, text=f"on the deny list {where}")
    if limit.allow and not any(names_model(pattern, names, vendor) for pattern in limit.allow):
        return Ineligible(gate=Gate.NOT_ALLOWED, text=f"not on the allow list {where}")
    if limit.vendors and vendor not in limit.vendors:
        allowed = ", ".join(limit.vendors)
        return Ineligible(gate=Gate.VENDOR, text=f"not of an allowed vendor ({allowed}; {where})")
    if limit.max_price is not None and (price is None or price > limit.max_price):
        cost = "is not known" if price is None else f"is {price:g} USD per million tokens"
        text = f"its output price {cost}, the limit is {limit.max_price:g} ({where})"
        return Ineligible(gate=Gate.PRICE, text=text)
    return None


def vendors_of(model: ModelEntry) -> tuple[str, ...]:
    """Vendors through which the model may be used, each once; its maker's name if it has no ``match``."""
    named = tuple(dict.fromkeys(match.vendor for match in model.match))
    return named or (str(model.id).partition("/")[0],)


def prompt_room(model: ModelEntry) -> int:
    """Tokens of the longest prompt that leaves room for an answer; below 0 in a window of less than that."""
    reserve = min(model.max_output_tokens, ANSWER_RESERVE_TOKENS)
    room = model.context_window - reserve
    return room if model.max_input_tokens is None else min(room, model.max_input_tokens)


def _by_choice(model: ModelEntry, request: RoutingRequest, policy: ResolvedPolicy) -> Ineligible | None:
    if model.enabled and not policy.limits:
        return None
    refusals = [_refusal(model, vendor, policy, request) for vendor in vendors_of(model)]
    return None if None in refusals else refusals[0]


def _by_availability(
    model: ModelEntry,
    request: RoutingRequest,
    policy: ResolvedPolicy,
    offered: Sequence[AvailableModel],
    permitted: Sequence[AvailableModel],
    target: AvailableModel | None,
) -> Ineligible | None:
    if request.available is None or target is not None:
        return None
    if permitted:
        vetoes = {(veto.vendor, veto.id): veto.reason for veto in request.vetoed}
        reason = vetoes[permitted[0].vendor, permitted[0].id]
        return Ineligible(gate=Gate.VETOED, text=f"set aside for now: {reason}")
    if offered:
        return _refusal(model, offered[0].vendor, policy, request)
    return Ineligible(gate=Gate.NOT_AVAILABLE, text="VS Code does not offer it now")


def _by_need(model: ModelEntry, request: RoutingRequest, target: AvailableModel | None) -> Ineligible | None:
    if request.needs_images and not model.images:
        return Ineligible(gate=Gate.IMAGES, text="the request has an image, the model reads none")
    if request.needs_tools and not model.tools:
        return Ineligible(gate=Gate.TOOLS, text="the request offers tools, the model calls none")
    room = prompt_room(model)
    if target is not None and target.max_input_tokens > 0:
        room = min(room, target.max_input_tokens)
    if request.context_tokens > room:
        return Ineligible(
            gate=Gate.CONTEXT,
            text=f"{request.context_tokens:,} context tokens needed, {max(room, 0):,} offered",
        )
    return None
