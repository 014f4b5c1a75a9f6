"""Scoring many texts through the shipped encoder, each distinct text once, with progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.progress import Progress

from hydra_auto.app.ports import RequirementPredictor
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.prediction import Prediction

Levels = Any  # float64 array [texts, 4] in [0, 1], in `Capability` order


class Scorer:
    """Remembers what it scored; call it from one thread at a time."""

    def __init__(self, predictor: RequirementPredictor, progress: Progress) -> None:
        """Nothing is scored yet.

        Args:
            predictor: The encoder, loaded.
            progress: Where scoring is shown.
        """
        self._predictor = predictor
        self._progress = progress
        self._known: dict[str, Prediction] = {}

    @property
    def model_version(self) -> str:
        """Of the encoder."""
        return self._predictor.model_version

    @property
    def progress(self) -> Progress:
        """For steps that show their own."""
        return self._progress

    def score(self, texts: Sequence[str], label: str = "") -> list[Prediction]:
        """One prediction a text, in order; without a label no bar is shown.

        Raises:
            InferenceFailed: The runtime refused the input.
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        task = self._progress.add_task(label, total=len(new)) if label and new else None
        for text in new:  # one at a time: int8 activations are scaled per batch
            (self._known[text],) = self._predictor.predict([text])
            if task is not None:
                self._progress.advance(task)
        return [self._known[text] for text in texts]


def levels_of(predictions: Sequence[Prediction]) -> Levels:
    """Requirements as float64 [texts, 4]."""
    rows = [[prediction.requirements[c] for c in Capability] for prediction in predictions]
    return np.array(rows, np.float64).reshape(-1, len(Capability))
