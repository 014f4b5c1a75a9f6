"""Scoring texts through the shipped encoder under any rule and window, each reading once, with progress."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
from rich.progress import Progress

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.scoring import Levels
from hydra_auto.evaluation.windows.rules import Rule, reading

SMALLER_WINDOWS: Final = (64, 128, 192)
"""Tokens, special ones included; tried where the encoder's own window is larger."""


class IdEncoder(Protocol):
    """An encoder that says what it is given; `adapters.onnx_predictor.OnnxPredictor` is one."""

    @property
    def max_tokens(self) -> int:
        """Size of the window, special tokens included."""
        ...

    def whole_ids(self, text: str) -> Sequence[int]:
        """Ids of all of a text, special tokens at both ends."""
        ...

    def predict_ids(self, ids: Sequence[int]) -> Mapping[Capability, float]:
        """Requirements in [0, 1] of at most `max_tokens` ids."""
        ...


class WindowScorer:
    """Remembers ids and what was read of them; call it from one thread at a time."""

    def __init__(self, encoder: IdEncoder, progress: Progress) -> None:
        """Nothing is scored yet.

        Args:
            encoder: The encoder, loaded.
            progress: Where scoring is shown, from the first `expect` on.
        """
        self._encoder = encoder
        self._task = progress.add_task("Scoring readings", total=0, visible=False)
        self._progress = progress
        self._ids: dict[str, array[int]] = {}
        self._known: dict[tuple[int, ...], list[float]] = {}

    @property
    def max_tokens(self) -> int:
        """The encoder's own window."""
        return self._encoder.max_tokens

    @property
    def windows(self) -> tuple[int, ...]:
        """The encoder's own window first, then the smaller ones from the largest on."""
        smaller = [window for window in SMALLER_WINDOWS if window < self.max_tokens]
        return (self.max_tokens, *sorted(smaller, reverse=True))

    def expect(self, readings: int) -> None:
        """So many more readings are to come, for the remaining time."""
        (task,) = [task for task in self._progress.tasks if task.id == self._task]
        self._progress.update(self._task, total=(task.total or 0) + readings, visible=True)

    def lengths(self, texts: Sequence[str]) -> Any:  # noqa: ANN401 - int64 [texts]
        """Tokens of each whole text, special ones included."""
        return np.array([len(self._tokenise(text)) for text in texts], np.int64)

    def levels(self, texts: Sequence[str], rule: Rule, max_tokens: int) -> Levels:
        """Requirements as float64 [texts, 4], of what the rule leaves of each text in a window of this size.

        Raises:
            InferenceFailed: The runtime refused the input.
        """
        rows = [self._level(text, rule, max_tokens) for text in texts]
        return np.array(rows, np.float64).reshape(-1, len(Capability))

    def _level(self, text: str, rule: Rule, max_tokens: int) -> list[float]:
        ids = tuple(reading(rule, text, max_tokens, self._tokenise))
        if ids not in self._known:  # one at a time: int8 activations are scaled per batch
            found = self._encoder.predict_ids(ids)
            self._known[ids] = [found[c] for c in Capability]
        self._progress.advance(self._task)
        return self._known[ids]

    def _tokenise(self, text: str) -> array[int]:
        if text not in self._ids:  # an array: a list of ints takes nine times the memory
            self._ids[text] = array("i", self._encoder.whole_ids(text))
        return self._ids[text]
