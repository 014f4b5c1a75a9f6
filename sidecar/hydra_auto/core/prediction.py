"""What the encoder says about one text."""

from __future__ import annotations

from dataclasses import dataclass

from hydra_auto.core.capabilities import Levels, levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Predicted requirement of one text, per capability.

    Attributes:
        requirements: One number in [0, 1] per capability.
        tokens: Tokens of the whole text, special tokens included.
        truncated: The text was longer than the encoder's window; only a part of it was read.
    """

    requirements: Levels
    tokens: int
    truncated: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "requirements", levels(self.requirements, "requirement"))
