"""The learning rate over a run."""

from __future__ import annotations

import math


def learning_rate(peak: float, *, warmup_steps: int, floor: float, step: int, done: float) -> float:
    """Linear warm-up to ``peak``, then cosine decay to ``floor`` of it.

    Args:
        peak: Highest learning rate.
        warmup_steps: Steps until it is reached.
        floor: Share of the peak at the end, in [0, 1].
        step: Steps taken before.
        done: Share of the training behind us, in [0, 1].
    """
    warm = min(1.0, (step + 1) / warmup_steps)
    decay = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return peak * warm * (decay * (1 - floor) + floor)
