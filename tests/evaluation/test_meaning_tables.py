"""A tiny report of ``eval meaning``, and every table it makes, cell by cell."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation import plots
from hydra_auto.evaluation.meaning.ablation import CHOICES, MIX
from hydra_auto.evaluation.meaning.difficulty import DIFFICULTY_VIEWS
from hydra_auto.evaluation.meaning.likelihood import FOUR, LARGEST, LARGEST_GAP, OTHERS
from hydra_auto.evaluation.meaning.tables import meaning_tables
from hydra_auto.evaluation.meaning.views import FULL, REQUIREMENT_VIEWS, SHORTFALL_VIEWS
from hydra_auto.evaluation.tables import to_markdown

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


def likelihoods(start, features):
    """Slopes of four requirements are by head; a head that says nothing has none."""
    by_view = {
        name: {
            "log_loss": [start + k / 1000, start - 0.01, 0.9],
            "brier": [start + k / 100, start - 0.02, 0.8],
            "slopes": [k + 0.5, 0.0, 9.0],
        }
        for k, name in enumerate(features)
    }
    slopes = {head: [k + 10.5, 0.0, 19.0] for k, head in enumerate(HEADS)} | {"tool_use": None}
    by_view[FOUR]["slopes"] = slopes
    rate = {"log_loss": [0.61, 0.6, 0.62], "brier": [0.21, 0.2, 0.22]}
    return {"problems": 27, "models": 5, "pairs": 130, "rate": rate, "by_view": by_view}


def decisions(start):
    def of_choice(k):
        regimes = {
            regime.value: {
                "solved": [start + k / 100 + i / 10, 0.1, 0.9],
                "cost_usd": [0.001 * (k + 1) + 0.01 * i, 0.0, 0.1],
                "regret": [k / 1000 + i / 100, -0.01, 0.05],
            }
            for i, regime in enumerate(Regime)
        }
        return {"area": [start + k / 100, 0.1, 0.9], "regret": [k / 100, -0.00001, 0.2], "regimes": regimes}

    by_choice = {name: of_choice(k) for k, name in enumerate((*CHOICES, MIX))}
    del by_choice[MIX]["regimes"]
    singles = {f"test/{name}": {"solved": 0.5, "cost_usd": 0.001} for name in "ab"}
    return {"problems": 26, "singles": singles, "by_choice": by_choice}


def grading(name, start, **more):
    by_view = {
        view: {"share": [start + k / 100, start, 0.9], "tied": 0.1} for k, view in enumerate(DIFFICULTY_VIEWS)
    }
    found = {"benchmark": "gsm", "part": "unseen", "grading": name, "problems": 30, "pairs": 200}
    return found | {"grades": {"1": 10, "2": 20}, "by_view": by_view} | more


def difficulties():
    known = grading("level", 0.5)
    known["by_view"]["tool_use"] = {"share": None, "tied": 1.0}
    without = grading("time", 0.4, benchmark="lite", part="seen", grades={"0": 5, "1": 6, "3": 7})
    without["by_view"]["failing models"] = None
    return [known, without]


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
    several = {
        "likelihood": likelihoods(0.02, (LARGEST, FOUR, OTHERS)),
        "likelihood_profiled": likelihoods(0.03, (LARGEST, FOUR, LARGEST_GAP, FULL, OTHERS)),
        "decisions": decisions(0.4),
    }
    one = {"likelihood": likelihoods(0.04, (LARGEST, FOUR))}  # a single model has no others
    both = {"panels": ["gsm, v1", "crux"], "part": "unseen"} | decisions(0.5)
    few = {"problems": 29, "models": {"a": "test/a", "b": "test/a"}, "profiles": 1}
    return {
        "bench": "meaning",
        "model_version": "tiny",
        "panels": [
            panel(
                "gsm", 0.07, panel="v1", problems=20, annotated=annotated, shortfalls=shortfalls, **several
            ),
            panel("crux", 0.1, part="seen", shortfalls=few, **one),
            {"benchmark": "math500", "panel": "all", "part": "unseen", "skipped": "fewer than 20 problems"},
        ],
        "together": [both],
        "difficulty": difficulties(),
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
    assert math.isnan(drawn["meaning_difficulty.png"]["tool_use"][0][0])
    assert math.isnan(drawn["meaning_likelihood.png"][OTHERS][1][0])


def test_plots_with_gaps_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="needs the eval extra")
    files = plots.write_plots(report(), tmp_path)
    assert len(files) == 7
    assert all(file.stat().st_size > 5_000 for file in files)
