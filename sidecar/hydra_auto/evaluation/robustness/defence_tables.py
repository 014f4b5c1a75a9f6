"""The part of the report of ``eval robustness --views`` as tables: a line a defence, one look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.robustness.defences import ALL_PLAIN, KNOWS_DEFENCE, KNOWS_ONE_LOOK, NO_TRICK
from hydra_auto.evaluation.tables import CONSTANT, Table, number, percent

_REGIME: Final = Regime.BALANCED.value  # the one that holds where nobody sets another
_TRIED: Final = {
    ALL_PLAIN: "plain tricks",
    KNOWS_ONE_LOOK: "words searched against one look",
    KNOWS_DEFENCE: "against the defence",
}
_RIGHTNESS: Final = {
    "spearman_mean": "rho, mean of heads",
    "spearman_largest": "rho, largest",
    "mean_absolute_error": "mean absolute error",
}

Row = Mapping[str, Any]


def defence_tables(views: dict[str, Any], pools: Sequence[str]) -> list[Table]:
    """What defences cost, what is left of each family of tricks, and per pool what moves.

    Args:
        views: As `defences.compare` makes it; what is not in it yet has empty cells.
        pools: Names of the pools.
    """
    if not views["defences"]:
        return []
    return [_costs(views), _rises(views), *(_moves(views, pool) for pool in pools)]


def _costs(views: dict[str, Any]) -> Table:
    kinds = [kind for kind in ("real", "chat") if kind in views["defences"][0].get("untouched", ())]

    def cells(defence: Row) -> list[str]:
        if not kinds:
            return []
        found = defence["untouched"]
        rightness = [_changed(found[kind], key, defence) for kind in kinds for key in _RIGHTNESS]
        return [f"{defence['passes']:.2f}", f"{defence['time']:.2f}", *rightness]

    columns = [f"{kind}: {words}" for kind in kinds for words in _RIGHTNESS.values()]
    sizes = ", ".join(f"{views['defences'][0]['untouched'][kind]['messages']} {kind}" for kind in kinds)
    return Table(
        title="Two views: what they cost where nobody attacks",
        columns=("defence", *(("encoder calls", "time") if kinds else ()), *columns),
        rows=tuple((d["name"], *cells(d)) for d in views["defences"]),
        note="View: what of the text the second look reads; then how the two are combined, per capability. "
        f"Untouched messages of the test split: {sizes or 'none'}. Calls and time a message, in those of one "
        "look; after a value, what it differs from one look by, paired.",
    )


def _changed(found: Row, key: str, defence: Row) -> str:
    """A number of one look with its interval; of a defence with what it differs by."""
    if not defence["view"]:
        return number(found[key])
    if found[key] is None or found[f"{key}_change"] is None:
        return CONSTANT
    return f"{number(found[key], ends=False)}, {number(found[f'{key}_change'])}"


def _rises(views: dict[str, Any]) -> Table:
    names = {
        way: list(dict.fromkeys(row["name"] for d in views["defences"] for row in d[way]))
        for way in ("up", "down")
    }
    return Table(
        title="Two views: change of the largest requirement",
        columns=("defence", *(f"{way}: {_TRIED.get(name, name)}" for way in names for name in names[way])),
        rows=tuple(
            (d["name"], *(_cell(d[way], name) for way in names for name in names[way]))
            for d in views["defences"]
        ),
        note=f"{_sizes(views)} Against what the same defence says of the plain message.",
    )


def _cell(rows: Sequence[Row], name: str) -> str:
    return next((number(row["rise"]) for row in rows if row["name"] == name), "")


def _moves(views: dict[str, Any], pool: str) -> Table:
    def share(rows: Sequence[Row], name: str, kind: str) -> str:
        found = [row["by_pool"][pool][_REGIME][kind] for row in rows if row["name"] == name]
        return percent(found[0]) if found else ""

    def cells(defence: Row) -> list[str]:
        over = defence["over_one_look"]
        changed = defence.get("untouched", {}).get("changed")
        return [
            *(share(defence["up"], name, kind) for name in _TRIED for kind in ("to_dearer", "to_dearest")),
            *(share(defence["down"], name, "to_cheaper") for name in _TRIED),
            share(over["up"], ALL_PLAIN, "to_dearer"),
            *(share(over["down"], name, "to_cheaper") for name in (ALL_PLAIN, NO_TRICK)),
            percent(changed[pool][_REGIME]) if changed else "",
        ]

    columns = (
        *(f"up, {words}: {to}" for words in _TRIED.values() for to in ("dearer", "dearest")),
        *(f"down, {words}: cheaper" for words in _TRIED.values()),
        "up, plain tricks: dearer than by one look",
        "down, plain tricks: cheaper than by one look",
        "hard and untouched: cheaper than by one look",
        "untouched: on another model than by one look",
    )
    return Table(
        title=f"Two views, pool: {pool}, {_REGIME}: where messages go",
        columns=("defence", *columns),
        rows=tuple((d["name"], *cells(d)) for d in views["defences"]),
        note=f"{_sizes(views)} Share of easy messages talked up that go to any dearer model and to the "
        "dearest in use, and of hard ones talked down that go to a cheaper one: than the same defence "
        "chooses for the plain message; where a column says so, than one look chooses for it.",
    )


def _sizes(views: dict[str, Any]) -> str:
    messages, targets, one_look = views["messages"], views["targets"], views["defences"][0]
    searched = [
        sum(row["messages"] for row in one_look[way] if row["name"] == KNOWS_ONE_LOOK)
        for way in ("up", "down")
    ]
    return (
        f"{messages['up']} easy and {messages['down']} hard messages with every aimed trick, {searched[0]} "
        f"and {searched[1]} with the words that the bench has searched for them against one look. Who knows "
        f"the defence searches for {targets['up']} and {targets['down']}, {views['budget']} texts each (one "
        "search for all rules of a view, and as long a one against one look), and puts the words after the "
        "message or within its first two sentences."
    )
