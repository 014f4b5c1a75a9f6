"""Calibration on a split of its own: each head's logit is stretched and shifted, then folded into the head.

Briefly trained heads shrink towards the middle, and a requirement that is too low for a hard message is what
the router pays for. Two numbers a head are monotone: they change no order within a head.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import expit, logit

from hydra_auto.training.annotations import REAL, Item
from hydra_auto.training.student import RequirementModel

Levels = Any  # float array [texts, 4] in [0, 1]
_EDGE = 1e-4
_BINS = 10
_PRIOR_TEXTS = 400  # that say "leave it": without them, what fitted 436 items made others' error larger


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated logit = ``scale`` * logit + ``shift``, in `Capability` order; scales are positive."""

    scale: tuple[float, ...]
    shift: tuple[float, ...]


def text_weights(items: Sequence[Item], high_weight: float) -> Levels:
    """What each text counts: real and chat messages the same in all, an item's languages as one.

    Args:
        items: Items; their texts in order are the rows.
        high_weight: A message whose largest requirement is m counts 1 + ``high_weight`` * m^2.
    """
    counts = collections.Counter(item.source == REAL for item in items)
    weights = [
        (1 + high_weight * max(item.requirements) ** 2) / len(item.texts) / counts[item.source == REAL]
        for item in items
        for _ in item.texts
    ]
    return np.array(weights) / sum(weights)


def fit(levels: Levels, aims: Levels, weights: Levels, prior_texts: float = _PRIOR_TEXTS) -> Calibration:
    """The calibration with the least cross-entropy + 2 x squared error, drawn to leaving the heads alone.

    Args:
        levels: Predictions, [texts, 4].
        aims: Annotated requirements, [texts, 4].
        weights: What each text counts, [texts], with sum 1.
        prior_texts: How many texts more say that the heads are right as they are.
    """
    logits = logit(np.clip(np.asarray(levels, np.float64), _EDGE, 1 - _EDGE))
    prior = prior_texts * float((weights**2).sum())  # over the number of texts, where all count the same
    found = []
    for head in range(logits.shape[1]):
        x, y = logits[:, head], np.asarray(aims, np.float64)[:, head]

        def loss(parameters: Any, x: Levels = x, y: Levels = y) -> float:  # noqa: ANN401 - float64 [2]
            z = np.exp(parameters[0]) * x + parameters[1]
            each = np.logaddexp(0, z) - y * z + 2 * (expit(z) - y) ** 2
            return float(weights @ each + prior * (parameters**2).sum())

        best = minimize(loss, np.zeros(2), method="Nelder-Mead").x
        found.append((float(np.exp(best[0])), float(best[1])))
    return Calibration(tuple(scale for scale, _ in found), tuple(shift for _, shift in found))


@torch.no_grad()
def fold(model: RequirementModel, calibration: Calibration) -> None:
    """Makes the heads of ``model`` give calibrated logits."""
    scale = torch.tensor(calibration.scale)
    model.heads.weight.mul_(scale[:, None])
    model.heads.bias.mul_(scale).add_(torch.tensor(calibration.shift))


def uncalibrated(levels: Levels, calibration: Calibration) -> Levels:
    """What the heads said before: undoes the calibration of predictions [texts, 4]."""
    logits = logit(np.clip(np.asarray(levels, np.float64), _EDGE, 1 - _EDGE))
    return expit((logits - np.array(calibration.shift)) / np.array(calibration.scale))


def calibration_error(levels: Levels, aims: Levels) -> dict[str, list[float]]:
    """Per head: mean squared error (Brier), and expected calibration error over ten equal bins.

    Args:
        levels: Predictions, [texts, 4].
        aims: Annotated requirements, [texts, 4].
    """
    bins = np.minimum((np.asarray(levels) * _BINS).astype(int), _BINS - 1)
    errors = []
    for head in range(levels.shape[1]):
        gaps = [
            abs((levels[inside, head] - aims[inside, head]).mean()) * inside.mean()
            for b in range(_BINS)
            if (inside := bins[:, head] == b).any()
        ]
        errors.append(float(sum(gaps)))
    brier = ((levels - aims) ** 2).mean(0)
    return {"brier": [round(float(v), 4) for v in brier], "ece": [round(v, 4) for v in errors]}
