"""Calibration on the dev split: each head's logit is stretched and shifted, then folded into the head itself.

Briefly trained heads shrink towards the middle, and a requirement that is too low for a hard message is what
the router pays for. Two numbers a head are monotone: they change no order within a head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import expit, logit

from hydra_auto.training.student import RequirementModel

Levels = Any  # float array [texts, 4] in [0, 1]
_EDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated logit = ``scale`` * logit + ``shift``, in `Capability` order; scales are positive."""

    scale: tuple[float, ...]
    shift: tuple[float, ...]


def fit(levels: Levels, aims: Levels) -> Calibration:
    """The calibration with the least cross-entropy + 2 x squared error.

    Args:
        levels: Predictions, [texts, 4].
        aims: Annotated requirements, [texts, 4].
    """
    logits = logit(np.clip(np.asarray(levels, np.float64), _EDGE, 1 - _EDGE))
    found = []
    for head in range(logits.shape[1]):
        x, y = logits[:, head], np.asarray(aims, np.float64)[:, head]

        def loss(parameters: Any, x: Levels = x, y: Levels = y) -> float:  # noqa: ANN401 - float64 [2]
            z = np.exp(parameters[0]) * x + parameters[1]
            return float(np.mean(np.logaddexp(0, z) - y * z + 2 * (expit(z) - y) ** 2))

        best = minimize(loss, np.zeros(2), method="Nelder-Mead").x
        found.append((float(np.exp(best[0])), float(best[1])))
    return Calibration(tuple(scale for scale, _ in found), tuple(shift for _, shift in found))


@torch.no_grad()
def fold(model: RequirementModel, calibration: Calibration) -> None:
    """Makes the heads of ``model`` give calibrated logits."""
    scale = torch.tensor(calibration.scale)
    model.heads.weight.mul_(scale[:, None])
    model.heads.bias.mul_(scale).add_(torch.tensor(calibration.shift))
