"""``profile explain``: the parts of a number add up to it, and each has its source."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from hydra_auto.cli.main import main
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Price, TaskCost
from hydra_auto.profiling.cost import CostRow
from hydra_auto.profiling.explain import explanation
from hydra_auto.profiling.explain_text import lines
from hydra_auto.profiling.profiles import Profiles
from profile_builders import (
    BENCHMARKS,
    DATA,
    facts,
    made_up,
    needs_data,
    profiles,
    real_profiles,
    result,
    truth,
)


@pytest.fixture(scope="module")
def fitted() -> Profiles:
    known, results = made_up()
    results = [r for r in results if r.model != "acme/m20" or "tool_use" not in r.benchmark.name]
    results += [
        result(f"m{i:02}", BENCHMARKS[0], truth()[i][0] - 0.8, effort="low", efforts=2) for i in range(12)
    ]
    return profiles(results, known)


@pytest.mark.parametrize("model", ["acme/m00", "acme/m20"])
def test_the_ability_is_its_start_plus_what_each_result_moved_it(fitted: Profiles, model: str) -> None:
    for part in explanation(fitted, model)["capabilities"].values():
        ability = part["ability"]
        moved = sum(row["moved"] for row in part["results"])
        assert ability["start"] + moved == pytest.approx(ability["mean"], abs=1e-9)
        parts = ability["moved_by_results_of_this_capability"] + ability["moved_by_other_results"]
        assert parts == pytest.approx(moved, abs=1e-9)
        direct = any(row["load"] for row in part["results"])
        assert sum(row["weight"] for row in part["results"]) == pytest.approx(1 if direct else 0)


def test_the_level_follows_from_ability_error_and_scale(fitted: Profiles) -> None:
    for name, part in explanation(fitted, "acme/m07")["capabilities"].items():
        cautious = part["ability"]["mean"] - part["caution"] * part["ability"]["sd"]
        assert fitted.scales[Capability(name)].level(cautious) == pytest.approx(part["level"], abs=0.005)


@pytest.mark.parametrize("after", [None, "acme/m20"])
def test_the_start_is_explained_too(after: str | None) -> None:
    known, results = made_up()
    known["acme/new"] = facts("new", released=dt.date(2026, 7, 1), price=Price(input=0.1, output=0.5))
    built = profiles(results, known, predecessors={"acme/new": after} if after else {})
    report = explanation(built, "acme/new")
    for part in report["capabilities"].values():
        assert sum(part["ability"]["start_parts"].values()) == pytest.approx(
            part["ability"]["start"], abs=1e-9
        )
    text = "\n".join(lines(report))
    assert (f"= {after}'s" if after else "= of a model of 2025-01-01 at 1 USD") in text
    assert "rests on no result of this capability" in text
    assert "-0%" not in text


def test_each_level_says_who_measured_what_it_rests_on() -> None:
    known, results = made_up()
    told = "secondary (transcribed by a third party)"
    hearsay = [replace(r, kind=told) if r.model == "acme/m20" else r for r in results]
    half = [replace(r, kind=told) if r.benchmark.name.endswith((" 0", " 1")) else r for r in results]
    kinds = {"independent": 1.0, "vendor-reported": 3.0, "secondary": 2.0}
    none = explanation(profiles(hearsay, known, kinds=kinds), "acme/m20")
    some = explanation(profiles(half, known, kinds=kinds), "acme/m20")
    for part in none["capabilities"].values():
        assert (part["basis"]["benchmarks"], part["basis"]["independent"]) == (4, 0)
    assert "rests on 4 benchmarks, none measured independently: 4 secondary (100%" in "\n".join(lines(none))
    for part in some["capabilities"].values():
        found = part["basis"]
        assert (found["benchmarks"], found["independent"]) == (4, 2)
        assert sum(kind["weight"] for kind in found["kinds"].values()) == pytest.approx(1)


def test_a_capability_without_results_is_filled_in_by_the_others_and_is_less_sure(fitted: Profiles) -> None:
    parts = explanation(fitted, "acme/m20")["capabilities"]
    filled, measured = parts["tool_use"], parts["reasoning"]
    assert filled["ability"]["moved_by_results_of_this_capability"] == 0
    assert abs(filled["ability"]["moved_by_other_results"]) > 0.1
    assert filled["uncertainty"] > measured["uncertainty"]
    assert [row["benchmark"] for row in filled["missing"]] == [f"tool_use {i}" for i in range(4)]
    assert all(row["low"] < row["expected"] < row["high"] for row in filled["missing"])


def test_another_effort_has_levels_of_its_own(fitted: Profiles) -> None:
    high, low = explanation(fitted, "acme/m03"), explanation(fitted, "acme/m03", "low")
    assert low["capabilities"]["reasoning"]["level"] < high["capabilities"]["reasoning"]["level"]
    assert low["capabilities"]["reasoning"]["ability"]["moved_by_effort"] < -0.2
    assert high["capabilities"]["reasoning"]["ability"]["moved_by_effort"] == 0
    assert "at low effort" in next(lines(low))


def test_the_table_is_short_unless_everything_is_asked_for(fitted: Profiles) -> None:
    report = explanation(fitted, "acme/m00")
    short, long = list(lines(report)), list(lines(report, everything=True))
    assert len(short) < len(long)
    assert any(line.startswith("debugging 0.") for line in short)
    assert all(len(line) <= 160 for line in short)


@needs_data
@pytest.mark.data
def test_every_number_of_a_real_model_leads_to_a_row_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "explain", "openai/gpt-5.6-luna", "--json", "--data", str(DATA)]) == 0
    report = json.loads(capsys.readouterr().out)
    table = (DATA / "models" / "scores.csv").read_text(encoding="utf-8").splitlines()
    rows = [
        row for part in report["capabilities"].values() for found in part["results"] for row in found["rows"]
    ]
    assert len(rows) > 100
    assert all(table[row["line"] - 1].startswith("openai/gpt-5.6-luna,") for row in rows)
    assert all(report["facts"][key]["source"] for key in ("price", "cost", "context_window", "images"))


@needs_data
@pytest.mark.data
def test_the_parts_add_up_for_real_models() -> None:
    built = real_profiles()
    for model in list(built.facts)[::4]:
        for part in explanation(built, model)["capabilities"].values():
            moved = sum(row["moved"] for row in part["results"])
            assert part["ability"]["start"] + moved == pytest.approx(part["ability"]["mean"], abs=1e-6)


def test_results_and_costs_that_nobody_can_look_up_are_marked() -> None:
    known, results = made_up()
    lost = 'unlocated public note "x", quoting a table'
    row = CostRow(
        line=7,
        model="acme/m20",
        benchmark="b",
        metric="usd_per_task",
        usd=0.5,
        setting="max",
        date="2026-09-22",
        source=lost,
    )
    cost = TaskCost(per_task_usd=0.2, source="list price of one task x 0.50, as spent in b")
    known["acme/m20"] = replace(known["acme/m20"], cost=cost, spent=(row,))
    results = [
        replace(r, source=lost) if r.model == "acme/m20" and "tool_use" in r.benchmark.name else r
        for r in results
    ]
    report = explanation(profiles(results, known), "acme/m20")
    assert json.loads(json.dumps(report))["facts"]["cost"]["spent"][0]["line"] == 7
    text = "\n".join(lines(report, everything=True))
    assert "4 of a source that nobody can look up" in text
    assert text.count("tool_use 0, source not located") == len(report["capabilities"])
    assert "reasoning 0, source not located" not in text
    assert "one task: 60 calls that read 75,000 tokens afresh" in text
    assert f"line 7: 0.5 usd_per_task b [max] 2026-09-22 {lost}" in text


@needs_data
@pytest.mark.data
def test_a_local_model_and_an_effort_are_explained_as_the_catalogs_list_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["profile", "explain", "qwen/qwen3-8b", "--data", str(DATA)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Qwen3 8B (local) ")
    assert "  match ollama/qwen3:8b: " in told
    assert "  cost " not in told
    assert main(["profile", "explain", "anthropic/claude-opus-5@low", "--data", str(DATA)]) == 0
    assert "at low effort" in capsys.readouterr().out
    assert main(["profile", "explain", "anthropic/claude-opus-5@lower", "--data", str(DATA)]) == 2


@needs_data
@pytest.mark.data
def test_a_cost_names_what_it_was_computed_from() -> None:
    luna = real_profiles().facts["openai/gpt-6-luna"]
    assert luna.cost is not None
    assert luna.cost.source.count("(unlocated public note)") == 2
    assert {row.benchmark for row in luna.spent} == {
        "AA Intelligence Index (Sept 2026 version)",
        "Artificial Analysis: Terminal-Bench 4.0",
    }
    measured = real_profiles().facts["anthropic/claude-sonnet-4.6"]
    assert (measured.spent, "unlocated" in str(measured.cost)) == ((), False)
