"""How well requirements and shortfalls foretell single outcomes: a Rasch model of difficulties from texts.

Model m solves problem q with probability ``sigmoid(a_m - b . x_mq)``, ``b >= 0``: an explanatory item
response model (Fischer's linear logistic test model of 1973, with features of pairs as in De Boeck and
Wilson, 2004). Each model has a level ``a_m`` of its own, so that ``b = 0`` gives every problem the model's
rate, and a feature is judged by what it adds to that. A level shared by all models would ask a shortfall
how good each model is as well, and any result of a model tells that better than its profile. An outcome in
between, the share of several tries, counts as so many parts of solved and failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize, nnls
from scipy.special import expit
from sklearn.model_selection import GroupKFold

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.intervals import (
    RESAMPLES,
    Interval,
    interval,
    interval_of_ratio,
    numbered,
    weights_of,
)
from hydra_auto.evaluation.meaning.views import FULL, SHORTFALL_VIEWS

RATE: Final = "rate alone"
LARGEST: Final = "largest requirement"
FOUR: Final = "four requirements"
LARGEST_GAP: Final = "largest gap"
OTHERS: Final = "failing others"
"""The ceiling: how many of the other models fail a problem, which no text tells."""
_FOLDS: Final = 5
_RIDGE: Final = 0.1  # of a_m: a model that solves everything keeps a finite level
_CONSTANT: Final = 1e-9

Array = Any  # float64; its shape is in the docstrings


class _Fit(NamedTuple):
    """``levels`` [models], and ``slopes`` of features less ``centre`` over ``spread``, all [features]."""

    levels: Array
    slopes: Array
    centre: Array
    spread: Array


def likelihood(
    solved: Array,
    required: Array,
    groups: Sequence[str],
    seed: int,
    *,
    offered: Array | None = None,
    others: Array | None = None,
) -> dict[str, Any]:
    """What each feature gains over the models' own rates, on problems held out.

    Args:
        solved: Outcomes in [0, 1], float64 [problems, models]; NaN where a model did not meet a problem.
        required: Requirements, float64 [problems, 4].
        groups: Group of each problem; a group is held out as a whole.
        seed: Of folds and resampling.
        offered: Profiles, float64 [models, 4], for shortfalls.
        others: Share of failing other models, as ``solved``, for the ceiling.

    Returns:
        ``problems``, ``models``, ``pairs``; ``rate``: ``log_loss`` (nats) and ``brier`` score of the rates
        alone, mean over pairs; ``by_view``: for each feature by how much ``log_loss`` and ``brier`` are
        lower, and ``slopes``: by how much the log-odds of solving fall as the feature rises by 1, by head
        where there are four, None where a feature is constant. Numbers are [value, low, high]. Nothing with
        fewer than two groups.
    """
    if len(set(groups)) < 2:  # noqa: PLR2004 - one to fit, one to hold out
        return {}
    met = ~np.isnan(solved)
    folds = _folds(groups, seed)
    features = _features(required, offered, others)
    losses = {name: _losses(solved, _held_out(solved, x, folds)) for name, x in features.items()}
    counts = met.sum(1)

    def mean(of_problems: Array) -> Interval:
        return interval_of_ratio(of_problems, counts, groups, seed)

    rate = losses.pop(RATE)
    return {
        "problems": len(solved),
        "models": solved.shape[1],
        "pairs": int(counts.sum()),
        "rate": {kind: mean(values).rounded() for kind, values in rate.items()},
        "by_view": {
            name: {kind: mean(rate[kind] - values).rounded(5) for kind, values in of_view.items()}
            | {"slopes": _slopes(solved, features[name], groups, seed)}
            for name, of_view in losses.items()
        },
    }


def failing_others(failed: Array) -> Array | None:
    """Mean failure of all models but one's own, float64 [problems, models]; None with a single model.

    Args:
        failed: Failures in [0, 1], float64 [problems, models]; NaN where a model did not meet a problem.
    """
    met = ~np.isnan(failed)
    count = met.sum(1, keepdims=True) - met
    if not count.any():
        return None
    total = np.nansum(failed, axis=1, keepdims=True) - np.nan_to_num(failed)
    return np.where(count > 0, total / np.maximum(count, 1), np.nanmean(failed))


def _features(required: Array, offered: Array | None, others: Array | None) -> dict[str, Array]:
    """Features by name, float64 [problems, models or 1, features]."""
    found = {
        RATE: np.zeros((len(required), 1, 0)),
        LARGEST: required.max(1)[:, None, None],
        FOUR: required[:, None, :],
    }
    if offered is not None:
        gaps = np.maximum(0.0, required[:, None, :] - offered[None, :, :])
        found[LARGEST_GAP] = gaps.max(2)[:, :, None]
        found[FULL] = SHORTFALL_VIEWS[FULL](required, offered)[:, :, None]
    if others is not None:
        found[OTHERS] = others[:, :, None]
    return found


def _folds(groups: Sequence[str], seed: int) -> list[tuple[Array, Array]]:
    """Rows to fit on and rows to hold out, five times where there are as many groups."""
    numbers, count = numbered(groups)
    split = GroupKFold(min(_FOLDS, count), shuffle=True, random_state=seed)
    return list(split.split(numbers, groups=numbers))


def _held_out(solved: Array, features: Array, folds: Sequence[tuple[Array, Array]]) -> Array:
    """Log-odds of solving, each by a fit on the other folds: float64 [problems, models]."""
    logits = np.empty_like(solved)
    for fitted, kept in folds:
        fit = _fit(solved[fitted], features[fitted])
        logits[kept] = _logits(fit, features[kept])
    return logits


def _losses(solved: Array, logits: Array) -> dict[str, Array]:
    """Log loss and Brier score of each problem, summed over the models that met it: float64 [problems]."""
    return {
        "log_loss": np.nansum(np.logaddexp(0.0, logits) - solved * logits, axis=1),
        "brier": np.nansum((expit(logits) - solved) ** 2, axis=1),
    }


def _logits(fit: _Fit, features: Array) -> Array:
    return fit.levels - ((features - fit.centre) / fit.spread) @ fit.slopes


def _fit(solved: Array, features: Array) -> _Fit:
    """Maximum likelihood with a ridge on the levels; features are centred, so that it is none on those.

    A feature that is constant has slope 0.
    """
    met = ~np.isnan(solved)
    known = np.nan_to_num(solved)
    whole = np.broadcast_to(features, (*solved.shape, features.shape[2]))[met]
    centre, spread = whole.mean(0), whole.std(0)
    spread = np.where(spread > _CONSTANT, spread, np.inf)
    scaled = (features - centre) / spread
    models = solved.shape[1]

    def loss(estimate: Array) -> tuple[float, Array]:
        levels, slopes = estimate[:models], estimate[models:]
        logits = levels - scaled @ slopes
        value = (met * np.logaddexp(0.0, logits) - known * logits).sum() + _RIDGE / 2 * levels @ levels
        residuals = met * (expit(logits) - known)
        falling = -(residuals[:, :, None] * scaled).sum((0, 1))
        return float(value), np.concatenate([residuals.sum(0) + _RIDGE * levels, falling])

    bounds = [(None, None)] * models + [(0.0, None)] * features.shape[2]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds)
    return _Fit(found.x[:models], found.x[models:], centre, spread)


def _slopes(
    solved: Array, features: Array, groups: Sequence[str], seed: int
) -> list[float] | dict[str, list[float] | None] | None:
    """Slopes of a fit to all problems, with intervals; by head where there are as many features."""
    varies = np.flatnonzero(np.ptp(features, axis=(0, 1)) > _CONSTANT)
    found: list[list[float] | None] = [None] * features.shape[2]
    if len(varies):
        slopes, resampled = _resampled_slopes(solved, features[:, :, varies], groups, seed)
        for k, slope, of_slope in zip(varies, slopes, resampled.T, strict=True):
            found[k] = interval(slope, of_slope).rounded(3)
    if len(found) == 1:
        return found[0]
    return {c.value: slope for c, slope in zip(Capability, found, strict=True)}


def _resampled_slopes(
    solved: Array, features: Array, groups: Sequence[str], seed: int
) -> tuple[Array, Array]:
    """Slopes, float64 [features], and of resampled groups of problems, [resamples, features], a step away.

    That is the bootstrap of the estimating function (Hu and Kalbfleisch, 2000), the levels profiled out: a
    resample moves the sums of the scores, and the quadratic with this gradient and the curvature at the
    estimate is minimised over slopes >= 0.
    """
    fit = _fit(solved, features)
    scaled = np.broadcast_to((features - fit.centre) / fit.spread, (*solved.shape, features.shape[2]))
    met = ~np.isnan(solved)
    expected = expit(_logits(fit, features))
    residuals = np.where(met, np.nan_to_num(solved) - expected, 0.0)
    variance = met * expected * (1.0 - expected)
    across = np.einsum("pm,pmk->mk", variance, scaled)
    curve = np.einsum("pm,pmk,pml->kl", variance, scaled, scaled)
    lever = across / (variance.sum(0) + _RIDGE)[:, None]  # how far the levels follow the slopes
    upper = cholesky(curve - across.T @ lever + _CONSTANT * np.eye(len(curve)))
    numbers, count = numbered(groups)
    of_slopes = -np.einsum("pm,pmk->pk", residuals, scaled)
    profiled = of_slopes + residuals @ lever
    by_group = np.stack([np.bincount(numbers, column, count) for column in profiled.T], 1)
    pull = np.where(fit.slopes > 0, 0.0, of_slopes.sum(0))  # what holds a slope at its bound of 0
    scores = (weights_of(count, seed, RESAMPLES) - 1.0) @ by_group + pull
    targets = (upper @ fit.slopes)[:, None] + solve_triangular(upper, scores.T, trans="T")
    resampled = np.array([nnls(upper, target)[0] for target in targets.T])
    return fit.slopes / fit.spread, resampled / fit.spread
