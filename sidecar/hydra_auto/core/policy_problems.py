"""What is wrong with the limits of a merged catalog: entries that mean nobody, and none left to choose."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hydra_auto.core.catalog import Catalog, ModelEntry, RemovedModel
from hydra_auto.core.eligibility import vendors_of
from hydra_auto.core.fallback import called
from hydra_auto.core.layer_values import MOST_HINTS, Problem, Severity, did_you_mean, problem_at
from hydra_auto.core.patterns import VENDOR_PREFIX, admitted, names_model
from hydra_auto.core.request import AvailableModel


def policy_problems(catalog: Catalog, offered: Sequence[AvailableModel] = ()) -> list[Problem]:
    """Patterns that name no model, and switches, lists or a price limit that leave none to choose.

    Args:
        catalog: All layers merged.
        offered: What VS Code offers, where that is known: lists may go by its names.
    """
    problems: list[Problem] = []
    policy = catalog.routing
    known = catalog.models
    lists = [(key, getattr(policy, key), policy.origins.get(key)) for key in ("allow", "deny")]
    for rule in policy.rules:
        lists += [("allow", rule.allow, rule.origin), ("deny", rule.deny, rule.origin)]
    for key, patterns, origin in lists:
        for pattern in patterns:
            means_one = (
                any(names_model(pattern, (m.id,), v) for m in known for v in vendors_of(m))
                or any(names_model(pattern, (model.id,), None) for model in catalog.removed)
                or any(names_model(pattern, called(offer), offer.vendor) for offer in offered)
            )
            if origin and not means_one:
                message = names_nobody(key, pattern, catalog, hint=len(problems) < MOST_HINTS)
                problems.append(problem_at(origin, message, Severity.WARNING))
    problems += _unknown_vendors(catalog, {offer.vendor for offer in offered})
    left = [model for model in catalog.models if model.enabled]
    if not known and catalog.removed:
        reason = "no model can be chosen: all are removed (remove: true)"
        return [*problems, problem_at(catalog.removed[-1].origin, reason)]
    if not left:
        place = catalog.models[0].origins.get("enabled", catalog.models[0].origins["id"])
        return [*problems, problem_at(place, "no model can be chosen: all are switched off (enabled: false)")]
    left = [model for model in left if admitted(model.id, vendors_of(model), policy.allow, policy.deny)]
    if not left:
        place = policy.origins["allow" if policy.allow else "deny"]
        reason = "no model can be chosen: allow and deny leave none that is enabled"
        return [*problems, problem_at(place, reason)]
    limit = policy.max_price
    prices = [model.price.output for model in left if model.price is not None]
    if limit is not None and all(price > limit for price in prices):
        cheapest = f"the cheapest output price {min(prices):g}" if prices else "and no price is known"
        reason = f"no model can be chosen: max_price is {limit:g}, {cheapest}"
        return [*problems, problem_at(policy.origins["max_price"], reason)]
    return problems


def _unknown_vendors(catalog: Catalog, offering: set[str]) -> list[Problem]:
    """Entries of ``vendors`` that no match names and nobody offers; they are compared exactly."""
    policy = catalog.routing
    lists = [(policy.vendors, policy.origins.get("vendors"))]
    lists += [(rule.vendors, rule.origin) for rule in policy.rules]
    known = vendors_named(catalog) | offering
    unknown = [(vendor, at) for vendors, at in lists if at for vendor in vendors if vendor not in known]
    return [
        problem_at(at, names_no_vendor("vendors", vendor, known, hint=n < MOST_HINTS), Severity.WARNING)
        for n, (vendor, at) in enumerate(unknown)
    ]


def vendors_named(catalog: Catalog) -> set[str]:
    """Every vendor that a match of the catalog names."""
    entries: list[ModelEntry | RemovedModel] = [*catalog.models, *catalog.removed]
    return {match.vendor for entry in entries for match in entry.match if match.vendor is not None}


def names_no_vendor(place: str, vendor: str, known: Collection[str], *, hint: bool) -> str:
    """What is to be said of an entry of ``vendors`` that no match names; see ``names_nobody``."""
    same = next((other for other in known if other.lower() == vendor.lower()), "") if hint else ""
    meant = f" Did you mean {same!r}?" if same else did_you_mean(vendor, known) if hint else ""
    return f"{place} names {vendor!r}, which no match of the catalog names.{meant}"


def names_nobody(place: str, pattern: str, catalog: Catalog, *, hint: bool) -> str:
    """What is to be said of a pattern that means no model.

    Args:
        place: Where it is written, in words.
        pattern: An entry of an allow or deny list.
        catalog: The models that there are.
        hint: Add the likely spelling, which takes a while.
    """
    if pattern.strip().lower().startswith(VENDOR_PREFIX):
        what = "a vendor"
        vendors = sorted({vendor for model in catalog.models for vendor in vendors_of(model)})
        spellings = [f"{VENDOR_PREFIX}{vendor}" for vendor in vendors]
    else:
        what = "an id"
        spellings = [
            *(str(model.id) for model in catalog.models),
            *(str(gone.id) for gone in catalog.removed),
        ]
    known = did_you_mean(pattern, spellings) if hint else ""
    return f"{place} names {pattern!r}, but no model has such {what}.{known}"
