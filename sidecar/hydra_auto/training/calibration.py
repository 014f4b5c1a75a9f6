"""Calibration on a split of its own: each head's logit is stretched and shifted, and tiny levels become zero.

Briefly trained heads shrink towards the middle, and a requirement that is too low for a hard message is what
the router pays for. Scale and shift are folded into the head. Half of all messages need no debugging and no
tools at all, which a sigmoid cannot say: levels at which most messages need nothing are given as nothing.
Both are monotone: they change no order within a head, but for ties at zero.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit

from hydra_auto.training.annotations import REAL, Item
from hydra_auto.training.student import EDGE, RequirementModel

Levels = Any  # float array [texts, 4] in [0, 1]
_HALF = 0.5
_BINS = 10
_LARGEST_FLOOR = 0.05  # what is given as nothing stays below one step of the rubric
_BOUNDS = (
    (-5.0, 5.0),
    (-20.0, 20.0),
)  # of the log of the scale, which so stays above 0, and the shift
PRIOR_TEXTS = 400  # that say "leave it": without them, what fitted 436 items made others' error larger


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated logit = ``scale`` * logit + ``shift``; levels up to ``floor`` are 0; in `Capability` order.

    Scales are positive, floors in [0, 0.05].
    """

    scale: tuple[float, ...]
    shift: tuple[float, ...]
    floor: tuple[float, ...]


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


def logits_of(levels: Levels) -> Levels:
    """Logits of levels that are kept `EDGE` away from 0 and 1, float64 of the same shape."""
    return logit(np.clip(np.asarray(levels, np.float64), EDGE, 1 - EDGE))


def misfit(logits: Levels, aims: Levels) -> Levels:
    """Cross-entropy + 2 x squared error of each text: what a calibration makes small.

    Args:
        logits: Calibrated logits of one head, [texts].
        aims: Its annotated requirements, [texts].
    """
    return np.logaddexp(0, logits) - aims * logits + 2 * (expit(logits) - aims) ** 2


def fit(
    levels: Levels,
    aims: Levels,
    weights: Levels,
    prior_texts: float = PRIOR_TEXTS,
    *,
    shifting: bool = True,
) -> Calibration:
    """The calibration with the least `misfit`, drawn to leaving the heads alone.

    Args:
        levels: Predictions, [texts, 4].
        aims: Annotated requirements, [texts, 4].
        weights: What each text counts, [texts], with sum 1.
        prior_texts: How many texts more say that the heads are right as they are.
        shifting: Without it, every shift is 0.
    """
    logits = logits_of(levels)
    prior = prior_texts * float((weights**2).sum())  # over the number of texts, where all count the same
    free = 1 + shifting
    found = []
    for head in range(logits.shape[1]):
        x, y = logits[:, head], np.asarray(aims, np.float64)[:, head]

        def loss(parameters: Any, x: Levels = x, y: Levels = y) -> float:  # noqa: ANN401 - float64 [free]
            z = np.exp(parameters[0]) * x + parameters[1:].sum()
            return float(weights @ misfit(z, y) + prior * (parameters**2).sum())

        best = minimize(loss, np.zeros(free), method="Nelder-Mead", bounds=_BOUNDS[:free]).x
        scale, shift = float(np.exp(best[0])), float(best[1:].sum())
        found.append((scale, shift, floor_of(expit(scale * x + shift), y, weights)))
    scales, shifts, floors = zip(*found, strict=True)
    return Calibration(scales, shifts, floors)


def floor_of(levels: Levels, aims: Levels, weights: Levels) -> float:
    """The level up to which at least half of the messages need nothing, at most 0.05; 0 if there is none.

    The share of messages that need nothing is fitted as a falling function of the level.

    Args:
        levels: One head's calibrated predictions, [texts].
        aims: Its annotated requirements, [texts].
        weights: What each text counts, [texts].
    """
    order = np.argsort(levels)
    nothing = (aims[order] == 0).astype(np.float64)
    share = isotonic_regression(nothing, weights=np.maximum(weights[order], EDGE**2), increasing=False).x
    below = levels[order][share >= _HALF]
    return min(float(below.max()), _LARGEST_FLOOR) if len(below) else 0.0


@torch.no_grad()
def fold(model: RequirementModel, calibration: Calibration) -> None:
    """Makes ``model`` give calibrated logits."""
    scale = torch.tensor(calibration.scale)
    if model.memory is not None:
        model.memory.scale.mul_(scale)
        model.memory.shift.mul_(scale).add_(torch.tensor(calibration.shift))
        return
    model.heads.weight.mul_(scale[:, None])
    model.heads.bias.mul_(scale).add_(torch.tensor(calibration.shift))


def calibrated(levels: Levels, calibration: Calibration) -> Levels:
    """What the encoder's graph makes of its heads' predictions [texts, 4]: float64 [texts, 4]."""
    found = expit(logits_of(levels) * np.array(calibration.scale) + np.array(calibration.shift))
    return np.where(found > np.array(calibration.floor), found, 0.0)


def uncalibrated(levels: Levels, calibration: Calibration) -> Levels:
    """What the heads said before: undoes the calibration of predictions [texts, 4].

    Levels that became 0 lie anywhere up to the floor; half of it is taken.
    """
    kept = np.where(np.asarray(levels) > 0, levels, np.array(calibration.floor) / 2)
    return expit((logits_of(kept) - np.array(calibration.shift)) / np.array(calibration.scale))


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
