"""Every number of a small report is another one, so that no two cells can be taken for each other."""

from __future__ import annotations

import itertools
from pathlib import Path

from hydra_auto.evaluation.robustness.defence_tables import defence_tables
from hydra_auto.evaluation.robustness.defences import (
    ALL_PLAIN,
    KNOWS_DEFENCE,
    KNOWS_ONE_LOOK,
    NO_TRICK,
    ONE_LOOK,
)
from hydra_auto.evaluation.tables import to_markdown

GOLDEN = Path(__file__).parents[1] / "golden" / "defence_tables.md"
POOLS = ("copilot", "five levels")
REGIMES = ("quality", "balanced", "economy")
MEASURES = ("spearman_mean", "spearman_largest", "mean_absolute_error")


def made():
    steps = itertools.count(1)

    def value():
        number = next(steps) / 1_000
        return [number, number - 0.001, number + 0.002]

    def by_pool(kinds=()):
        return {
            pool: {regime: {kind: value() for kind in kinds} if kinds else value() for regime in REGIMES}
            for pool in POOLS
        }

    def row(name, kinds):
        return {"name": name, "family": "", "messages": 4, "rise": value(), "by_pool": by_pool(kinds)}

    def defence(name, view, rule):
        return {
            "name": name,
            "view": view,
            "rule": rule,
            "passes": 1 + next(steps) / 1_000,
            "time": 1 + next(steps) / 1_000,
            "untouched": {
                "real": {"messages": 7} | {f"{m}{end}": value() for m in MEASURES for end in ("", "_change")},
                "chat": {"messages": 5} | {f"{m}{end}": value() for m in MEASURES for end in ("", "_change")},
                "changed": by_pool(),
            },
            "up": [
                row(trick, ("to_dearer", "to_dearest"))
                for trick in ("stuffing", ALL_PLAIN, KNOWS_ONE_LOOK, KNOWS_DEFENCE)
            ],
            "down": [row(trick, ("to_cheaper",)) for trick in (ALL_PLAIN, KNOWS_ONE_LOOK, KNOWS_DEFENCE)],
            "over_one_look": {
                "up": [row(trick, ("to_dearer",)) for trick in (NO_TRICK, ALL_PLAIN)],
                "down": [row(trick, ("to_cheaper",)) for trick in (NO_TRICK, ALL_PLAIN)],
            },
        }

    return {
        "messages": {"up": 50, "down": 26},
        "targets": {"up": 8, "down": 3},
        "budget": 80,
        "defences": [
            defence(ONE_LOOK, "", ""),
            defence("middle: smaller", "middle", "smaller"),
        ],
    }


def test_every_cell_is_where_its_column_says():
    report = made()
    report["defences"][1]["untouched"]["chat"]["spearman_largest"] = None
    found = "\n\n".join(to_markdown(table) for table in defence_tables(report, POOLS)) + "\n"
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_what_a_stopped_run_lacks_is_empty():
    report = made()
    assert defence_tables(report | {"defences": []}, POOLS) == []
    for defence in report["defences"]:
        defence["up"] = [row for row in defence["up"] if row["name"] != KNOWS_DEFENCE]
        defence["down"] = []
        del defence["untouched"]
    costs, rises, moves, _ = defence_tables(report, POOLS)
    assert costs.rows == ((ONE_LOOK,), ("middle: smaller",))
    assert rises.columns[1:] == ("up: stuffing", "up: plain tricks", "up: words searched against one look")
    assert [cell == "" for cell in moves.rows[0]] == [False] * 5 + [True] * 5 + [False] * 3 + [True]
