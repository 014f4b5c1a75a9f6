"""The shortfall equation, alone, so that a reader can hold it against the paper."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hydra_auto.core.capabilities import CAPABILITIES, Capability, Levels


def normalised(weights: Mapping[Capability, float]) -> Mapping[Capability, float]:
    """``weights`` divided by their sum, so that they add up to 1.

    Args:
        weights: One finite number >= 0 per capability, at least one above 0.
    """
    total = sum(weights.values())
    return MappingProxyType({c: weights[c] / total for c in CAPABILITIES})


def gaps(required: Levels, offered: Levels) -> Levels:
    """Unmet requirement per capability: ``max(0, r_k - c_mk)``, each in [0, 1], unweighted."""
    return MappingProxyType({c: max(0.0, required[c] - offered[c]) for c in CAPABILITIES})


def shortfall(unmet: Levels, weights: Mapping[Capability, float]) -> float:
    """Total unmet requirement of one request for one model, in [0, 1]; 0 means nothing is missing.

    ``s_m = sum_k w_k * max(0, r_k - c_mk)`` with ``w >= 0`` and ``sum_k w_k = 1`` (HyDRA, arXiv
    2605.17106; DESIGN.md section 1). Surplus in one capability never pays for a gap in another.
    A model is within tau when ``s_m <= tau``: tau is inclusive.

    Args:
        unmet: The gaps of the model.
        weights: Normalised weights.
    """
    return sum(weights[c] * unmet[c] for c in CAPABILITIES)
