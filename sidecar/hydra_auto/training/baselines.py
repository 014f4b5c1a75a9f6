"""What the encoder has to beat: the mean, text length, keywords, and regressions on frozen e5 vectors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

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
_KERNEL_PENALTIES: Final = (0.05, 0.2)
_KERNEL_TEXTS: Final = 10_000
_SAMPLE: Final = 1_000  # vectors whose distances set the kernel's width


def length_features(texts: Sequence[str]) -> Matrix:
    """Logarithm of the number of characters, [texts, 1]."""
    return np.log1p(np.array([[len(text)] for text in texts], np.float64))


def keyword_features(texts: Sequence[str]) -> Matrix:
    """Logarithm of the hits per capability's English keywords, and of the length, [texts, 5]."""
    hits = [[len(pattern.findall(text[:4000])) for pattern in _KEYWORDS.values()] for text in texts]
    return np.hstack([np.log1p(np.array(hits, np.float64)), length_features(texts)])


def linear(train: Matrix, train_aims: Matrix, dev: Matrix, dev_aims: Matrix, test: Matrix) -> Matrix:
    """Ridge with the penalty that has the least squared error on dev; predictions [test, 4] in [0, 1].

    Args:
        train: Features to fit on, float64 [train, features]; scaled here, so of any range.
        train_aims: Their requirements, [train, 4] in [0, 1].
        dev: Features on which the penalty is chosen, [dev, features].
        dev_aims: Their requirements, [dev, 4].
        test: Features to predict for, [test, features].
    """
    scale = train.std(0) + 1e-9
    fits = [Ridge(penalty * len(train) / 1000).fit(train / scale, train_aims) for penalty in _PENALTIES]
    best = min(fits, key=lambda fit: _squared(fit.predict(dev / scale), dev_aims))
    return np.clip(best.predict(test / scale), 0.0, 1.0)


def kernel(train: Matrix, train_aims: Matrix, dev: Matrix, dev_aims: Matrix, test: Matrix) -> Matrix:
    """Kernel ridge (RBF as wide as the median distance), the penalty best on dev; predictions [test, 4].

    At most `_KERNEL_TEXTS` training texts, drawn at random: the matrix grows with their square.

    Args:
        train: Vectors to fit on, float64 [train, width], at least two, not all equal.
        train_aims: Their requirements, [train, 4] in [0, 1].
        dev: Vectors on which the penalty is chosen, [dev, width].
        dev_aims: Their requirements, [dev, 4].
        test: Vectors to predict for, [test, width].
    """
    if len(train) > _KERNEL_TEXTS:
        drawn = np.random.default_rng(0).permutation(len(train))[:_KERNEL_TEXTS]
        train, train_aims = train[drawn], train_aims[drawn]
    centre, offset = train.mean(0), train_aims.mean(0)
    train, dev, test = train - centre, dev - centre, test - centre
    one, other = train[:: max(1, len(train) // _SAMPLE)], train[1 :: max(1, len(train) // _SAMPLE)]
    gamma = 1 / float(np.median(((one[:, None] - other[None]) ** 2).sum(-1)))
    fits = [
        KernelRidge(alpha=penalty, kernel="rbf", gamma=gamma).fit(train, train_aims - offset)
        for penalty in _KERNEL_PENALTIES
    ]
    best = min(fits, key=lambda fit: _squared(fit.predict(dev) + offset, dev_aims))
    return np.clip(best.predict(test) + offset, 0.0, 1.0)


def _squared(levels: Matrix, aims: Matrix) -> float:
    return float(((np.clip(levels, 0.0, 1.0) - aims) ** 2).mean())
