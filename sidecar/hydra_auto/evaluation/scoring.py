"""Scoring many texts through the shipped encoder, each distinct text once, with progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.progress import Progress

from hydra_auto.app.ports import Clock, RequirementPredictor
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.prediction import Prediction

Levels = Any  # float64 array [texts, 4] in [0, 1], in `Capability` order


class Scorer:
    """A predictor that remembers what it scored; call it from one thread at a time."""

    def __init__(
        self,
        predictor: RequirementPredictor,
        progress: Progress,
        reads: Callable[[str], Hashable] | None = None,
        clock: Clock = time.process_time,
    ) -> None:
        """Nothing is scored yet.

        Args:
            predictor: The encoder, loaded.
            progress: Where scoring is shown.
            reads: What the encoder sees of a text; texts of which it sees the same are scored once. A third
                of the tricks with characters are undone before the encoder, which costs most of the time.
            clock: Times the encoder; processor time, because other work on the machine is none of ours.
        """
        self._predictor = predictor
        self._reads = reads or (lambda text: text)
        self._task = progress.add_task("Scoring texts", total=0, visible=False)  # until some come
        self._progress = progress
        self._known: dict[str, Prediction] = {}
        self._by_reading: dict[Hashable, Prediction] = {}
        self._seconds: dict[Hashable, float] = {}
        self._clock = clock

    @property
    def model_version(self) -> str:
        """Of the encoder."""
        return self._predictor.model_version

    @property
    def scored(self) -> int:
        """Distinct texts so far."""
        return len(self._known)

    def expect(self, texts: int) -> None:
        """So many more distinct texts are to come, for the remaining time; negative if fewer than said."""
        (task,) = [task for task in self._progress.tasks if task.id == self._task]
        self._progress.update(self._task, total=(task.total or 0) + texts, visible=True)

    @contextmanager
    def expected(self, most: int) -> Iterator[None]:
        """What is scored within was announced to `expect` as ``most`` texts; makes up for the difference."""
        before = self.scored
        yield
        self.expect(self.scored - before - most)

    def score(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order.

        Raises:
            InferenceFailed: The runtime refused the input.
        """
        for text in dict.fromkeys(texts):
            if text not in self._known:
                self._known[text] = self._predict(text)
                self._progress.advance(self._task)
        return [self._known[text] for text in texts]

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """The same as `score`, by the name of `app.ports.RequirementPredictor`."""
        return self.score(texts)

    def seconds(self, texts: Sequence[str]) -> list[float]:
        """What the encoder took for each text, when it read it; what has not been scored is scored now."""
        self.score(texts)
        return [self._seconds[self._reads(text)] for text in texts]

    def _predict(self, text: str) -> Prediction:
        reading = self._reads(text)
        if reading not in self._by_reading:  # one at a time: int8 activations are scaled per batch
            began = self._clock()
            (self._by_reading[reading],) = self._predictor.predict([text])
            self._seconds[reading] = self._clock() - began
        return self._by_reading[reading]


def levels_of(predictions: Sequence[Prediction]) -> Levels:
    """Requirements as float64 [texts, 4]."""
    rows = [[prediction.requirements[c] for c in Capability] for prediction in predictions]
    return np.array(rows, np.float64).reshape(-1, len(Capability))


def lengths_of(predictions: Sequence[Prediction]) -> Any:  # noqa: ANN401 - int64 [texts]
    """Tokens of each text."""
    return np.array([prediction.tokens for prediction in predictions], np.int64)
