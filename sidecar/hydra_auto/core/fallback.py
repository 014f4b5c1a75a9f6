"""Whom a request may not go to even where no decision was made: the user's rules hold for fallbacks, too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from hydra_auto.core.availability import matches
from hydra_auto.core.catalog import Catalog, ModelEntry, ModelMatch, RemovedModel
from hydra_auto.core.eligibility import Gate, limited, refusal
from hydra_auto.core.policy import ResolvedPolicy
from hydra_auto.core.request import AvailableModel, RoutingRequest
from hydra_auto.core.routing_policy import UnknownModels

Entry = TypeVar("Entry", ModelEntry, RemovedModel)
_IGNORED = "the catalog does not name it, and such models are ignored (unknown_models)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """A model that VS Code offers and the user's rules keep out, with the reason in words.

    Attributes:
        ignored: Only because the catalog does not name it: as a default model that the user names it may
            be used all the same.
        by_settings: Only settings of the editor bar it: once they are lifted, nothing does.
    """

    model: AvailableModel
    reason: str
    ignored: bool = False
    by_settings: bool = False


class Bars(NamedTuple):
    """Whom no fallback may use.

    Attributes:
        here: Under the rules for the request's files.
        anywhere: Under the rules for all files, at the price of long prompts where that is the dearer one:
            for a later request that cannot be asked about.
    """

    here: tuple[Barred, ...] = ()
    anywhere: tuple[Barred, ...] = ()


def bars(request: RoutingRequest, catalog: Catalog, policy: ResolvedPolicy) -> Bars:
    """Whom no fallback may use, for this request and for later ones."""
    here = _barred(request, catalog, policy, request.context_tokens)
    if not policy.elsewhere and all(limit.max_price is None for limit in policy.limits):
        return Bars(here, here)
    anywhere = replace(policy, limits=policy.limits + policy.elsewhere)
    return Bars(here, _barred(request, catalog, anywhere, None))


def _barred(
    request: RoutingRequest, catalog: Catalog, policy: ResolvedPolicy, prompt_tokens: int | None
) -> tuple[Barred, ...]:
    """The offered models that no rule-abiding fallback may use, in the order of the offer.

    What the request needs plays no part: a fallback may have to do with a model that lacks something.
    A model that the catalog does not name goes by its vendor, family and id in allow and deny lists, and
    has no known price.
    """
    unset = replace(policy, limits=tuple(limit for limit in policy.limits if not limit.by_settings))
    ignoring = policy.unknown_models is UnknownModels.IGNORE
    found: list[Barred] = []
    for offer in request.available or ():
        if reason := _reason(offer, catalog, policy, prompt_tokens):
            left = _reason(offer, catalog, unset, prompt_tokens) or (ignoring and not names(offer, catalog))
            found.append(Barred(model=offer, reason=reason, by_settings=not left))
        elif ignoring and not names(offer, catalog):
            found.append(Barred(model=offer, reason=_IGNORED, ignored=True))
    return tuple(found)


def names(offer: AvailableModel, catalog: Catalog) -> bool:
    """Whether the catalog, or what was taken out of it, names an offered model."""
    return bool(_models(offer, catalog) or _removed(offer, catalog))


def called(offer: AvailableModel) -> tuple[str, ...]:
    """What allow and deny lists may call a model that the catalog does not name."""
    return (f"{offer.vendor}/{offer.id}", f"{offer.vendor}/{offer.family}", offer.id, offer.family)


def _reason(
    offer: AvailableModel, catalog: Catalog, policy: ResolvedPolicy, prompt_tokens: int | None
) -> str:
    for removed in _removed(offer, catalog):
        return f"removed from the catalog in {removed.origin}"
    entries = _models(offer, catalog)
    if not entries:
        refusals = [limited(called(offer), offer.vendor, None, limit) for limit in policy.limits]
        return next((one.text for one in refusals if one is not None), "")
    found = [refusal(model, offer.vendor, policy.limits, prompt_tokens) for model in entries]
    explicit = [one for one in found if one is not None and one.gate in (Gate.DENIED, Gate.DISABLED)]
    if explicit:
        return explicit[0].text
    return "" if None in found else next(one.text for one in found if one is not None)


def _removed(offer: AvailableModel, catalog: Catalog) -> list[RemovedModel]:
    return _meaning(offer, ((model, model.match) for model in catalog.removed))


def _models(offer: AvailableModel, catalog: Catalog) -> list[ModelEntry]:
    return _meaning(offer, ((model, model.match + model.lost) for model in catalog.models))


def _meaning(offer: AvailableModel, entries: Iterable[tuple[Entry, tuple[ModelMatch, ...]]]) -> list[Entry]:
    """The entries that mean ``offer``, each once."""
    found = {
        entry.id: entry
        for entry, known in entries
        for match in known
        if match.vendor == offer.vendor and matches(match, offer)  # most fail by vendor: no call for them
    }
    return list(found.values())
