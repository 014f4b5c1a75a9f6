"""What a defence costs on messages that nobody attacks: rightness, decisions, and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.intervals import RESAMPLES, interval_of_mean, rank_correlations
from hydra_auto.evaluation.robustness.material import Message
from hydra_auto.evaluation.robustness.moves import Scored
from hydra_auto.evaluation.robustness.two_views import View
from hydra_auto.evaluation.scoring import Scorer

Array = Any  # float64; its shape is in the docstrings


def _largest(levels: Array) -> Array:
    return levels.max(1)


def _every_head(levels: Array) -> Array:
    return levels


_OF: Final[dict[str, Callable[[Array], Array]]] = {"mean": _every_head, "largest": _largest}


def rightness(messages: Sequence[Message], usual: Array, defended: Array, seed: int) -> dict[str, Any]:
    """How right a defended predictor is on annotated messages, and by how much more than one look.

    Args:
        messages: At least one.
        usual: What one look says, float64 [messages, 4].
        defended: What the defended predictor says, of the same shape.
        seed: Of the resampling; whole groups are redrawn, the same for both predictors.

    Returns:
        ``spearman_mean`` (mean over heads), ``spearman_largest`` and ``mean_absolute_error``, each
        [value, low, high], and what they differ from one look by, as ``..._change``; None where one side is
        the same for all messages and orders nothing.
    """
    needs = np.array([m.requirements for m in messages], np.float64)
    groups = [m.group for m in messages]
    found: dict[str, Any] = {"messages": len(messages)}
    for name, of in _OF.items():
        one, other = (
            rank_correlations(of(levels), of(needs), groups, seed, RESAMPLES) for levels in (usual, defended)
        )
        value, change = other.interval(), other.less(one)
        found[f"spearman_{name}"] = value and value.rounded()
        found[f"spearman_{name}_change"] = change and change.rounded()
    errors, before = (np.abs(levels - needs).mean(1) for levels in (defended, usual))
    found["mean_absolute_error"] = interval_of_mean(errors, groups, seed).rounded()
    found["mean_absolute_error_change"] = interval_of_mean(errors - before, groups, seed).rounded()
    return found


def changed_decisions(
    choosers: Sequence[Chooser], usual: Scored, defended: Scored, groups: Sequence[str], seed: int
) -> dict[str, dict[str, list[float]]]:
    """Share of messages that go to another model than after one look, by pool and regime."""

    def share(chooser: Chooser, regime: Regime) -> list[float]:
        one, other = (chooser.choose(side.required, side.tokens, regime) for side in (usual, defended))
        return interval_of_mean(one != other, groups, seed).rounded(6)

    return {c.name: {regime.value: share(c, regime) for regime in Regime} for c in choosers}


def effort(texts: Sequence[str], view: View | None, scorer: Scorer) -> Mapping[str, float]:
    """Encoder calls a text (``passes``), and their time in times of that of one look (``time``).

    Args:
        texts: At least one.
        view: Second look; None if there is only one.
        scorer: The encoder, which has timed its calls.
    """
    views = [view(text) for text in texts] if view else list(texts)
    seconds = [second for text, second in zip(texts, views, strict=True) if second != text]
    share = len(seconds) / len(texts)
    first, second = sum(scorer.seconds(texts)), sum(scorer.seconds(seconds))
    more = second / first if first else share  # nothing is measured of few short texts by a coarse clock
    return {"passes": round(1 + share, 4), "time": round(1 + more, 3)}
