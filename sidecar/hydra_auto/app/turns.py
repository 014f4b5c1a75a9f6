"""Remembering which model a turn has, so that all steps of one agent turn keep it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType

from hydra_auto.core.catalog import ModelId
from hydra_auto.core.prediction import Prediction

TurnKey = NewType("TurnKey", bytes)


def turn_key(conversation_id: str | None, texts: Iterable[str]) -> TurnKey:
    """Digest of the user's words so far. The words themselves are not kept."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (conversation_id or "", *texts):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return TurnKey(digest.digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What was decided at a turn's first step, and how far its newest step got.

    Attributes:
        context_tokens: What the model read in the newest step.
        at: When that was, in seconds of the service's clock.
    """

    model_id: ModelId
    prediction: Prediction | None
    context_tokens: int = 0
    at: float = 0.0


class TurnMemory:
    """The newest ``capacity`` turns, in memory only."""

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._turns: OrderedDict[TurnKey, Turn] = OrderedDict()

    def find(self, key: TurnKey) -> Turn | None:
        """What the turn has, if it is still remembered."""
        return self._turns.get(key)

    def remember(self, key: TurnKey, turn: Turn) -> None:
        """Keep ``turn``, at the expense of the oldest."""
        self._turns[key] = turn
        self._turns.move_to_end(key)
        while len(self._turns) > self._capacity:
            self._turns.popitem(last=False)
