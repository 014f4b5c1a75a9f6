"""Encoders timed beside each other: they take turns, so that a busy machine slows all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
import onnxruntime as ort
from rich.progress import Progress

ROUNDS: Final = 15
_PIECES: Final = (2, 50)  # every vocabulary has as many; which are read changes no time


def fastest_in_turns(
    sessions: Sequence[ort.InferenceSession],
    tokens: int,
    rounds: int = ROUNDS,
    progress: Progress | None = None,
) -> list[float]:
    """Milliseconds of each encoder's fastest run over one text.

    Args:
        sessions: Encoders that read int64 ``input_ids`` [1, tokens].
        tokens: Of the text.
        rounds: How often each is run, at least 1.
        progress: Shows how far it is.
    """
    ids = np.random.default_rng(tokens).integers(*_PIECES, (1, tokens))
    times: list[list[float]] = [[] for _ in sessions]
    task = progress.add_task(f"{tokens} tokens", total=rounds) if progress else None
    for _ in range(rounds):
        for session, found in zip(sessions, times, strict=True):
            started = time.perf_counter()
            session.run(None, {"input_ids": ids})
            found.append((time.perf_counter() - started) * 1000)
        if progress and task is not None:
            progress.advance(task)
    return [min(found) for found in times]
