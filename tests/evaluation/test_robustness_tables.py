"""Every number of a small report is another one, so that no two cells can be taken for each other."""

from __future__ import annotations

from pathlib import Path

from hydra_auto.evaluation.robustness.tables import robustness_tables
from hydra_auto.evaluation.tables import to_markdown

GOLDEN = Path(__file__).parents[1] / "golden" / "robustness_tables.md"
REGIMES = ("quality", "balanced", "economy")
KINDS = ("to_dearer", "to_dearest", "to_cheaper", "to_cheapest", "added_usd", "cost_ratio")


def row(name, family, messages, start):
    """Its shares are start + 0, 1, 2 ... thousandths, one step a kind and regime."""
    steps = iter(range(100))

    def values(scale=1.0):
        value = (start + next(steps)) * scale / 1_000
        return [value, value - scale * 0.01, value + scale * 0.02]

    return {
        "name": name,
        "family": family,
        "messages": messages,
        "rise": [-start / 1_000, -start / 1_000 - 0.01, -start / 1_000 + 0.02],
        "by_pool": {
            pool: {
                regime: {kind: values(1 if kind != "cost_ratio" else 10) for kind in KINDS}
                for regime in REGIMES
            }
            for pool in ("copilot", "five levels")
        },
    }


def pool(name, models):
    rungs = [{"id": f"{name}-a", "usd": 0.1, "share": 0.75}, {"id": f"{name}-b", "usd": 0.2, "share": 0.25}]
    return {"name": name, "models": models, "ladders": dict.fromkeys(REGIMES, rungs)}


REPORT = {
    "pools": [pool("copilot", 35), pool("five levels", 5)],
    "easy": 20,
    "hard": 10,
    "drawn_from": {"easy": 427, "hard": 101},
    "searched_against": "older",
    "up": [
        row("a line of terms", "stuffing", 20, 100),
        row("suffix searched for the message", "searched", 16, 200),
    ],
    "down": [row("claims of ease", "belittling", 10, 300)],
    "searches": [
        {"aim": "up", "messages": 1, "suffix": "proof monorepo", "gain": 0.7781, "scored": 250},
        {"aim": "down", "messages": 8, "suffix": "a | b", "gain": 0.2304, "scored": 249},
    ],
}


def test_every_cell_is_where_its_column_says():
    found = "\n\n".join(to_markdown(table) for table in robustness_tables(REPORT)) + "\n"
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_no_search_and_nobody_talked_down_have_no_table():
    titles = [table.title for table in robustness_tables(REPORT | {"down": [], "searches": []})]
    assert len(titles) == 1 + 1 + 2 * 2
    assert not [title for title in titles if "down" in title or "search" in title]
