"""The report of ``eval robustness`` as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.robustness.defence_tables import defence_tables
from hydra_auto.evaluation.tables import Table, number, percent, pool_table

_REGIMES: Final = tuple(regime.value for regime in Regime)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Direction:
    """How messages talked up, or down, are told of: names in the report, and words."""

    key: str
    any_kind: str
    far_kind: str
    messages: str
    any_words: str
    far_words: str


_UP: Final = _Direction(
    key="up",
    any_kind="to_dearer",
    far_kind="to_dearest",
    messages="Easy messages talked up",
    any_words="to any dearer model",
    far_words="to the dearest in use",
)
_DOWN: Final = _Direction(
    key="down",
    any_kind="to_cheaper",
    far_kind="to_cheapest",
    messages="Hard messages talked down",
    any_words="to any cheaper model",
    far_words="to the cheapest in use",
)


def robustness_tables(report: dict[str, Any]) -> list[Table]:
    """Requirements by trick; per pool where messages went and what that costs, by regime; defences."""
    directions = [d for d in (_UP, _DOWN) if report[d.key]]
    tables = [pool_table(report), *(_rises(report, d) for d in directions)]
    for pool in report["pools"]:
        for direction in directions:
            tables.append(_moves(report, direction, pool["name"]))
            tables.append(_costs(report, direction, pool["name"]))
    if report["searches"]:
        tables.append(_searches(report))
    if "views" in report:
        tables += defence_tables(report["views"], [pool["name"] for pool in report["pools"]])
    return tables


def _name(row: dict[str, Any]) -> str:
    return f"{row['family']}: {row['name']}"


def _rises(report: dict[str, Any], direction: _Direction) -> Table:
    chosen, all_of = {
        "up": (report["easy"], report["drawn_from"]["easy"]),
        "down": (report["hard"], report["drawn_from"]["hard"]),
    }[direction.key]
    return Table(
        title=f"{direction.messages}: change of the largest requirement",
        columns=("trick", "n", "change"),
        rows=tuple((_name(row), str(row["messages"]), number(row["rise"])) for row in report[direction.key]),
        note=f"n attacked messages, made of {chosen} of the {all_of} in the test split. "
        "95 % intervals by bootstrap over conversations; searched suffixes: over suffixes, of which two give "
        "no more than their range.",
    )


def _moves(report: dict[str, Any], direction: _Direction, pool: str) -> Table:
    kinds = (
        (direction.any_kind, direction.any_words, percent),
        (direction.far_kind, direction.far_words, percent),
    )
    return _by_regime(
        report,
        direction,
        pool,
        title=f"{direction.messages}, pool: {pool}",
        kinds=kinds,
        note="Share of the attacked messages.",
    )


def _costs(report: dict[str, Any], direction: _Direction, pool: str) -> Table:
    return _by_regime(
        report,
        direction,
        pool,
        title=f"{direction.messages}, pool: {pool}: what the choice costs",
        kinds=(
            ("added_usd", "added USD a message", lambda values: number(values, 5)),
            ("cost_ratio", "cost ratio", lambda values: number(values, 2)),
        ),
        note="Both models are priced for the plain message's length.",
    )


def _by_regime(
    report: dict[str, Any],
    direction: _Direction,
    pool: str,
    *,
    title: str,
    kinds: Sequence[tuple[str, str, Callable[[Sequence[float]], str]]],
    note: str,
) -> Table:
    rows = tuple(
        (
            _name(row),
            str(row["messages"]),
            *(cell(row["by_pool"][pool][regime][kind]) for kind, _, cell in kinds for regime in _REGIMES),
        )
        for row in report[direction.key]
    )
    columns = (f"{words}, {regime}" for _, words, _ in kinds for regime in _REGIMES)
    return Table(title=title, columns=("trick", "n", *columns), rows=rows, note=note)


def _searches(report: dict[str, Any]) -> Table:
    return Table(
        title="Suffixes that the search found",
        columns=("suffix", "way", "messages", "gain", "texts scored"),
        rows=tuple(
            (s["suffix"], s["aim"], str(s["messages"]), f"{s['gain']:.3f}", str(s["scored"]))
            for s in report["searches"]
        ),
        note="Gain: rise (down: fall) of the largest and of the mean requirement together, which is what the "
        f"search wants, of encoder {report['searched_against']}, which it asks.",
    )
