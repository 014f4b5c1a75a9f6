"""What ``eval meaning`` draws, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.meaning.ablation import SINGLE, WITHOUT
from hydra_auto.evaluation.meaning.ablation_tables import decided
from hydra_auto.evaluation.meaning.difficulty import LENGTH
from hydra_auto.evaluation.meaning.difficulty_tables import grading_label
from hydra_auto.evaluation.meaning.likelihood import FOUR, LARGEST, OTHERS
from hydra_auto.evaluation.meaning.views import FULL

GAP: Final = (float("nan"),) * 3
"""Drawn as nothing: what is constant has no correlation."""
_RHO: Final = "Spearman's rho, with 95 % interval"
_HEADS: Final = tuple(c.value for c in Capability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Values with intervals, one line a label.

    Attributes:
        name: Of the file, without ending.
        axis: What the values are.
        series: [value, low, high] of every label, by name.
        mark: Where a line is drawn.
    """

    name: str
    title: str
    axis: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[Sequence[float]]]
    mark: float = 0.0


def meaning_pictures(report: dict[str, Any]) -> Iterator[Picture]:
    """What there are numbers for."""
    panels = [p for p in report["panels"] if "requirements" in p]
    if panels:
        yield from _correlations(panels)
        yield from _likelihoods(panels)
    if gradings := report["difficulty"]:
        views = ("largest", *_HEADS, LENGTH)
        yield Picture(
            name="meaning_difficulty",
            title="Problems of different stated difficulty in the right order",
            axis="share of pairs, ties half, with 95 % interval",
            labels=[grading_label(found) for found in gradings],
            series={view: [found["by_view"][view]["share"] or GAP for found in gradings] for view in views},
            mark=0.5,
        )
    if lost := list(decided(report)):
        less = (SINGLE, *WITHOUT.values())
        yield Picture(
            name="meaning_decisions",
            title="What decisions lose against four heads, at equal cost",
            axis="how much less is solved, mean over budgets, with 95 % interval",
            labels=[_short(name) for name, _ in lost],
            series={name: [found["by_choice"][name]["regret"] for _, found in lost] for name in less},
        )


def _short(panel: str) -> str:
    first, *others = panel.split(" + ")
    return f"{first} and {len(others)} more" if others else first


def _name(panel: dict[str, Any]) -> str:
    return f"{panel['benchmark']} {'' if panel['panel'] == 'all' else panel['panel']} {panel['part']}"


def _correlations(panels: list[dict[str, Any]]) -> Iterator[Picture]:
    for name, what, views in (
        ("requirements", "Largest and mean requirement", ("largest", "mean")),
        ("heads", "Each requirement", _HEADS),
    ):
        yield Picture(
            name=f"meaning_{name}",
            title=f"{what} against the share of models that fail",
            axis=_RHO,
            labels=[_name(p) for p in panels],
            series={view: [p["requirements"][view] or GAP for p in panels] for view in views},
        )
    short = [(_name(p), p["shortfalls"]["by_view"]) for p in panels if "by_view" in p.get("shortfalls", {})]
    for name, kind, title, axis, views in (
        (
            "shortfalls",
            "pairs",
            "Shortfall against failure, all problem-model pairs",
            _RHO,
            (FULL, SINGLE, "largest requirement alone", "profile alone"),
        ),
        (
            "ablation",
            "ahead",
            "How far the shortfall is ahead, all problem-model pairs",
            "difference of Spearman's rho, with 95 % interval",
            (*(f"{FULL} {without}" for without in WITHOUT.values()), SINGLE),
        ),
    ):
        if short:
            yield Picture(
                name=f"meaning_{name}",
                title=title,
                axis=axis,
                labels=[label for label, _ in short],
                series={view: [by_view[view][kind] or GAP for _, by_view in short] for view in views},
            )


def _likelihoods(panels: list[dict[str, Any]]) -> Iterator[Picture]:
    found = [(_name(p), p["likelihood"]["by_view"]) for p in panels if "likelihood" in p]
    if found:
        yield Picture(
            name="meaning_likelihood",
            title="Single outcomes foretold, against each model's rate alone",
            axis="gain in held-out log loss (nats), with 95 % interval",
            labels=[label for label, _ in found],
            series={
                name: [by_view[name]["log_loss"] if name in by_view else GAP for _, by_view in found]
                for name in (LARGEST, FOUR, OTHERS)
            },
        )
