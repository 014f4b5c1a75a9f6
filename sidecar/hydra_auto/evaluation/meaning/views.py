"""What ``eval meaning`` holds against failures, and the ablations. No number has a parameter to fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability

Array = Any  # float64

RequirementView = Callable[[Array], Array]
ShortfallView = Callable[[Array, Array], Array]


def _head(k: int) -> RequirementView:
    return lambda required: required[:, k]


def _largest(required: Array) -> Array:
    return required.max(1)


def _mean(required: Array) -> Array:
    return required.mean(1)


def _alone(view: RequirementView) -> ShortfallView:
    return lambda required, offered: np.repeat(view(required)[:, None], len(offered), 1)


def _without(k: int, view: RequirementView) -> RequirementView:
    return lambda required: view(np.delete(required, k, 1))


def _shortfall(required: Array, offered: Array) -> Array:
    """Mean of max(0, r - c) over heads: the router's equation with equal weights."""
    return np.maximum(0.0, required[:, None, :] - offered[None, :, :]).mean(2)


def _shortfall_without(k: int) -> ShortfallView:
    return lambda required, offered: _shortfall(np.delete(required, k, 1), np.delete(offered, k, 1))


def _single(view: RequirementView) -> ShortfallView:
    """K = 1: one requirement against one level."""
    return lambda required, offered: _shortfall(view(required)[:, None], offered.mean(1, keepdims=True))


REQUIREMENT_VIEWS: Final[Mapping[str, RequirementView]] = {
    **{c.value: _head(k) for k, c in enumerate(Capability)},
    "largest": _largest,
    "mean": _mean,
    **{f"largest without {c.value}": _without(k, _largest) for k, c in enumerate(Capability)},
    **{f"mean without {c.value}": _without(k, _mean) for k, c in enumerate(Capability)},
}
"""A number in [0, 1] a problem, float64 [problems], of requirements [problems, 4]."""

SHORTFALL_VIEWS: Final[Mapping[str, ShortfallView]] = {
    "shortfall": _shortfall,
    **{f"shortfall without {c.value}": _shortfall_without(k) for k, c in enumerate(Capability)},
    "K=1, largest": _single(_largest),
    "K=1, mean": _single(_mean),
    "difference r - c": lambda required, offered: (required[:, None, :] - offered[None, :, :]).mean(2),
    "largest requirement alone": _alone(_largest),
    **{f"{c.value} alone": _alone(_head(k)) for k, c in enumerate(Capability)},
    "profile alone": lambda required, offered: np.repeat(1 - offered.mean(1)[None, :], len(required), 0),
}
"""A number a problem and model, float64 [problems, models].

Made of requirements [problems, 4] and profiles [models, 4].
"""

FULL: Final = "shortfall"
"""The router's own view, which the other shortfall views are compared with."""
