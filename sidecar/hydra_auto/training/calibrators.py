"""Ways to calibrate, to be compared: each is fitted per head, and none turns the order of two levels round.

Those that stretch and shift logits make the same `misfit` small as `train calibrate` does: they differ in
what they may do, not in what they aim at. Isotonic regression has an aim of its own, squared error.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from sklearn.isotonic import IsotonicRegression

from hydra_auto.training.calibration import PRIOR_TEXTS, calibrated, fit, floor_of, logits_of, misfit

Levels = Any  # float array [texts, 4] in [0, 1]
Calibrator = Callable[[Levels], Levels]  # predictions to calibrated ones, float64 [texts, 4]
Fit = Callable[
    [Levels, Levels, Levels], Calibrator
]  # of predictions, annotated requirements, weights [texts]

NONE: Final = "none"
SHIPPED: Final = "drawn to the identity, and floor (`train calibrate`)"


def unchanged(levels: Levels, aims: Levels, weights: Levels) -> Calibrator:  # noqa: ARG001 - a `Fit`
    """Leaves levels as they are."""
    return partial(np.asarray, dtype=np.float64)


def floor_alone(levels: Levels, aims: Levels, weights: Levels) -> Calibrator:
    """Gives levels at which most messages need nothing as nothing (`floor_of`), and leaves the others."""
    said = np.asarray(levels, np.float64)
    floors = np.array([floor_of(head, needed, weights) for head, needed in zip(said.T, aims.T, strict=True)])
    return lambda asked: np.where(np.asarray(asked, np.float64) > floors, asked, 0.0)


def stretched(*, prior_texts: float = 0.0, shifting: bool = True, floored: bool = False) -> Fit:
    """A scale a head on the logit, and more where asked for; see `calibration.fit`.

    A scale alone is temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks"), with a
    shift it is Platt scaling (Platt 1999, "Probabilistic Outputs for Support Vector Machines").

    Args:
        prior_texts: How many texts more say that the heads are right as they are.
        shifting: A shift as well.
        floored: A floor as well.
    """

    def fitted(levels: Levels, aims: Levels, weights: Levels) -> Calibrator:
        found = fit(levels, aims, weights, prior_texts, shifting=shifting)
        if not floored:
            found = dataclasses.replace(found, floor=(0.0,) * len(found.floor))
        return partial(calibrated, calibration=found)

    return fitted


def isotonic(levels: Levels, aims: Levels, weights: Levels) -> Calibrator:
    """The rising function with the least squared error, of one head: all arrays are [texts].

    It is level between some texts, which makes ties, and linear between others.
    """
    found: Calibrator = IsotonicRegression(out_of_bounds="clip").fit(levels, aims, weights).predict
    return found


def beta(levels: Levels, aims: Levels, weights: Levels) -> Calibrator:
    """Logit a ln p - b ln(1 - p) + c with a, b >= 0, of one head: all arrays are [texts].

    Kull, Silva Filho and Flach 2017, "Beta calibration"; with a = b it is Platt scaling.
    """
    features = _beta_features(levels)

    def loss(parameters: Levels) -> tuple[float, Levels]:
        z = features @ parameters
        p = expit(z)
        slope = (p - aims) * (1 + 4 * p * (1 - p))
        return float(weights @ misfit(z, aims)), features.T @ (weights * slope)

    bounds = ((0, None), (0, None), (None, None))
    best = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return lambda asked: expit(_beta_features(asked) @ best)


def _beta_features(levels: Levels) -> Levels:
    """What beta calibration weights: ln p, -ln(1 - p) and 1 for each level p, [texts, 3]."""
    logits = logits_of(levels)
    return np.stack([log_expit(logits), -log_expit(-logits), np.ones_like(logits)], axis=1)


def by_head(fit_head: Fit) -> Fit:
    """Fits every head by itself with what fits one, [texts]."""

    def fitted(levels: Levels, aims: Levels, weights: Levels) -> Calibrator:
        heads = [
            fit_head(said, needed, weights)
            for said, needed in zip(np.asarray(levels, np.float64).T, aims.T, strict=True)
        ]

        def apply(asked: Levels) -> Levels:
            columns = zip(heads, np.asarray(asked, np.float64).T, strict=True)
            return np.stack([head(column) for head, column in columns], axis=1)

        return apply

    return fitted


WAYS: Final[Mapping[str, Fit]] = {
    NONE: unchanged,
    "floor alone": floor_alone,
    "temperature": stretched(shifting=False),
    "scale and shift": stretched(),
    "drawn to the identity": stretched(prior_texts=PRIOR_TEXTS),
    SHIPPED: stretched(prior_texts=PRIOR_TEXTS, floored=True),
    "isotonic": by_head(isotonic),
    "beta": by_head(beta),
}
