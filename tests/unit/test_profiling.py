"""Profiles from results: the fit on made-up results with a known answer, the scale, the file."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import LongPrice, ModelMatch, Price, TaskCost
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.origin import LayerName
from hydra_auto.profiling.cost import appetites, left_out_errors
from hydra_auto.profiling.evidence import effort_of, read_results
from hydra_auto.profiling.facts import read_facts
from hydra_auto.profiling.profiles import Profiles, belongs, build_profiles
from hydra_auto.profiling.rule import Anchor, Benchmark, Pool, read_pool, read_rule
from hydra_auto.profiling.validation import spearman
from hydra_auto.profiling.writer import catalog_text
from profile_builders import BENCHMARKS, COUNT, DATA, facts, made_up, needs_data, profiles, result, truth


@pytest.fixture(scope="module")
def fitted() -> Profiles:
    known, results = made_up()
    return profiles(results, known)


def test_the_fit_finds_the_abilities_behind_the_results(fitted: Profiles) -> None:
    for i in range(len(Capability)):
        found = fitted.abilities.mean[:, i]
        assert np.corrcoef(found, truth()[:, i])[0, 1] > 0.98


def test_levels_put_the_anchor_classes_where_the_rubric_wants_them(fitted: Profiles) -> None:
    for anchor, members in zip(fitted.rule.anchors, fitted.members, strict=True):
        assert len(members) == COUNT / 2
        for capability in Capability:
            median = np.median([fitted.levels(model)[capability] for model in members])
            assert abs(median - anchor.level) < 0.03


def test_a_higher_ability_is_a_higher_level(fitted: Profiles) -> None:
    scale = fitted.scales[Capability.REASONING]
    levels = [scale.level(ability) for ability in np.linspace(-9, 9, 50)]
    assert levels == sorted(levels)
    assert levels[0] > 0
    assert levels[-1] < 1


def test_a_level_is_cautious_and_more_so_with_less_evidence() -> None:
    known, results = made_up()
    few = [r for r in results if r.model != "acme/m20" or r.benchmark.name.endswith(" 0")]
    full, thin = profiles(results, known), profiles(few, known)
    for capability in Capability:
        assert full.levels("acme/m20")[capability] <= full.central_levels("acme/m20")[capability]

    def margin(of: Profiles) -> float:
        return sum(of.central_levels("acme/m20")[c] - of.levels("acme/m20")[c] for c in Capability)

    assert margin(thin) > margin(full)
    assert thin.is_estimated("acme/m20")
    assert not full.is_estimated("acme/m20")


def test_a_capability_without_results_follows_the_others() -> None:
    known, results = made_up()
    blind = [r for r in results if r.model != "acme/m20" or "tool_use" not in r.benchmark.name]
    level = profiles(blind, known).central_levels("acme/m20")
    assert abs(level[Capability.TOOL_USE] - level[Capability.REASONING]) < 0.15


def test_a_model_without_results_gets_the_trend_or_its_predecessor() -> None:
    known, results = made_up()
    known["acme/new"] = facts("new")
    alone = profiles(results, known)
    after = profiles(results, known, predecessors={"acme/new": "acme/m23"})
    assert alone.is_estimated("acme/new")
    for capability in Capability:
        strong = after.central_levels("acme/m23")[capability]
        assert abs(after.central_levels("acme/new")[capability] - strong) < 0.02
        assert after.levels("acme/new")[capability] < strong
        assert alone.central_levels("acme/new")[capability] < strong


def test_what_more_effort_adds_is_not_taken_for_ability() -> None:
    known, results = made_up()
    results += [
        result(f"m{i:02}", benchmark, truth()[i][k // 4] + 0.8, effort="max")
        for i in range(12)
        for k, benchmark in enumerate(BENCHMARKS)
    ]
    pushed = profiles(results, known)
    assert all(0.3 < shift < 1.0 for shift in pushed.abilities.shift["max"])
    for i in range(len(Capability)):
        assert np.corrcoef(pushed.abilities.mean[:, i], truth()[:, i])[0, 1] > 0.98


def test_several_efforts_of_one_benchmark_count_as_one_result() -> None:
    one = result("m00", BENCHMARKS[0], 0.0)
    assert replace(one, efforts=4).noise == 4 * one.noise


@pytest.mark.parametrize(
    ("setting", "effort"),
    [
        ("", "high"),
        ("reasoning", "high"),
        ("high; reasoning", "high"),
        ("medium; reasoning", "medium"),
        ("Med; v6 (2025-08) n=1055", "medium"),
        ("16k", "medium"),
        ("low-effort; thinking-64k", "low"),
        ("1k", "low"),
        ("xhigh; reasoning", "max"),
        ("max-effort", "max"),
        ("effort none; user sim gpt-5.2; by Sierra", "none"),
        ("Non-reasoning, Low Effort; non-reasoning", "none"),
        ("minimal; non-reasoning", "none"),
        ("no think; diff format", "none"),
        ("OpenHands v1.8.3", "high"),
    ],
)
def test_the_effort_of_a_run_is_read_from_its_setting(setting: str, effort: str) -> None:
    assert effort_of(setting, reasons=True) == effort
    assert effort_of(setting, reasons=False) == "high"


def test_results_are_medians_over_harnesses_and_preferred_settings(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    rows = [
        ("a/x", "b", "percent", s, setting, "2026-01-01", "src", "tool_use", "independent", "")
        for s, setting in ((10, "Prompt"), (40, "FC one"), (60, "FC two"), (99, "FC max"))
    ]
    rows.append(("a/unknown", "b", "percent", 1, "", "", "src", "tool_use", "independent", ""))
    header = "model,benchmark,metric,score,setting,date,source,capability,evidence,source_model_name\n"
    path.write_text(header + "\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    loads = dict.fromkeys(Capability, 0.25)
    bench = Benchmark(name="b", metrics=("percent",), scale="percent", loads=loads, prefer="FC")
    found = read_results(path, [bench], {"a/x": True})
    assert [(r.effort, r.score, r.runs, r.efforts) for r in found] == [
        ("high", 50.0, 2, 2),
        ("max", 99.0, 1, 2),
    ]


def test_who_reports_a_result_decides_what_it_counts(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    told = "secondary (transcribed by a third party)"
    rows = [
        ("a/both", 50, "independent (copied table)", "2026-01-01"),
        ("a/both", 90, told, "2026-09-01"),
        ("a/claim", 70, "vendor-reported", "2026-01-01"),
        ("a/told", 60, told, "2026-01-01"),
    ]
    header = "model,benchmark,metric,score,setting,date,source,capability,evidence,source_model_name\n"
    lines = [f"{m},b,percent,{s},,{date},src,tool_use,{kind}," for m, s, kind, date in rows]
    path.write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    bench = Benchmark(name="b", metrics=("percent",), scale="percent", loads=dict.fromkeys(Capability, 0.25))
    kinds = {"independent": 1.0, "vendor-reported": 3.0, "secondary": 2.0}
    reasoning = dict.fromkeys((row[0] for row in rows), True)
    found = {r.model: r for r in read_results(path, [bench], reasoning, kinds)}
    assert {model: r.noise for model, r in found.items()} == {"a/both": 1.0, "a/claim": 3.0, "a/told": 2.0}
    assert found["a/both"].score == 50.0, "a transcription is not averaged into what was measured"
    assert [row.score for row in found["a/both"].rows] == [50.0]
    assert replace(found["a/told"], benchmark=replace(bench, noise=3.0)).noise == 3.0, "not both at once"


def test_no_second_hand_result_counts_whole() -> None:
    """catalogs/README.md: vendors' claims count a third, results transcribed by a third party a half."""
    assert dict(read_rule().kinds) == {"independent": 1.0, "vendor-reported": 3.0, "secondary": 2.0}
    assert list(read_rule().kinds) == ["independent", "vendor-reported", "secondary"]


@pytest.mark.parametrize(
    ("more", "inside"),
    [
        ({"params_b": 8.0}, True),
        ({"params_b": 30.0}, False),
        ({"id": "acme/x-nano"}, True),
        ({"id": "acme/x-nano", "released": dt.date(2020, 1, 1)}, False),
        ({"id": "other/x-nano"}, False),
        ({}, False),
    ],
)
def test_an_anchor_class_is_a_matter_of_size_or_name_vendor_and_date(
    more: dict[str, object], *, inside: bool
) -> None:
    anchor = Anchor(
        level=0.3,
        what="small",
        params=(7, 9),
        name="nano",
        vendors=("acme",),
        released=(dt.date(2025, 1, 1), dt.date(2027, 1, 1)),
    )
    assert belongs(facts("x", **more), anchor) is inside


def test_the_written_catalog_reads_back_as_it_was(fitted: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hydra_auto.profiling.writer.ollama_tags", lambda _: {"acme/m00": "m0:1b"})
    known = dict(fitted.facts)
    known["acme/m01"] = facts(
        "m01",
        name='No: "quotes" # here',
        cost=TaskCost(per_task_usd=0.5, source="a test, once"),
        price=Price(
            input=0.0625,
            cached_input=0.001,
            output=1.0,
            long=LongPrice(above=200_000, input=0.125, cached_input=0.002, output=1.5),
        ),
        max_input=60_000,
        multiplier=0.33,
    )
    text = catalog_text(replace(fitted, facts=known), Pool(models=("acme/m01",), local=("acme/m00",)), Path())
    layer, problems = read_catalog(text, path="d.yaml", layer=LayerName.BUILT_IN)
    catalog, found = merge_layers([layer])
    assert (problems, found) == ((), ())
    assert catalog is not None
    first, local = catalog.models
    assert first.name == 'No: "quotes" # here'
    assert first.price == known["acme/m01"].price
    assert (first.context_window, first.max_input_tokens, local.max_input_tokens) == (100_000, 60_000, None)
    assert first.cost == known["acme/m01"].cost
    assert dict(first.capabilities.levels) == fitted.levels("acme/m01")
    assert {item.source for item in first.evidence} == {"somebody/results@0123abc"}
    assert (local.name, local.match) == ("m00 (local)", (ModelMatch(vendor="ollama", family="m0:1b"),))


def test_appetite_is_what_a_model_spends_beyond_its_list_price() -> None:
    spends = {f"m{i}": factor for i, factor in enumerate((0.25, 0.5, 1.0, 1.0, 2.0, 4.0))}
    efforts = {"low": 0.3, "high": 1.0}
    rows = {
        (model, name, effort): math.log(factor * scale * more)
        for model, factor in spends.items()
        for name, scale in (("one", 10.0), ("two", 0.1), ("three", 1.0))
        for effort, more in efforts.items()
    }
    found = appetites(rows)
    for model, factor in spends.items():
        assert 0.6 < found[model].factor / factor < 1.6
        assert found[model].benchmarks == ("one", "three", "two")
    for _, error, alone in left_out_errors(rows).values():
        assert error < alone / 2


def test_rank_correlation_shares_ranks_among_ties() -> None:
    assert spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1)
    assert spearman([1, 2, 2, 3], [1, 2, 2, 3]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)


def test_the_rule_keeps_away_from_what_routing_is_evaluated_on() -> None:
    names = {benchmark.name for benchmark in read_rule().benchmarks}
    assert not any("SWE-bench Verified" in name or "per-question" in name for name in names)
    assert not names & {"BigCodeBench", "HumanEval+", "MATH-500", "CRUXEval", "LiveCodeBench self-repair"}


def test_the_rule_names_each_benchmark_once_and_knows_its_pool() -> None:
    keys = [(benchmark.name, metric) for benchmark in read_rule().benchmarks for metric in benchmark.metrics]
    assert len(keys) == len(set(keys))
    pool = read_pool()
    assert len(set(pool.models + pool.local)) == len(pool.models + pool.local)


@needs_data
@pytest.mark.data
def test_sonnet_is_where_the_design_expects_it() -> None:
    built = build_profiles(DATA)
    assert all(0.68 <= level <= 0.82 for level in built.levels("anthropic/claude-sonnet-4.6").values())
    assert all(level <= 0.20 for level in built.levels("meta/llama-3.2-3b").values())
    assert all(level >= 0.80 for level in built.levels("anthropic/claude-opus-5.5").values())


@needs_data
@pytest.mark.data
def test_costs_come_from_runs_with_consistent_costs_at_the_same_price() -> None:
    known = read_facts(DATA, read_rule().first_seen)
    cost = known["anthropic/claude-sonnet-4.6"].cost
    assert cost is not None
    assert 0.9 < cost.per_task_usd < 1.2
    assert "OpenHands v" in cost.source
    elsewhere = known["zai/glm-5"].cost  # a fifth of its costs in OpenHands is missing
    assert elsewhere is not None
    assert elsewhere.source.startswith("list price of one task x ")
