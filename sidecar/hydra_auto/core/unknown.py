"""Models that VS Code offers and the catalog does not name: estimated from the nearest known one.

Family and version are read out of the names that VS Code gives (``claude-sonnet-6``, ``qwen3-coder:14b``).
The profile is that of the relative less a stated discount; the price counts only through the same vendor.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from hydra_auto.core.availability import all_available, normal_family
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import (
    CapabilityProfile,
    Catalog,
    Estimate,
    ModelEntry,
    ModelId,
    ModelMatch,
    Namesake,
    RemovedModel,
)
from hydra_auto.core.fallback import called, names
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.core.routing_policy import UnknownModels
from hydra_auto.core.unseen import EMOJI_STYLES, is_unseen

SAME_MODEL = 0.02
"""Discount in level for the same family and version from another vendor: it may be cut down there."""
NEWER_VERSION = 0.05
"""For a version after the known one: likely better, but nobody has measured it."""
OLDER_VERSION = 0.10
"""For a version before the known one."""
OTHER_WORD = 0.08
"""For each word by which the names differ, such as ``mini`` or ``coder``."""
HALF_SIZE = 0.06
"""For each halving of the parameters, where both names tell them."""
MOST_DIFFERENT_WORDS = 1
_LONGEST_NAME = 200

_WORD = re.compile(r"[a-z]+|\d+(?:[.-]\d+)*")
_SIZE = re.compile(r"(?<![a-z0-9])(\d+(?:\.\d+)?)b(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class _Name:
    """A model's name taken apart."""

    words: frozenset[str]
    first: str
    version: tuple[int, ...]
    billions: float | None


def with_estimates(
    catalog: Catalog,
    available: Iterable[AvailableModel] | None,
    unknown: UnknownModels = UnknownModels.ESTIMATE,
) -> Catalog:
    """``catalog`` as it counts for one offer.

    Each offered model that it lacks gets an estimated entry, if it has a relative; a removed model is
    recognised from other vendors, too; and what a workspace alone names is held to what it would be
    without the workspace.

    Args:
        catalog: All layers merged.
        available: What VS Code offers.
        unknown: With ``ignore`` nothing is estimated, and a workspace does not name anything new either.
    """
    offers = tuple(available or ())
    removed = tuple(_recognised(gone, offers, catalog) for gone in catalog.removed)
    own = catalog.own
    alone = {} if own is None else {o: estimate(o, own) for o in offers if not names(o, own)}
    models = tuple(_held_back(model, alone, catalog, unknown) for model in catalog.models)
    estimating = unknown is UnknownModels.ESTIMATE
    found = tuple(entry for _, entry in estimates(offers, catalog) if entry is not None) if estimating else ()
    if not found and models == catalog.models and removed == catalog.removed:
        return catalog
    return replace(catalog, models=(*models, *found), removed=removed)


def estimates(
    offers: Iterable[AvailableModel], catalog: Catalog
) -> Iterator[tuple[AvailableModel, ModelEntry | None]]:
    """Each offered model that the catalog lacks with its estimated entry, or None if it has no relative."""
    taken = {model.id for model in catalog.models} | {gone.id for gone in catalog.removed}
    for offer in {(offer.vendor, offer.id.lower()): offer for offer in offers}.values():
        if names(offer, catalog):
            continue
        entry = _without_workspace(offer, estimate(offer, catalog), catalog)
        if entry is not None and entry.id in taken:  # by one before, or by a workspace
            free = (ModelId(f"{entry.id}-{number}") for number in itertools.count(2))
            entry = replace(entry, id=next(one for one in free if one not in taken))
        if entry is not None:
            taken.add(entry.id)
        yield offer, entry


def estimate(offer: AvailableModel, catalog: Catalog) -> ModelEntry | None:
    """An entry for a model that the catalog does not name, or None if it has no relative there."""
    family = _family(offer)
    if family is None or any(_is_of(gone, offer) for gone in catalog.removed):
        return None  # the latter from another vendor, but taken out all the same
    rated = [
        (_distance(family, own, discount), str(model.id), discount, model)
        for model in catalog.models
        if model.estimate is None and not _of_workspace(model)
        for own in _names_of(model)
        if (discount := _discount(family, own)) is not None
    ]
    if not rated:
        return None
    _, _, discount, relative = min(rated, key=lambda row: row[:2])
    levels = {c: round(max(0.0, relative.capabilities.levels[c] - discount), 3) for c in Capability}
    same_vendor = any(match.vendor == offer.vendor for match in relative.match)
    # Ollama offers models of its cloud beside those on this machine, which cost nothing.
    same_price = same_vendor and _in_cloud(offer.id) == any(
        _in_cloud(name) for match in relative.match for name in (match.id, match.family) if name
    )
    entry_id = ModelId(f"{str(relative.id).partition('/')[0]}/{_slug(offer)}")
    return ModelEntry(
        id=entry_id,
        name=_visible(offer.name) or _visible(offer.id) or str(relative.id),
        match=(ModelMatch(vendor=offer.vendor, id=offer.id),),
        price=relative.price if same_price else None,
        premium_multiplier=relative.premium_multiplier if same_price else None,
        capabilities=CapabilityProfile(levels=levels),
        context_window=max(relative.context_window, offer.max_input_tokens),
        max_input_tokens=offer.max_input_tokens or relative.max_input_tokens,
        max_output_tokens=relative.max_output_tokens,
        images=relative.images,
        tools=relative.tools,
        enabled=relative.enabled or discount > SAME_MODEL,
        estimated=True,
        estimate=Estimate(
            relative=relative.id,
            relative_name=relative.name,
            discount=discount,
            same_model=discount <= SAME_MODEL,
            names=(*called(offer), *((str(relative.id),) if discount <= SAME_MODEL else ())),
        ),
        reaches=tuple(
            Namesake(names=(str(entry_id), *own.names), price=own.price if same_price else None)
            for own in relative.reaches
        ),
        origins=MappingProxyType({}),
    )


def _recognised(gone: RemovedModel, offers: Sequence[AvailableModel], catalog: Catalog) -> RemovedModel:
    """A removed model that also means the same model from other vendors, unless the catalog names that."""
    others = (offer for offer in offers if _is_of(gone, offer) and not names(offer, catalog))
    found = tuple(ModelMatch(vendor=offer.vendor, id=offer.id) for offer in others)
    return replace(gone, match=gone.match + found) if found else gone


def _held_back(
    model: ModelEntry,
    alone: Mapping[AvailableModel, ModelEntry | None],
    catalog: Catalog,
    unknown: UnknownModels,
) -> ModelEntry:
    """A model that a workspace has mean offers which the user's own layers do not name.

    The user's limits look at what those would be called and cost without the workspace. It is out if one
    of them would be: ignored, switched off or removed.

    Args:
        model: All layers merged.
        alone: Those offers, with the estimates that the user's own layers make of them.
        catalog: The model's.
        unknown: What becomes of models that the user's own layers do not name.
    """
    new = dict.fromkeys(all_available(model, tuple(alone))) if alone and _of_workspace(model) else {}
    if not new:
        return model
    out = (
        unknown is UnknownModels.IGNORE
        or any(entry is not None and not entry.enabled for entry in map(alone.get, new))
        or any(_is_of(gone, offer) for gone in catalog.removed for offer in new)
    )
    known_as = tuple(_namesake(offer, alone[offer]) for offer in new)
    return replace(model, enabled=model.enabled and not out, reaches=model.reaches + known_as)


def _without_workspace(
    offer: AvailableModel, entry: ModelEntry | None, catalog: Catalog
) -> ModelEntry | None:
    """An estimate that is also held to what the user's own layers alone would make of the offer."""
    alone = None if catalog.own is None or names(offer, catalog.own) else estimate(offer, catalog.own)
    if alone is None:
        return entry
    if entry is None:  # a workspace took its relatives away, or the model itself
        return None if any(_is_of(gone, offer) for gone in catalog.removed) else alone
    reaches = (*entry.reaches, _namesake(offer, alone))
    return replace(entry, enabled=entry.enabled and alone.enabled, reaches=reaches)


def _namesake(offer: AvailableModel, entry: ModelEntry | None) -> Namesake:
    """What an offered model is called, and costs, with the estimate that the user's own layers make of it."""
    if entry is None or entry.estimate is None:
        return Namesake(names=called(offer), price=None)
    return Namesake(names=(str(entry.id), *entry.estimate.names), price=entry.price)


def _of_workspace(model: ModelEntry) -> bool:
    """Whether a workspace says what the model is called: relatives of it are none of the user's choice."""
    origin = model.origins.get("match") or model.origins.get("id")
    return origin is not None and origin.layer is LayerName.WORKSPACE


def _in_cloud(name: str) -> bool:
    return name.lower().endswith((":cloud", "-cloud"))


def nameable(offer: AvailableModel) -> bool:
    """Whether a catalog file can name the model, which takes an id without unseen characters."""
    return all(_visible(text) == text for text in (offer.vendor, offer.id))


def _visible(text: str) -> str:
    """The text without characters that a catalog refuses: extensions name their models as they like."""
    kept = "".join(c for c in text if not is_unseen(c))
    return kept.strip()[:_LONGEST_NAME]


def _slug(offer: AvailableModel) -> str:
    called = f"{_visible(offer.id.rpartition('/')[2])}@{_visible(offer.vendor)}"
    return re.sub(rf"[\s*?{EMOJI_STYLES}]+", "-", called)[: _LONGEST_NAME - 50]


def _names_of(model: ModelEntry) -> list[_Name]:
    texts = {str(model.id).partition("/")[2]}
    texts |= {name for match in model.match for name in (match.family, match.id) if name}
    return [name for text in sorted(texts) if (name := _parts(text)) is not None]


def _family(offer: AvailableModel) -> _Name | None:
    return _parts(offer.family or offer.id) or _parts(offer.id)


def _is_of(gone: RemovedModel, offer: AvailableModel) -> bool:
    """Whether an offered model is, by family and version, the one that was removed."""
    family = _family(offer)
    return family is not None and family == _parts(str(gone.id).partition("/")[2])


@lru_cache(maxsize=4096)  # each offer is held against every model
def _parts(text: str) -> _Name | None:
    plain = normal_family(text[:_LONGEST_NAME].rpartition("/")[2])
    size = _SIZE.search(plain)
    parts = _WORD.findall(_SIZE.sub("", plain))
    words = [part for part in parts if part[0].isalpha() and part not in ("latest", "preview", "instruct")]
    if not words:
        return None
    version = tuple(int(n[:9]) for part in parts if part[0].isdigit() for n in re.split(r"[.-]", part))
    return _Name(frozenset(words), words[0], version[:4], float(size[1]) if size else None)


def _discount(offered: _Name, known: _Name) -> float | None:
    """How much to take off the known model's levels; None if it is no relative."""
    different = len(offered.words ^ known.words)
    if offered.first != known.first or different > MOST_DIFFERENT_WORDS:
        return None
    discount = SAME_MODEL + OTHER_WORD * different
    if offered.version != known.version:
        discount += (NEWER_VERSION if offered.version > known.version else OLDER_VERSION) - SAME_MODEL
    if offered.billions and known.billions and offered.billions < known.billions:
        discount += HALF_SIZE * math.log2(known.billions / offered.billions)
    return round(discount, 2)


def _distance(offered: _Name, known: _Name, discount: float) -> tuple[float, ...]:
    """Smallest for the nearest relative.

    That is one of the same family, then of the same version, then with the least discount, then of the
    nearest version, then of the nearest size.
    """
    apart = abs(_place(offered.version) - _place(known.version))
    size = abs(math.log2((offered.billions or 1) / (known.billions or 1)))
    return (offered.words != known.words, offered.version != known.version, discount, apart, size)


def _place(version: tuple[int, ...]) -> float:
    """Where a version lies among all versions: 5.10 is next to 5.9, and 6 nearer to 5.5 than to 5."""
    return sum(min(part, 999) * 0.001**place for place, part in enumerate(version))
