"""A tiny report of ``eval meaning``, and every table it makes, cell by cell."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation import plots
from hydra_auto.evaluation.meaning_tables import meaning_tables
from hydra_auto.evaluation.tables import to_markdown
from hydra_auto.evaluation.views import REQUIREMENT_VIEWS, SHORTFALL_VIEWS

GOLDEN = Path(__file__).parents[1] / "golden" / "meaning_tables.md"
HEADS = [c.value for c in Capability]


def correlations(start):
    """A different number for every view, so that two columns cannot change places unseen."""
    found = {
        view: [round(start + k / 100, 2), round(start + k / 100 - 0.1, 2), 0.9]
        for k, view in enumerate(REQUIREMENT_VIEWS)
    }
    return found | {"tool_use": None}


def panel(benchmark, start, **more):
    return {
        "benchmark": benchmark,
        "panel": "all",
        "part": "unseen",
        "problems": 30,
        "drawn_from": 30,
        "models": 5,
        "mean_failing": 0.5,
        "requirements": correlations(start),
    } | more


def report():
    by_view = {
        view: {
            "pairs": [k / 100, k / 100 - 0.1, 0.9],
            "within": [0.3 + k / 100, 0.1, 0.9],
            "ahead": [0.6 + k / 100, 0.1, 0.9],
            "positive": 0.5,
        }
        for k, view in enumerate(SHORTFALL_VIEWS)
    }
    by_view["profile alone"] |= {"within": None, "ahead": None}
    by_view["shortfall without debugging"]["ahead"] = None
    models = {name: f"test/{name}" for name in "abcd"}
    short = dict(zip(HEADS, (0.25, 0.125, 0.0, 0.5), strict=True))
    annotated = {"problems": 21, "annotation": correlations(0.4), "encoder": correlations(0.2)}
    shortfalls = {"problems": 28, "models": models, "profiles": 3, "short": short, "by_view": by_view}
    few = {"problems": 29, "models": {"a": "test/a", "b": "test/a"}, "profiles": 1}
    return {
        "bench": "meaning",
        "model_version": "tiny",
        "panels": [
            panel("gsm", 0.07, panel="v1", problems=20, annotated=annotated, shortfalls=shortfalls),
            panel("crux", 0.1, part="seen", shortfalls=few),
            {"benchmark": "math500", "panel": "all", "part": "unseen", "skipped": "fewer than 20 problems"},
        ],
    }


def test_every_cell_and_note():
    made = "\n\n".join(to_markdown(table) for table in meaning_tables(report()))
    assert made == GOLDEN.read_text(encoding="utf-8").strip()


def test_a_constant_is_a_gap_in_the_plots(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="needs the eval extra")
    drawn = {}

    def dots(path, _title, _axis, _labels, series, *_):
        drawn[path.name] = series
        return path

    monkeypatch.setattr(plots, "_dots", dots)
    plots.write_plots(report(), tmp_path)
    heads = drawn["meaning_heads.png"]
    assert heads["reasoning"][0] == [0.07, -0.03, 0.9]
    assert all(math.isnan(value) for of_panel in heads["tool_use"] for value in of_panel)
    assert all(math.isnan(value) for value in drawn["meaning_ablation.png"]["shortfall without debugging"][0])
    assert len(drawn["meaning_shortfalls.png"]["shortfall"]) == 1  # of the panel with enough profiles


def test_plots_with_gaps_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="needs the eval extra")
    files = plots.write_plots(report(), tmp_path)
    assert len(files) == 4
    assert all(file.stat().st_size > 5_000 for file in files)
