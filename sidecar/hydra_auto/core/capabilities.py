"""The four capabilities; their order is the head order of the encoder (DESIGN.md section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class Capability(Enum):
    """What a request may need and a model may offer. Iteration order is the encoder's head order."""

    REASONING = "reasoning"
    CODE_GENERATION = "code_generation"
    DEBUGGING = "debugging"
    TOOL_USE = "tool_use"

    __hash__ = object.__hash__  # as good, since members are singletons; Enum's is a slow call in Python


CAPABILITIES = tuple(Capability)
"""The same, for loops that run for every model: going through an enum is slow."""

Levels = Mapping[Capability, float]
"""One level in [0, 1] per capability, on the scale of the requirement rubric."""


def levels(values: Mapping[Capability, float], what: str = "level") -> Levels:
    """Read-only copy of ``values`` in capability order, checked.

    Args:
        values: One number per capability.
        what: What the numbers are, for the error message.

    Raises:
        ValueError: A capability is missing, or a number is outside [0, 1] or NaN.
    """
    if set(values) != set(Capability):
        raise ValueError(f"{what} must name all of {[c.value for c in Capability]}")
    for capability, level in values.items():
        if not 0.0 <= level <= 1.0:  # also rejects NaN
            raise ValueError(f"{what} of {capability.value} is {level}; it lies in [0, 1]")
    return MappingProxyType({c: float(values[c]) for c in Capability})
