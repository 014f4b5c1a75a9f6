"""Which model of VS Code a catalog entry means (DESIGN.md section 3, ``match``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hydra_auto.core.catalog import ModelEntry, ModelMatch, RemovedModel
from hydra_auto.core.request import AvailableModel

# What vendors append to a family without making it another model.
_SUFFIX = re.compile(r"-(preview|latest|\d{4}-\d{2}-\d{2}|\d{4,8})$")


@lru_cache(maxsize=4096)  # a request compares each of its few families many times
def normal_family(family: str) -> str:
    """``family`` in one spelling: lower case, dashes for dots, no date and no ``-preview``."""
    name = family.strip().lower()
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return name.replace(".", "-")


def matches(match: ModelMatch, model: AvailableModel) -> bool:
    """Whether ``match`` names ``model``."""
    if match.vendor != model.vendor:
        return False
    if match.id is not None and match.id.lower() != model.id.lower():
        return False
    return match.family is None or normal_family(match.family) == normal_family(model.family)


def find_available(
    entry: ModelEntry, available: Iterable[AvailableModel], vendors: tuple[str, ...] | None = None
) -> AvailableModel | None:
    """The first available model that ``entry`` means, in the order of its ``match`` list.

    Args:
        entry: The catalog entry.
        available: What VS Code offers.
        vendors: Vendors that may be used; None means all.
    """
    offered = [model for model in available if vendors is None or model.vendor in vendors]
    return next(iter(all_available(entry, offered)), None)


def all_available(
    entry: ModelEntry | RemovedModel, available: Sequence[AvailableModel]
) -> list[AvailableModel]:
    """All available models that ``entry`` means, in the order of its ``match`` list."""
    return [
        model
        for match in entry.match
        for model in available
        if match.vendor == model.vendor and matches(match, model)  # most fail by vendor: no call for them
    ]
