"""What is drawn, read off the figures: titles, axes, series and points."""

from __future__ import annotations

import pytest

pytest.importorskip("matplotlib", reason="needs the eval extra: pip install 'hydra-auto[eval]'")

from matplotlib.figure import Figure

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.languages.pairs import TRANSLATION
from hydra_auto.evaluation.meaning.ablation import SINGLE, WITHOUT
from hydra_auto.evaluation.meaning.likelihood import FOUR, LARGEST, OTHERS
from hydra_auto.evaluation.meaning.views import FULL
from hydra_auto.evaluation.plots import write_plots
from hydra_auto.evaluation.windows.pastes import Arrangement

HEADS = [c.value for c in Capability]
REGIMES = [r.value for r in Regime]


def around(value):
    return [value, value - 0.01, value + 0.02]


@pytest.fixture
def draw(monkeypatch, tmp_path):
    """Draws a report; gives the axes by file name."""
    drawn = {}
    save = Figure.savefig
    monkeypatch.setattr(
        Figure,
        "savefig",
        lambda self, path, **how: (drawn.update({path.stem: self}), save(self, path, **how)),
    )

    def draw(**report):
        paths = write_plots({"model_version": "e5-x"} | report, tmp_path)
        assert all(path.stat().st_size > 1_000 for path in paths)
        assert sorted(path.stem for path in paths) == sorted(drawn)
        return {name: figure.axes[0] for name, figure in drawn.items()}

    return draw


def points(axes):
    """The drawn values and ends of each series, by its name."""
    found = {}
    for container in axes.containers:
        line, _, (bars,) = container.lines
        ends = [[round(float(x), 6) for x in segment[:, 0]] for segment in bars.get_segments()]
        values = [round(float(x), 6) for x in line.get_xdata()]
        found[container.get_label()] = [[value, *end] for value, end in zip(values, ends, strict=True)]
    return found


def check_words(drawn):
    titles = [axes.get_title(loc="left") for axes in drawn.values()]
    assert len(set(titles)) == len(titles)
    assert all(title.endswith("\nencoder e5-x") for title in titles)
    assert all("95 % interval" in axes.get_xlabel() for axes in drawn.values())


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_robustness_draws_both_ways_and_every_pool(draw):
    def row(name, start):
        moved = {
            regime: {
                kind: around(start + i / 10 + shift)
                for kind, shift in (("to_dearer", 0), ("to_cheaper", 0.05))
            }
            for i, regime in enumerate(REGIMES)
        }
        return {"name": name, "family": "f", "rise": around(start), "by_pool": {"five levels": moved}}

    drawn = draw(
        bench="robustness",
        pools=[{"name": "five levels"}],
        up=[row("one", 0.1), row("two", 0.2), row("all of the family", 0.9)],
        down=[row("three", 0.3)],
    )
    check_words(drawn)
    assert sorted(drawn) == [
        "robustness_down_change",
        "robustness_down_five-levels",
        "robustness_up_change",
        "robustness_up_five-levels",
    ]
    assert labels(drawn["robustness_up_change"]) == ["f: one", "f: two"]
    assert points(drawn["robustness_up_change"]) == {"change": [[0.1, 0.09, 0.12], [0.2, 0.19, 0.22]]}
    up, down = (points(drawn[f"robustness_{way}_five-levels"]) for way in ("up", "down"))
    assert [series[0][0] for series in up.values()] == [0.1, 0.2, 0.3]
    assert [series[0][0] for series in down.values()] == [0.35, 0.45, 0.55]
    assert list(up) == list(down) == REGIMES
    assert "dearer" in drawn["robustness_up_five-levels"].get_title(loc="left")
    assert "cheaper" in drawn["robustness_down_five-levels"].get_title(loc="left")


def test_languages_are_drawn_from_the_nearest_to_the_farthest(draw):
    def language(start):
        shares = {regime: {"share": around(start + i / 10)} for i, regime in enumerate(REGIMES)}
        return {"difference": around(start), "same": {"all": shares}}

    table = {"source": "chat", "kind": TRANSLATION, "scope": "annotated"}
    drawn = draw(
        bench="languages",
        pools=[{"name": "all"}],
        tables=[
            table | {"by_language": {"fa": language(0.6), "de": language(0.3)}},
            table | {"scope": "other", "by_language": {"sw": language(0.9)}},
        ],
    )
    check_words(drawn)
    assert labels(drawn["languages_difference"]) == ["de", "fa"]
    assert [p[0] for series in points(drawn["languages_difference"]).values() for p in series] == [0.3, 0.6]
    same = points(drawn["languages_same_all"])
    assert {name: [p[0] for p in series] for name, series in same.items()} == {
        regime: [round(0.3 + i / 10, 6), round(0.6 + i / 10, 6)] for i, regime in enumerate(REGIMES)
    }


def test_meaning_draws_requirements_heads_shortfalls_and_ablation(draw):
    requirements = {view: around(i / 10) for i, view in enumerate(("largest", "mean", *HEADS))}
    views = (
        FULL,
        SINGLE,
        "largest requirement alone",
        "profile alone",
        *(f"{FULL} without {h}" for h in HEADS),
    )
    by_view = {view: {"pairs": around(i / 10), "ahead": around(-i / 10)} for i, view in enumerate(views)}
    panel = {"benchmark": "bfcl", "panel": "all", "part": "unseen"}
    gains = {name: {"log_loss": around(i / 100)} for i, name in enumerate((LARGEST, FOUR, OTHERS))}
    less = {name: {"regret": around(i / 100)} for i, name in enumerate((SINGLE, *WITHOUT.values()))}
    decisions = {"by_choice": less}
    shares = {view: {"share": around(i / 10)} for i, view in enumerate(("largest", *HEADS, "length"))}
    grading = {"benchmark": "math500", "part": "unseen", "grading": "level", "by_view": shares}
    drawn = draw(
        bench="meaning",
        panels=[
            panel
            | {"requirements": requirements, "shortfalls": {"by_view": by_view}}
            | {"likelihood": {"by_view": gains}, "decisions": decisions},
            panel | {"benchmark": "math500", "requirements": requirements},
            panel | {"benchmark": "too small"},
        ],
        together=[{"panels": ["bfcl", "gsm", "crux"], "part": "unseen"} | decisions],
        difficulty=[grading],
    )
    check_words(drawn)
    assert sorted(drawn) == [
        "meaning_ablation",
        "meaning_decisions",
        "meaning_difficulty",
        "meaning_heads",
        "meaning_likelihood",
        "meaning_requirements",
        "meaning_shortfalls",
    ]
    assert len(labels(drawn["meaning_heads"])) == 2
    assert len(labels(drawn["meaning_shortfalls"])) == len(labels(drawn["meaning_ablation"])) == 1
    first = {name: {s: p[0] for s, p in points(axes).items()} for name, axes in drawn.items()}
    assert first["meaning_requirements"] == {"largest": [0.0, -0.01, 0.02], "mean": [0.1, 0.09, 0.12]}
    assert {h: p[0] for h, p in first["meaning_heads"].items()} == dict(
        zip(HEADS, (0.2, 0.3, 0.4, 0.5), strict=True)
    )
    assert [p[0] for p in first["meaning_shortfalls"].values()] == [0.0, 0.1, 0.2, 0.3]
    assert {view: p[0] for view, p in first["meaning_ablation"].items()} == {SINGLE: -0.1} | {
        f"{FULL} without {h}": -round((4 + i) / 10, 6) for i, h in enumerate(HEADS)
    }
    assert {name: p[0] for name, p in first["meaning_likelihood"].items()} == {
        LARGEST: 0.0,
        FOUR: 0.01,
        OTHERS: 0.02,
    }
    assert labels(drawn["meaning_decisions"]) == ["bfcl", "bfcl and 2 more"]
    assert [p[0] for p in first["meaning_decisions"].values()] == [0.0, 0.01, 0.02, 0.03, 0.04]
    assert labels(drawn["meaning_difficulty"]) == ["math500: level"]
    assert [p[0] for p in first["meaning_difficulty"].values()] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_windows_are_drawn_by_rule_and_window_and_pastes_by_place(draw):
    rules, arrangements = ("served", "tail"), [a.value for a in Arrangement]
    errors = [
        {"rule": rule, "window": window, "error": around(i / 10 + window / 1000)}
        for window in (256, 64)
        for i, rule in enumerate(rules)
    ]
    long = [{"name": "more than 256 tokens", "rows": errors}, {"name": "longer", "rows": errors[:1]}]
    pastes = [
        {"name": name, "rows": [{"rule": r, "change": around(k / 10 + i / 100)} for i, r in enumerate(rules)]}
        for k, name in enumerate(["all arrangements", *arrangements, "fenced"])
    ]
    drawn = draw(bench="windows", long=long, pastes=pastes)
    check_words(drawn)
    assert sorted(drawn) == ["windows_error", "windows_pastes"]
    assert labels(drawn["windows_error"]) == labels(drawn["windows_pastes"]) == list(rules)
    by_window, by_place = (
        {name: [p[0] for p in series] for name, series in points(axes).items()} for axes in drawn.values()
    )
    assert by_window == {"256 tokens": [0.256, 0.356], "64 tokens": [0.064, 0.164]}
    assert by_place == {
        name: [round(k / 10, 6), round(k / 10 + 0.01, 6)] for k, name in enumerate(arrangements, 1)
    }


def test_a_run_over_windows_that_was_stopped_is_drawn_as_far_as_it_got(draw):
    rows = [
        {"rule": r, "window": w, "error": around(0.1)} for r, w in (("served", 9), ("tail", 9), ("served", 8))
    ]
    drawn = draw(bench="windows", long=[{"name": "long", "rows": rows}], pastes=[])
    assert list(drawn) == ["windows_error"]
    assert labels(drawn["windows_error"]) == ["served", "tail"]
