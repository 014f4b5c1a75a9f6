"""Decisions with less than four heads in the report of ``eval meaning`` as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.meaning.ablation import CHOICES, FOUR_HEADS, MIX
from hydra_auto.evaluation.meaning.benchmarks import panel_label
from hydra_auto.evaluation.tables import Table, number, percent

_LESS: Final = tuple(name for name in CHOICES if name != FOUR_HEADS)
_PER_THOUSAND: Final = 1_000
_WHO: Final = (
    "Models with profile and price; the runs of one model are averaged; costs are the expected ones."
)
_REGRET: Final = (
    "Percentage points, on the same resamples; above 0: less than four heads lose. 95 % intervals by "
    "bootstrap over problems; they do not cover the choice of models."
)


def decided(report: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is decided about with its numbers: each panel, then panels of the same models together."""
    for panel in report["panels"]:
        if "decisions" in panel:
            yield panel_label(panel["benchmark"], panel["panel"], panel["part"]), panel["decisions"]
    for found in report["together"]:
        yield panel_label(" + ".join(found["panels"]), part=found["part"]), found


def ablation_tables(report: dict[str, Any]) -> list[Table]:
    """Areas under the curves of cost and success with regrets, then the same at the taus of the regimes."""
    found = list(decided(report))
    if not found:
        return []
    areas = tuple(
        (
            name,
            str(of["problems"]),
            str(len(of["singles"])),
            percent(of["by_choice"][FOUR_HEADS]["area"]),
            *(_points(of["by_choice"][less]["regret"]) for less in (*_LESS, MIX)),
        )
        for name, of in found
    )
    return [
        Table(
            title="Decisions with less than four heads: regret in the mean share solved over all budgets",
            columns=("panel", "problems", "models", f"{FOUR_HEADS}: share solved", *_LESS, MIX),
            rows=areas,
            note="Area under the curve of mean cost and share solved over all taus, from the cheapest to the "
            f"dearest model. Random mix: of single models, without reading the message. {_WHO} {_REGRET}",
        ),
        Table(
            title="Decisions with less than four heads: regret at what four heads cost at a regime",
            columns=("panel, regime", *_LESS),
            rows=_by_regime(found, _LESS, lambda at: _points(at["regret"])),
            note=_REGRET,
        ),
        Table(
            title="Decisions at the tau of each regime: share solved at USD per 1,000 messages",
            columns=("panel, regime", *CHOICES),
            rows=_by_regime(found, tuple(CHOICES), _success),
            note="At one tau less than four heads choose dearer or cheaper models, so that shares do not "
            f"compare. {_WHO}",
        ),
    ]


def _by_regime(
    found: list[tuple[str, dict[str, Any]]], choices: tuple[str, ...], cell: Callable[[dict[str, Any]], str]
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            f"{name}, {regime.value}",
            *(cell(of["by_choice"][choice]["regimes"][regime.value]) for choice in choices),
        )
        for name, of in found
        for regime in Regime
    )


def _success(at: dict[str, Any]) -> str:
    return f"{percent(at['solved'], ends=False)} at {_PER_THOUSAND * at['cost_usd'][0]:.2f}"


def _points(values: list[float]) -> str:
    return number([100 * value + 0.0 for value in values], 1)  # no minus before a zero
