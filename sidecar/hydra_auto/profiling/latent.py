"""Latent abilities behind benchmark results: a Gaussian factor model fitted by expectation-maximisation.

Each model m has one ability per capability, theta_m in R^4. A result of benchmark b at effort e is

    y = offset_b + slope_b * (loads_b . (theta_m + shift_e)) + noise,   noise ~ N(0, noise_n * sigma_b^2)

with theta_m ~ N(trend . x_m, spread), where x_m holds what is known of a model without any result
(release date, price). The four abilities correlate strongly, and the full 4 x 4 spread lets plentiful
evidence in one capability inform a thin one. A model with a predecessor starts from that one instead.
Every quantity but loads and noise is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.evidence import EFFORTS, Result
from hydra_auto.profiling.rule import Benchmark

Array = npt.NDArray[np.float64]

ITERATIONS = 100  # levels no longer change in their second digit, up to 1,000
REFERENCE = "high"
"""The effort at which abilities are stated: reasoning on, no special effort asked for."""

_K = len(Capability)
_SLOPE_PRIOR = 1.0  # a standardised benchmark moves one for one with ability ...
_SLOPE_SD = 3.0  # ... give or take much: a set taken only by strong models spreads little ability widely
_SIGMA2_PRIOR, _SIGMA2_WEIGHT = 0.15, 4.0  # noise of a standardised benchmark, worth four results
_SIGMA2_LEAST = 0.05  # no benchmark is so exact that it alone decides
_SHIFT_PRECISION = 5.0
_MIN_SLOPE = 0.05
_ENOUGH = 5  # results that a model needs to take part in trend, spread and scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """Abilities of all models, scaled to mean 0 and spread 1 over those with results.

    Attributes:
        models: Ids, in the order of the arrays.
        mean: float64 [models, 4], posterior mean at the reference effort.
        covariance: float64 [models, 4, 4], posterior covariance.
        prior: float64 [models, 4], what trend or predecessor alone say: the mean without any result.
        prior_covariance: float64 [models, 4, 4], how sure they are.
        origin: float64 [models, 4], ability of the predecessor that a model starts from; 0 without one.
        features: float64 [models, F], what is known of a model without any result; the first column all ones.
        trend: float64 [F, 4], what each feature adds.
        spread: float64 [4, 4], covariance of models around the trend.
        shift: Effort to float64 [4], what it adds.
        slope, offset, sigma: Benchmark to its parameters, on the transformed scale of its scores.
    """

    models: tuple[str, ...]
    mean: Array
    covariance: Array
    prior: Array
    prior_covariance: Array
    origin: Array
    features: Array
    trend: Array
    spread: Array
    shift: Mapping[str, Array]
    slope: Mapping[Benchmark, float]
    offset: Mapping[Benchmark, float]
    sigma: Mapping[Benchmark, float]

    def cautious(self, caution: float) -> Array:
        """float64 [models, 4]: abilities ``caution`` standard deviations below their means."""
        return self.mean - caution * np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))


def fit(
    results: Sequence[Result],
    models: Sequence[str],
    features: Array,
    predecessors: Mapping[str, str],
    successor_variance: float,
) -> Abilities:
    """Abilities of ``models`` from ``results``.

    Args:
        results: What was measured; every model named must be among ``models``.
        models: Ids; a model without results gets what its features and predecessor say.
        features: float64 [models, F], the first column all ones.
        predecessors: Model to the model it starts from.
        successor_variance: Spread of such a step, as a share of the spread around the trend.
    """
    return _Fit(results, models, features, predecessors, successor_variance).run()


class _Fit:
    """The data in arrays, and the current estimates."""

    def __init__(
        self,
        results: Sequence[Result],
        models: Sequence[str],
        features: Array,
        predecessors: Mapping[str, str],
        successor_variance: float,
    ) -> None:
        index = {model: i for i, model in enumerate(models)}
        self.models, self.features = tuple(models), features
        self.benchmarks = list(dict.fromkeys(result.benchmark for result in results))
        bench_index = {bench: i for i, bench in enumerate(self.benchmarks)}
        count = len(self.benchmarks)
        self.b = np.array([bench_index[r.benchmark] for r in results])
        self.m = np.array([index[r.model] for r in results])
        self.e = np.array([EFFORTS.index(r.effort) for r in results])
        raw = np.array([r.benchmark.transformed(r.score) for r in results])
        self.centre = np.array([raw[self.b == i].mean() for i in range(count)])
        self.width = np.array([max(raw[self.b == i].std(), 1e-6) for i in range(count)])
        self.y = (raw - self.centre[self.b]) / self.width[self.b]
        loads = np.array([[bench.loads[c] for c in Capability] for bench in self.benchmarks])
        self.loads = loads[self.b]
        self.noise = np.array([result.noise for result in results])
        self.share = np.array([1.0 / result.efforts for result in results])
        self.known = np.bincount(self.m, minlength=len(models)) >= _ENOUGH
        self.successors = [(index[new], index[old]) for new, old in predecessors.items()]
        self.successor_variance = successor_variance

        self.slope, self.offset, self.sigma2 = np.ones(count), np.zeros(count), np.full(count, 0.3)
        self.shift: Array = np.zeros((len(EFFORTS), _K))
        self.trend: Array = np.zeros((features.shape[1], _K))
        self.spread: Array = 0.9 * np.ones((_K, _K)) + 0.1 * np.eye(_K)
        self.mean: Array = np.zeros((len(models), _K))
        self.cov: Array = np.tile(self.spread, (len(models), 1, 1))
        self.prior: Array = self.mean
        self.prior_cov: Array = self.cov
        self.origin: Array = np.zeros_like(self.mean)

    def run(self) -> Abilities:
        for _ in range(ITERATIONS):
            self.abilities()
            self.population()
            self.benchmark_parameters()
            self.efforts()
        self.abilities()  # under the final parameters, so that each mean is exactly the sum of its parts
        triples = list(zip(self.benchmarks, range(len(self.benchmarks)), strict=True))
        return Abilities(
            models=self.models,
            mean=self.mean,
            covariance=self.cov,
            prior=self.prior,
            prior_covariance=self.prior_cov,
            origin=self.origin,
            features=self.features,
            trend=self.trend,
            spread=self.spread,
            shift={effort: self.shift[i] for i, effort in enumerate(EFFORTS)},
            slope={bench: float(self.slope[i] * self.width[i]) for bench, i in triples},
            offset={bench: float(self.offset[i] * self.width[i] + self.centre[i]) for bench, i in triples},
            sigma={bench: float(np.sqrt(self.sigma2[i]) * self.width[i]) for bench, i in triples},
        )

    def abilities(self) -> None:
        """Posterior of each model's abilities, given all else."""
        prior = self.features @ self.trend
        prior_cov = np.tile(self.spread, (len(self.models), 1, 1))
        for new, old in self.successors:
            self.origin[new] = self.mean[old]
            prior[new] = self.mean[old] + (self.features[new] - self.features[old]) @ self.trend
            prior_cov[new] = self.cov[old] + self.successor_variance * self.spread
        self.prior, self.prior_cov = prior, prior_cov
        precision = np.linalg.inv(prior_cov)
        pull = np.einsum("mij,mj->mi", precision, prior)
        weight = self.slope[self.b] / (self.sigma2[self.b] * self.noise)
        outer = self.loads[:, :, None] * self.loads[:, None, :]
        np.add.at(precision, self.m, (weight * self.slope[self.b])[:, None, None] * outer)
        shifted = np.einsum("nk,nk->n", self.loads, self.shift[self.e])
        rest = self.y - self.offset[self.b] - self.slope[self.b] * shifted
        np.add.at(pull, self.m, (weight * rest)[:, None] * self.loads)
        self.cov = np.linalg.inv(precision)
        self.mean = np.einsum("mij,mj->mi", self.cov, pull)

    def population(self) -> None:
        """Trend and spread over models; then the free scale is held at mean 0 and spread 1."""
        known, mean = self.features[self.known], self.mean[self.known]
        gram: Array = known.T @ known + 1e-2 * np.eye(known.shape[1])
        self.trend = np.linalg.solve(gram, known.T @ mean).astype(np.float64)
        rest = mean - known @ self.trend
        cov = self.cov[self.known].sum(axis=0)
        self.spread = (rest.T @ rest + cov) / len(mean) + 1e-3 * np.eye(_K)

        level, unit = mean.mean(axis=0), mean.std(axis=0)
        both = unit[:, None] * unit[None, :]
        self.mean, self.cov = (self.mean - level) / unit, self.cov / both
        self.trend, self.spread, self.shift = self.trend / unit, self.spread / both, self.shift / unit
        self.trend[0] -= level / unit

    def benchmark_parameters(self) -> None:
        """Slope, offset and noise of each benchmark: a line through its results, errors on both sides."""
        x = np.einsum("nk,nk->n", self.loads, self.mean[self.m] + self.shift[self.e])
        x_var = np.einsum("nj,njk,nk->n", self.loads, self.cov[self.m], self.loads)
        for i in range(len(self.benchmarks)):
            here = self.b == i
            w, xs, ys, spread = self.share[here], x[here], self.y[here], x_var[here]
            x_mean, y_mean = np.average(xs, weights=w), np.average(ys, weights=w)
            xx = (w * ((xs - x_mean) ** 2 + spread)).sum()
            xy = (w * (xs - x_mean) * (ys - y_mean)).sum()
            ridge = self.sigma2[i] / _SLOPE_SD**2
            slope = max((xy + ridge * _SLOPE_PRIOR) / (xx + ridge), _MIN_SLOPE)
            offset = y_mean - slope * x_mean
            error = (w * ((ys - offset - slope * xs) ** 2 + slope**2 * spread)).sum()
            self.slope[i], self.offset[i] = slope, offset
            variance = (error + _SIGMA2_WEIGHT * _SIGMA2_PRIOR) / (w.sum() + _SIGMA2_WEIGHT)
            self.sigma2[i] = max(variance, _SIGMA2_LEAST)

    def efforts(self) -> None:
        """What each effort adds to each ability, relative to the reference."""
        weight = self.slope[self.b] / (self.sigma2[self.b] * self.noise)
        reached = np.einsum("nk,nk->n", self.loads, self.mean[self.m])
        rest = self.y - self.offset[self.b] - self.slope[self.b] * reached
        for i, effort in enumerate(EFFORTS):
            here = self.e == i
            if effort == REFERENCE or not here.any():
                continue
            loads = self.loads[here]
            gram = np.einsum("n,nj,nk->jk", (weight * self.slope[self.b])[here], loads, loads)
            pull = ((weight * rest)[here][:, None] * loads).sum(axis=0)
            self.shift[i] = np.linalg.solve(gram + _SHIFT_PRECISION * np.eye(_K), pull)
