"""Ways to calibrate side by side: fitted on one of two held-out splits, scored on the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from rich.progress import Progress

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.intervals import Interval, interval_of_mean
from hydra_auto.training.annotations import Item
from hydra_auto.training.calibration import calibration_error, text_weights
from hydra_auto.training.calibrators import NONE, WAYS
from hydra_auto.training.evaluate import aims_of
from hydra_auto.training.metrics import TABLES, Table, rank_correlation
from hydra_auto.training.report import table

Levels = Any  # float array [texts, 4] in [0, 1]

BOTH: Final = "both"
_COLUMNS: Final = ("Brier", "ECE", "error", "Spearman", "largest", "Brier less none's", "error less none's")
_KINDS: Final[Mapping[str, Callable[[Item, str], bool]]] = {
    "Real messages": TABLES["real"],
    "Chat messages": TABLES["chat"],
    "Real and chat messages": lambda _item, _language: True,
}
_LEGEND: Final = (
    "Each way is fitted on one of the two splits, with the weights of texts that `train calibrate` uses, and "
    "scored on the other; *both* is the mean of the two by their number of texts, with an interval over all. "
    "When scored, each text counts once. Brier: mean squared difference from the annotated requirement. ECE: "
    "expected calibration error over ten equal bins. Error: mean absolute difference. All three, and "
    "Spearman's rho, are means of the four heads; *largest* is rho of the largest requirement. In brackets: "
    "95 % interval of a paired bootstrap over groups (conversation, problem, item) of the difference from "
    '"none"; below 0 is better than none.'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """A split that was not trained on.

    Attributes:
        name: What the tables call it.
        items: Its items; their texts in order are the rows of ``levels``.
        levels: What the heads say before any calibration, [texts, 4].
    """

    name: str
    items: Sequence[Item]
    levels: Levels


@dataclass(frozen=True, slots=True)
class Scores:
    """How well levels are calibrated, and whether they still order: float64 [4], ``largest`` a number."""

    brier: Levels
    ece: Levels
    error: Levels
    spearman: Levels
    largest: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a way makes of some texts.

    Attributes:
        texts: How many.
        scores: Of the levels that it gives.
        brier: Mean over the heads, less that of `NONE`.
        error: Likewise.
    """

    texts: int
    scores: Scores
    brier: Interval
    error: Interval


_SCORES: Final = tuple(field.name for field in fields(Scores))
Comparisons = Mapping[str, Mapping[tuple[str, str], Comparison]]  # by kind of message, way and split


def scores_of(aims: Levels, levels: Levels) -> Scores:
    """Scores of predictions [texts, 4] against annotated requirements [texts, 4]."""
    found = calibration_error(levels, aims)
    return Scores(
        brier=np.array(found["brier"]),
        ece=np.array(found["ece"]),
        error=np.abs(levels - aims).mean(0),
        spearman=np.array([rank_correlation(aims[:, k], levels[:, k]) for k in range(aims.shape[1])]),
        largest=rank_correlation(aims.max(1), levels.max(1)),
    )


def compare_calibrations(
    dev: HeldOut, calibration: HeldOut, high_weight: float, seed: int, progress: Progress
) -> Comparisons:
    """Every way, fitted on either split and scored on the other, for each kind of message that both have.

    Args:
        dev: A split.
        calibration: Another.
        high_weight: As of `text_weights`.
        seed: Of the intervals.
        progress: Shows two bars.

    Returns:
        By kind, way, and the name of the split that is scored or `BOTH`.
    """
    ways = _cross_calibrated(dev, calibration, high_weight, progress)
    found: dict[str, dict[tuple[str, str], Comparison]] = {}
    for kind, keep in progress.track(_KINDS.items(), description="Scoring"):
        tables = {
            way: [
                Table(side.items, said, keep) for side, said in zip((dev, calibration), levels, strict=True)
            ]
            for way, levels in ways.items()
        }
        if all(len(before) for before in tables[NONE]):
            scored = {dev.name: slice(0, 1), calibration.name: slice(1, 2), BOTH: slice(0, 2)}
            found[kind] = {
                (way, split): _compared(said[part], tables[NONE][part], seed)
                for way, said in tables.items()
                for split, part in scored.items()
            }
    return found


def _cross_calibrated(
    one: HeldOut, other: HeldOut, high_weight: float, progress: Progress
) -> dict[str, tuple[Levels, Levels]]:
    """What every way makes of the levels of ``one`` and of ``other``, each fitted on the other of the two."""
    known, known_other = (
        (np.asarray(side.levels), aims_of(side.items), text_weights(side.items, high_weight))
        for side in (one, other)
    )
    return {
        way: (fit(*known_other)(one.levels), fit(*known)(other.levels))
        for way, fit in progress.track(WAYS.items(), description="Calibrating")
    }


def _compared(said: Sequence[Table], before: Sequence[Table], seed: int) -> Comparison:
    """One or two splits, whose scores are averaged: levels of two fits have no order in common."""
    scores = [scores_of(side.aims, side.levels) for side in said]
    texts = [len(side) for side in said]
    gaps, gaps_before = (
        np.concatenate([np.abs(side.levels - side.aims) for side in sides]) for sides in (said, before)
    )
    groups = [group for side in said for group in side.groups]
    averages: dict[str, Any] = {
        name: np.average([getattr(part, name) for part in scores], axis=0, weights=texts) for name in _SCORES
    }
    return Comparison(
        texts=sum(texts),
        scores=Scores(**averages),
        brier=interval_of_mean((gaps**2 - gaps_before**2).mean(1), groups, seed),
        error=interval_of_mean((gaps - gaps_before).mean(1), groups, seed),
    )


def markdown(comparisons: Comparisons) -> str:
    """Two tables for each kind of message: of means, and of heads; a way's splits one below the other."""
    parts = ["# Ways to calibrate", _LEGEND]
    names = [capability.value.replace("_", " ") for capability in Capability]
    for kind, found in comparisons.items():
        sizes = {split: comparison.texts for (_, split), comparison in found.items()}
        parts += [
            f"## {kind}",
            "Texts: " + ", ".join(f"{split} {count}" for split, count in sizes.items()) + ".",
            table(["way", "scored on", *_COLUMNS], [[*row, *_means(found[row], row[0])] for row in found]),
            "Brier / ECE / error / Spearman by head:",
            table(["way", "scored on", *names], [[*row, *_heads(found[row].scores)] for row in found]),
        ]
    return "\n\n".join(parts) + "\n"


def _means(found: Comparison, way: str) -> list[str]:
    scores = found.scores
    cells = [f"{np.mean(values):.4f}" for values in (scores.brier, scores.ece, scores.error)]
    cells += [f"{np.mean(scores.spearman):.3f}", f"{scores.largest:.3f}"]
    return cells + ["" if way == NONE else _signed(less) for less in (found.brier, found.error)]


def _signed(found: Interval) -> str:
    value, low, high = (part + 0.0 for part in found.rounded())  # no -0.0000
    return f"{value:+.4f} ({low:+.4f} to {high:+.4f})"


def _heads(scores: Scores) -> list[str]:
    by_head = zip(scores.brier, scores.ece, scores.error, scores.spearman, strict=True)
    return [f"{brier:.4f} / {ece:.4f} / {error:.4f} / {rho:.3f}" for brier, ece, error, rho in by_head]
