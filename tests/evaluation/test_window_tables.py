"""One tiny report, cell by cell: every number of it occurs once, so that none can be taken for another."""
# ruff: noqa: E501 - rows of tables

from __future__ import annotations

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.tables import to_markdown
from hydra_auto.evaluation.windows.tables import window_tables


def around(value):
    return [value, value - 0.01, value + 0.02]


def changed(start):
    """Shares of two pools and three regimes, one point apart each."""
    return {
        pool: {regime.value: around(start + (3 * p + r) / 100) for r, regime in enumerate(Regime)}
        for p, pool in enumerate(("small", "large"))
    }


def long_row(rule, window, start):
    return {
        "rule": rule,
        "window": window,
        "spearman_mean": around(start),
        "spearman_largest": None,
        "error": around(start / 10),
        "against_served": {
            "spearman_mean": around(start - 0.9),
            "spearman_largest": None,
            "error": around(0.0021),
        },
        "changed": changed(start / 2),
    }


def paste_row(rule, start):
    return {
        "rule": rule,
        "change": around(start),
        "error": around(start + 0.05),
        "against_served": {"change": around(start / 10), "error": around(start / 20)},
        "changed": changed(start),
    }


def part(name, start):
    return {
        "name": name,
        "questions": 12,
        "median_tokens": 5100,
        "bare_error": around(start + 0.3),
        "rows": [paste_row("served", start), paste_row("tail", start + 0.1)],
    }


REPORT = {
    "window": 256,
    "pools": [
        {"name": name, "models": 4, "ladders": {"quality": [{"id": "x/y", "usd": 0.1, "share": 1.0}]}}
        for name in ("small", "large")
    ],
    "long": [
        {
            "name": "more than 256 tokens",
            "messages": 21,
            "groups": 17,
            "median_tokens": 450,
            "rows": [long_row("served", 256, 0.8), long_row("tail", 64, 0.7)],
        }
    ],
    "pastes": [part("all", 0.1), part("after", 0.15)],
    "examples": [
        {
            "key": "requirements/s/1",
            "tokens": 900,
            "annotated": [0.5, 0.4, 0.0, 0.1],
            "predicted": {"served": [0.6, 0.4, 0.0, 0.3]},
        }
    ],
}

LONG = """\
**Real messages of more than 256 tokens: 21, in 17 conversations**

| what is read | Spearman, mean of heads | largest requirement | mean absolute error | Spearman, mean of heads, less served | largest requirement, less served | mean absolute error, less served |
|---|---:|---:|---:|---:|---:|---:|
| served, 256 tokens | 0.800 (0.790-0.820) | constant | 0.080 (0.070-0.100) | -0.100 (-0.110 to -0.080) | constant | 0.0021 (-0.0079 to 0.0221) |
| tail, 64 tokens | 0.700 (0.690-0.720) | constant | 0.070 (0.060-0.090) | -0.200 (-0.210 to -0.180) | constant | 0.0021 (-0.0079 to 0.0221) |

Half of them have at least 450 tokens. 95 % intervals by bootstrap over conversations; differences from the served rule, fences short, then 3:1 of 256 tokens, are paired."""

DECISIONS = """\
**Real messages of more than 256 tokens: share that goes to another model than by the served rule**

| what is read | small | large |
|---|---:|---:|
| served, 256 tokens | 40.0 % / 41.0 % / 42.0 % | 43.0 % / 44.0 % / 45.0 % |
| tail, 64 tokens | 35.0 % / 36.0 % / 37.0 % | 38.0 % / 39.0 % / 40.0 % |

At quality / balanced / economy."""

CHANGE = """\
| what is kept | all | after | all, less served |
|---|---:|---:|---:|
| served | 0.100 (0.090-0.120) | 0.150 (0.140-0.170) | 0.0100 (0.0000-0.0300) |
| tail | 0.200 (0.190-0.220) | 0.250 (0.240-0.270) | 0.0200 (0.0100-0.0400) |
"""

ERROR = """\
| what is kept | all | after | all, less served |
|---|---:|---:|---:|
| the question alone | 0.400 (0.390-0.420) | 0.450 (0.440-0.470) |  |
| served | 0.150 (0.140-0.170) | 0.200 (0.190-0.220) | 0.0050 (-0.0050 to 0.0250) |
| tail | 0.250 (0.240-0.270) | 0.300 (0.290-0.320) | 0.0100 (0.0000-0.0300) |
"""

IN_LARGE = """\
| what is kept | all | after |
|---|---:|---:|
| served | 13.0 % / 14.0 % / 15.0 % | 18.0 % / 19.0 % / 20.0 % |
| tail | 23.0 % / 24.0 % / 25.0 % | 28.0 % / 29.0 % / 30.0 % |
"""

EXAMPLES = """\
**Long messages whose numbers depend most on the rule, 256 tokens read**

| message | reasoning | code_generation | debugging | tool_use | mean absolute error |
|---|---:|---:|---:|---:|---:|
| requirements/s/1 (900 tokens), annotated | 0.50 | 0.40 | 0.00 | 0.10 |  |
| served | 0.60 | 0.40 | 0.00 | 0.30 | 0.075 |

At most one of each set; extremes, not typical ones."""


def test_every_cell_is_the_number_of_its_row_and_column():
    _pools, long, decisions, change, error, small, large, examples = map(to_markdown, window_tables(REPORT))
    assert long == LONG
    assert decisions == DECISIONS
    assert CHANGE in change
    assert "12 real questions that fit the window of 256 tokens" in change
    assert "at least 5100 tokens" in change
    assert ERROR in error
    assert IN_LARGE in large
    assert "| served | 10.0 % / 11.0 % / 12.0 % |" in small
    assert examples == EXAMPLES


def test_a_report_that_was_stopped_early_has_the_tables_it_can_have():
    assert len(window_tables(REPORT | {"long": [], "pastes": [], "examples": []})) == 1
