"""Who set what a decision goes by, where that is not the built-in catalog (STYLE.md section 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.matcher import Decision
from hydra_auto.core.origin import LayerName, Origin

MOST_TOLD = 8
"""Models that are told one by one, the chosen one first."""

_GROUPS: Mapping[str, str] = {
    "price": "price",
    "long_price": "price of long prompts",
    "cost": "measured cost",
    "premium_multiplier": "premium multiplier",
    "capabilities": "levels",
}
_OF_ONE_CATALOG = (LayerName.BUILT_IN, LayerName.FILE)  # a file replaces all layers: nothing is mixed


def provenance_words(decision: Decision) -> list[str]:
    """Prices, costs and levels of eligible models that are not the built-in catalog's, with their places.

    One line a model, the chosen one first, at most ``MOST_TOLD``; then how many more there are.
    """
    eligible = [c for c in decision.candidates if c.eligible]
    eligible.sort(key=lambda c: c is not decision.chosen)
    told = [f"{c.model.name}: {'; '.join(words)}" for c in eligible if (words := list(_told(c.model)))]
    more = len(told) - MOST_TOLD
    rest = [f"{more} more have prices, costs or levels that are not built-in"] if more > 0 else []
    return told[:MOST_TOLD] + rest


def _told(model: ModelEntry) -> Iterator[str]:
    found: dict[str, dict[LayerName, Origin]] = {}
    for key, origin in model.origins.items():
        group = _GROUPS.get(key.partition(".")[0])
        if group is not None and origin.layer not in _OF_ONE_CATALOG:
            found.setdefault(group, {}).setdefault(origin.layer, origin)
    for group in _GROUPS.values():
        if group in found:
            yield f"{group} set in {' and '.join(str(origin) for origin in found[group].values())}"
