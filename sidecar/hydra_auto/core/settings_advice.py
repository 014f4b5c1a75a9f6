"""What is not wrong with the user's settings, yet does nothing: likely a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hydra_auto.core.catalog import Catalog
from hydra_auto.core.eligibility import vendors_of
from hydra_auto.core.fallback import called
from hydra_auto.core.layer_values import MOST_HINTS
from hydra_auto.core.patterns import names_model
from hydra_auto.core.policy_problems import names_no_vendor, names_nobody, vendors_named
from hydra_auto.core.request import AvailableModel, Overrides
from hydra_auto.core.unknown import with_estimates


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlePattern:
    """An entry of a list that means no model: which setting it is in, and a sentence for people."""

    setting: str
    pattern: str
    text: str


def written_patterns(settings: Iterable[Overrides]) -> Iterator[tuple[str, str]]:
    """Every entry of an allow, deny or vendors list, with its setting's name before it."""
    for one in settings:
        for pattern in (*(one.allow or ()), *(one.deny or ()), *(one.vendors or ())):
            yield one.origin.path, pattern


def idle_patterns(
    settings: Iterable[Overrides], catalog: Catalog, offered: Sequence[AvailableModel]
) -> tuple[IdlePattern, ...]:
    """The entries of allow, deny and vendors lists in the settings that mean no model.

    Args:
        settings: Each with the setting's name as its origin's path.
        catalog: Models that are switched off or removed count, too.
        offered: What VS Code offers now; lists go by its names where the catalog has none.
    """
    known: list[tuple[tuple[str, ...], str | None]] = []
    known += (((str(m.id),), v) for m in with_estimates(catalog, offered).models for v in vendors_of(m))
    known += (((str(gone.id),), None) for gone in catalog.removed)
    known += ((called(offer), offer.vendor) for offer in offered)
    vendors = vendors_named(catalog) | {offer.vendor for offer in offered}
    found: list[IdlePattern] = []

    def add(setting: str, pattern: str, text: str) -> None:
        found.append(IdlePattern(setting=setting, pattern=pattern, text=text))

    for one in settings:
        setting = one.origin.path
        for pattern in (*(one.allow or ()), *(one.deny or ())):
            if not any(names_model(pattern, names, vendor) for names, vendor in known):
                add(setting, pattern, names_nobody(setting, pattern, catalog, hint=len(found) < MOST_HINTS))
        for vendor in one.vendors or ():
            if vendor not in vendors:
                add(setting, vendor, names_no_vendor(setting, vendor, vendors, hint=len(found) < MOST_HINTS))
    return tuple(found)
