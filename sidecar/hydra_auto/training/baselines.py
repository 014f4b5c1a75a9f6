"""What the encoder has to beat: always the mean, text length, keywords, and ridge on frozen e5 vectors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability

Matrix = Any  # float64 array

_KEYWORDS: Final[Mapping[Capability, re.Pattern[str]]] = {
    Capability.REASONING: re.compile(
        r"\b(prove|optimal|algorithm|complexity|design|architect|trade-?off|why|concurren|distributed|constraint)",
        re.IGNORECASE,
    ),
    Capability.CODE_GENERATION: re.compile(
        r"\b(write|implement|create|build|add|generate|function|class|script|feature|app)\b", re.IGNORECASE
    ),
    Capability.DEBUGGING: re.compile(
        r"\b(fix|bug|error|exception|fail|crash|traceback|wrong|broken|leak|hang|race|doesn'?t work)",
        re.IGNORECASE,
    ),
    Capability.TOOL_USE: re.compile(
        r"\b(file|repo|run|test|commit|search|refactor|codebase|deploy|install|update|book|branch|workspace)",
        re.IGNORECASE,
    ),
}
_PENALTIES: Final = tuple(10.0**k for k in range(-2, 5))


def ridge(features: Matrix, aims: Matrix, penalty: float) -> Matrix:
    """Weights [features + 1, 4] of a ridge regression with an unpenalised intercept (the last row)."""
    centre, offset = features.mean(0), aims.mean(0)
    centred = features - centre
    gram = centred.T @ centred + penalty * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (aims - offset))
    return np.vstack([weights, offset - centre @ weights])


def apply_ridge(features: Matrix, weights: Matrix) -> Matrix:
    """Predictions clipped to [0, 1]."""
    return np.clip(features @ weights[:-1] + weights[-1], 0.0, 1.0)


def length_features(texts: Sequence[str]) -> Matrix:
    """Logarithm of the number of characters, [texts, 1]."""
    return np.log1p(np.array([[len(text)] for text in texts], np.float64))


def keyword_features(texts: Sequence[str]) -> Matrix:
    """Logarithm of the hits per capability's English keywords, and of the length, [texts, 5]."""
    hits = [[len(pattern.findall(text[:4000])) for pattern in _KEYWORDS.values()] for text in texts]
    return np.hstack([np.log1p(np.array(hits, np.float64)), length_features(texts)])


def fit_and_predict(train: Matrix, train_aims: Matrix, dev: Matrix, dev_aims: Matrix, test: Matrix) -> Matrix:
    """Ridge with the penalty that has the least squared error on dev; predictions [test, 4]."""
    scale = train.std(0) + 1e-9
    fits = [ridge(train / scale, train_aims, penalty * len(train) / 1000) for penalty in _PENALTIES]
    best = min(fits, key=lambda w: float(((apply_ridge(dev / scale, w) - dev_aims) ** 2).mean()))
    return apply_ridge(test / scale, best)
