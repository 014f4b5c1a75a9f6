"""Profiles against outcomes, and against the paper's rule."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

from builders import decided, prediction
from builders import model as entry
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.origin import LayerName
from hydra_auto.profiling.arms import Arm, band_of
from hydra_auto.profiling.check import check_report, crossings, half_points
from hydra_auto.profiling.compare import compare, hull_area, oracle, route_all
from hydra_auto.profiling.minmax import band_weights, benchmark_means, minmax_levels
from hydra_auto.profiling.panels import Panel, PanelRule, read_panel_rules, read_panels
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.rule import read_pool
from hydra_auto.profiling.writer import MINMAX, catalog_text
from hydra_auto.training.annotations import Split, make_splits, read_annotations
from profile_builders import COUNT, DATA, ROOT, facts, made_up, needs_data, profiles, real_profiles

BAND = dict.fromkeys(Capability, (0.2, 0.6))


@pytest.fixture(scope="module")
def fitted() -> Profiles:
    return profiles(*made_up()[::-1])


def test_the_half_point_is_where_the_curve_crosses_one_half() -> None:
    x = np.linspace(0.1, 0.9, 17)
    asked = np.full((2, 17), 200.0)
    share = 1 / (1 + np.exp(12 * (x - 0.55)))
    found = half_points(x, asked, np.stack([asked[0] * share, asked[1]]))
    assert found[0] == pytest.approx(0.55, abs=0.01)
    assert found[1] > 0.9  # all solved: beyond the hardest


def panel(fitted: Profiles, offset: float) -> Panel:
    """A panel whose models fail from their level plus ``offset`` on."""
    steps = np.repeat(np.arange(0.05, 1.0, 0.05), 10)
    required = {f"q{i}": {c: float(r) for c in Capability} for i, r in enumerate(steps)}
    scores = {}
    for i in range(0, COUNT, 3):
        levels = fitted.levels(f"acme/m{i:02}")
        at = np.mean(list(levels.values())) + offset
        scores[f"acme/m{i:02}", "high"] = {
            key: float(r[Capability.REASONING] < at) for key, r in required.items()
        }
    return Panel(name="made up", texts=dict.fromkeys(required, "?"), required=required, scores=scores)


@pytest.mark.parametrize("offset", [0.0, 0.15])
def test_the_check_finds_how_far_levels_are_off(fitted: Profiles, offset: float) -> None:
    rows, (agreement,) = crossings(fitted, [panel(fitted, offset)])
    assert agreement.rank is not None
    assert agreement.rank[0] > 0.9
    mean, low, high = agreement.difference
    assert mean == pytest.approx(offset, abs=0.06)
    assert low <= mean <= high
    assert all(row.low <= row.at <= row.high for row in rows)


def test_pool_relative_levels_fill_the_band_and_change_with_the_pool(fitted: Profiles) -> None:
    whole = [f"acme/m{i:02}" for i in range(COUNT)]
    levels = minmax_levels(fitted, whole, BAND)
    for c in Capability:
        assert min(levels[m][c] for m in whole) == 0.2
        assert max(levels[m][c] for m in whole) == 0.6
    without_best = minmax_levels(fitted, whole[:-4], BAND)
    assert without_best["acme/m10"][Capability.REASONING] > levels["acme/m10"][Capability.REASONING]


def test_missing_results_do_not_help_a_model_in_the_relative_rule(fitted: Profiles) -> None:
    """A weak model that only took an easy benchmark must not pass one that took all."""
    results = list(fitted.results)
    easy = max(
        (r.benchmark for r in results if "reasoning" in r.benchmark.name),
        key=lambda b: np.mean([r.score for r in results if r.benchmark is b]),
    )
    kept = [r for r in results if r.model != "acme/m05" or r.benchmark is easy]
    means = benchmark_means(kept, Capability.REASONING)
    assert means["acme/m05"] < means["acme/m15"]


def test_routing_in_bulk_is_the_decision_of_the_core() -> None:
    chance = np.random.default_rng(3)
    names = ["a", "b", "c", "d"]
    levels, required = chance.uniform(0, 1, (4, 4)), chance.uniform(0, 1, (30, 4))
    prices = [1.0, 2.0, 3.0, 4.0]
    taus = np.array([0.0, 0.03, 0.1, 0.3])
    models = [entry(n, tuple(row), output=p) for n, row, p in zip(names, levels, prices, strict=True)]
    chosen = route_all(required, levels, np.full(4, 0.25), np.tile(prices, (30, 1)), taus)
    for q, row in enumerate(required):
        for t, tau in enumerate(taus):
            decision = decided(prediction(*row), *models, tau=float(tau))
            assert decision.chosen is not None
            assert decision.chosen.model.name == names[chosen[q, t]]


def test_the_area_is_of_the_concave_hull() -> None:
    assert hull_area(np.array([0.0, 1.0]), np.array([0.0, 1.0]), 0, 1) == pytest.approx(0.5)
    bent = hull_area(np.array([0.0, 0.5, 0.6, 1.0]), np.array([0.0, 0.9, 0.1, 1.0]), 0, 1)
    assert bent == pytest.approx(0.5 * 0.45 + 0.5 * 0.95)
    assert hull_area(np.array([0.0, 1.0]), np.array([0.8, 0.2]), 0, 1) == pytest.approx(0.8)


def test_a_perfect_requirement_beats_random_mixes(fitted: Profiles) -> None:
    weak, strong = "acme/m00", "acme/m23"
    hard = np.arange(200) % 2 == 1
    arm = Arm(
        panel="p",
        source="made up",
        models=(weak, strong),
        required=np.where(hard[:, None], fitted.levels(strong)[Capability.REASONING] - 0.1, 0.0)
        * np.ones((200, 4)),
        solved=np.stack([~hard, np.full(200, True)], axis=1).astype(float),
        cost=np.tile([1.0, 10.0], (200, 1)),
        band=BAND,
    )
    found = compare(fitted, arm)
    assert found.absolute[0] > found.mix[0] + 0.1
    assert oracle(arm) == (1.0, 5.5)


def test_bands_are_percentiles_and_weights_their_inverse_widths() -> None:
    band = band_of([dict.fromkeys(Capability, i / 100) for i in range(101)])
    assert band[Capability.DEBUGGING] == pytest.approx((0.05, 0.95))
    assert band_weights(BAND)[Capability.REASONING] == pytest.approx(2.5)


def test_no_panel_is_swe_bench_verified() -> None:
    for rule in read_panel_rules():
        assert rule.folder not in ("swebench", "swebench/verified_openhands")
        for pattern, why in rule.leave_out:
            re.compile(pattern)
            assert why


@needs_data
@pytest.mark.data
def test_panels_hold_only_annotations_of_the_training_split() -> None:
    items = read_annotations(DATA)
    splits = make_splits(items)
    elsewhere = {(i.set_name, i.item_id) for i in items if splits[i.key] is not Split.TRAIN}
    panels = read_panels(DATA, real_profiles().facts)
    assert {p.name for p in panels} >= {"livecodebench", "math500", "bfcl_v1", "cruxeval", "swebench_pro"}
    for rule, found in zip(read_panel_rules(), panels, strict=True):
        assert not {(rule.set_name, key) for key in found.required} & elsewhere


@needs_data
@pytest.mark.data
def test_the_check_gives_the_documented_table() -> None:
    lines = list(check_report(real_profiles(), read_panels(DATA, real_profiles().facts)))
    first = next(line for line in lines if line.startswith("| livecodebench"))
    assert float(first.split("|")[3].split()[0]) > 0.6
    documented = (ROOT / "docs" / "PROFILES.md").read_text(encoding="utf-8")
    assert first in documented, "docs/PROFILES.md holds the table of `hydra-auto profile check`"


@needs_data
@pytest.mark.data
@pytest.mark.parametrize("name", ["paper", "effort"])
def test_the_other_committed_catalogs_are_what_rule_and_data_give(name: str) -> None:
    pool = read_pool(ROOT / "sidecar" / "hydra_auto" / "profiling" / f"{name}_pool.yaml")
    committed = ROOT / "catalogs" / {"paper": "paper-pool.yaml", "effort": "efforts.yaml"}[name]
    assert catalog_text(real_profiles(), pool, DATA) == committed.read_text(encoding="utf-8")


@needs_data
@pytest.mark.data
def test_computing_again_in_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "again.yaml"
    command = [sys.executable, "-m", "hydra_auto", "profile", "--data", str(DATA), "--out", str(out)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    assert out.read_bytes() == (ROOT / "catalogs" / "default.yaml").read_bytes()


@needs_data
@pytest.mark.data
def test_the_pool_relative_rule_writes_a_catalog_that_says_so() -> None:
    text = catalog_text(real_profiles(), read_pool(), DATA, MINMAX)
    assert "POOL-RELATIVE" in text
    assert "uncertainty" not in text.partition("schema_version")[2]
    layer, problems = read_catalog(text, path="m.yaml", layer=LayerName.BUILT_IN)
    assert problems == ()
    assert len(layer.models) == len(read_pool().models + read_pool().local)


def catalog(name: str) -> list[dict[str, object]]:
    models: list[dict[str, object]] = yaml.safe_load((ROOT / "catalogs" / name).read_text(encoding="utf-8"))[
        "models"
    ]
    return models


def test_the_default_catalog_has_every_vendor_and_local_models() -> None:
    models = catalog("default.yaml")
    assert len(models) >= 30
    vendors = {str(m["id"]).partition("/")[0] for m in models}
    wanted = "anthropic openai google xai mistral deepseek qwen moonshotai zai minimax meta"
    assert vendors >= set(wanted.split())
    local = [m for m in models if str(m["name"]).endswith("(local)")]
    assert len(local) >= 8
    for m in local:
        assert re.fullmatch(r"[a-z0-9.-]+:[a-z0-9.-]+", m["match"][0]["family"])  # type: ignore[index]


def test_every_listed_value_says_where_it_was_read() -> None:
    for name in ("default.yaml", "paper-pool.yaml", "efforts.yaml"):
        for line in (ROOT / "catalogs" / name).read_text(encoding="utf-8").splitlines():
            if re.match(
                r" +(match|price|long_price|premium_multiplier|context_window|max_input_tokens"
                r"|max_output_tokens|supports):",
                line,
            ):
                assert re.search(r"  # .*20\d\d", line), line
            if re.match(r" +cost:", line):
                assert re.search(r'source: ".*20\d\d-\d\d-\d\d', line), line


def test_the_efforts_that_a_model_offers_are_listed() -> None:
    listed = {str(m["id"]): offered(m) for m in catalog("default.yaml")}
    assert listed["anthropic/claude-sonnet-5"] == ["low", "medium", "high", "xhigh", "max"]
    assert listed["meta/llama-3.1-8b"] == []
    for m in catalog("efforts.yaml"):
        assert m.get("effort") in (None, *offered(m)), m["id"]


def offered(entry: dict[str, object]) -> list[str]:
    supports = entry["supports"]
    assert isinstance(supports, dict)
    return [str(effort) for effort in supports.get("efforts", [])]


def test_prices_for_long_prompts_and_both_limits_are_in_the_catalog_with_their_source() -> None:
    text = (ROOT / "catalogs" / "default.yaml").read_text(encoding="utf-8")
    haiku = text.partition("- id: anthropic/claude-haiku-5.5")[2].partition("- id:")[0]
    assert re.search(r"long_price: \{above: 100000, input: 0.50, .*\}  # GitHub Copilot usage price; ", haiku)
    opus = text.partition("- id: anthropic/claude-opus-5.5")[2].partition("- id:")[0]
    assert re.search(r"context_window: 328000  # GitHub Copilot's limit; ", opus)
    assert re.search(r"max_input_tokens: 200000  # GitHub Copilot's limit; ", opus)


def test_the_papers_pool_is_its_five_models() -> None:
    assert [m["id"] for m in catalog("paper-pool.yaml")] == [
        "openai/gpt-5.4-mini",
        "anthropic/claude-haiku-4.5",
        "openai/gpt-5.3-codex",
        "anthropic/claude-sonnet-4.6",
        "openai/gpt-5.4",
    ]


def test_more_effort_costs_more_and_hardly_ever_offers_less() -> None:
    models = {str(m["id"]): m for m in catalog("efforts.yaml")}
    variants = [m for m in models.values() if "effort" in m]
    assert len(variants) >= 20
    order = ["low", "medium", "high", "max"]
    reasoning = []
    for base in {i.partition("@")[0] for i in models if "@" in i}:
        known = [models.get(base if e == "high" else f"{base}@{e}") for e in order]
        present = [m for m in known if m]
        reasoning += [
            b["capabilities"]["reasoning"] - a["capabilities"]["reasoning"]  # type: ignore[index]
            for a, b in pairwise(present)
        ]
        costs = [m["cost"]["per_task_usd"] for m in present if "cost" in m]  # type: ignore[index]
        assert costs[0] <= costs[-1]
        assert {str(m["match"]) for m in present} == {str(models[base]["match"])}
    assert sum(step >= 0 for step in reasoning) >= 0.9 * len(reasoning)


def test_pools_name_no_model_twice() -> None:
    folder = ROOT / "sidecar" / "hydra_auto" / "profiling"
    for path in (folder / "pool.yaml", folder / "paper_pool.yaml", folder / "effort_pool.yaml"):
        listed = read_pool(path).models + read_pool(path).local
        assert len(listed) == len(set(listed))


def test_a_panel_is_read_for_the_models_we_know(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "annotations").mkdir()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "models.csv").write_text("id,aliases\nacme/x,X;X (Low)\n", encoding="utf-8")
    for name in ("requirements", "chat_parallel", "chat_bilingual"):
        with gzip.open(tmp_path / "annotations" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as out:
            out.write("")
    with gzip.open(folder / "queries.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write(json.dumps({"query_id": "q", "text": "t"}) + "\n")
    with gzip.open(folder / "outcomes.csv.gz", "wt", encoding="utf-8") as out:
        out.write("query_id,model,score\nq,X,1\nq,X (Low),0\nq,Y,1\n")
    rule = PanelRule(name="b", folder="benchmarks/b", efforts={"X": "none"})
    (found,) = read_panels(tmp_path, {"acme/x": facts("x")}, [rule])
    assert found.scores == {("acme/x", "low"): {"q": 0.0}, ("acme/x", "none"): {"q": 1.0}}


def test_the_documentation_lists_the_models_without_any_independent_result() -> None:
    text = (ROOT / "catalogs" / "default.yaml").read_text(encoding="utf-8")
    thin = []
    for block in text.split("  - id: ")[1:]:
        told = re.search(r"capabilities: .*  # benchmarks \(independent ones\): (.*)", block)
        assert told, block.splitlines()[0]
        counts = re.findall(r"\w+ (\d+) \((\d+)\)", told[1])
        assert len(counts) == len(Capability)
        if not any(int(independent) for _, independent in counts):
            thin.append(f"| {block.splitlines()[0]} | {' | '.join(count for count, _ in counts)} |")
    documented = (ROOT / "docs" / "PROFILES.md").read_text(encoding="utf-8")
    section = documented.partition("## Values that rest on little")[2].partition("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("| ") and "/" in line] == thin
