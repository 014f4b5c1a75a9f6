"""Regimes: named values of tau, each with an intent (DESIGN.md section 1)."""

from __future__ import annotations

from enum import Enum


class Regime(Enum):
    """How much shortfall is accepted to save money."""

    QUALITY = "quality"
    BALANCED = "balanced"
    ECONOMY = "economy"

    @property
    def tau(self) -> float:
        """Largest weighted shortfall still accepted, in [0, 1]; inclusive."""
        return _TAU[self]


# With equal weights, a model may be 0.02, 0.10 or 0.24 short in a single capability.
_TAU = {Regime.QUALITY: 0.005, Regime.BALANCED: 0.025, Regime.ECONOMY: 0.06}
