"""Samples that look like the whole: sorted by what matters, every so many-th is taken; and own generators."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def evenly(items: Sequence[T], limit: int, order: Callable[[T], Any], seed: int) -> list[T]:
    """At most ``limit`` of ``items``, in their order: from every stratum in proportion to its size.

    Args:
        items: To choose from.
        limit: At most so many; 0 for all.
        order: Sort key of an item; items of one key are a stratum, drawn from at random.
        seed: Of the drawing.
    """
    if not limit or limit >= len(items):
        return list(items)
    rng = random.Random(seed)  # noqa: S311 - sampling, not secrets
    keys = [(order(item), rng.random(), i) for i, item in enumerate(items)]
    ranked = [i for _, _, i in sorted(keys)]
    start = rng.random()
    return [items[i] for i in sorted(ranked[int((k + start) * len(ranked) / limit)] for k in range(limit))]


def generator_of(*names: object) -> random.Random:
    """A generator of its own: the same for the same names, whatever else is drawn."""
    digest = hashlib.sha256("/".join(str(name) for name in names).encode()).digest()
    return random.Random(digest)  # noqa: S311 - wording and sampling, not secrets
