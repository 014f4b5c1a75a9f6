"""Do the profiles mean anything? Checks that use nothing but results the fit has not seen."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.latent import Array
from hydra_auto.profiling.profiles import Profiles, profiles_from
from hydra_auto.profiling.rule import Benchmark

_FEWEST_MODELS = 10

# Larger or dearer siblings of one generation, weakest first.
_FAMILIES = (
    ("qwen/qwen3-4b", "qwen/qwen3-8b", "qwen/qwen3-14b", "qwen/qwen3-32b"),
    ("qwen/qwen3.5-4b", "qwen/qwen3.5-9b", "qwen/qwen3.5-27b", "qwen/qwen3.5-397b-a17b"),
    ("google/gemma-3-4b", "google/gemma-3-12b", "google/gemma-3-27b"),
    ("google/gemma-4-e4b", "google/gemma-4-31b"),
    ("mistral/ministral-3-3b", "mistral/ministral-3-8b", "mistral/ministral-3-14b"),
    ("meta/llama-3.2-3b", "meta/llama-3.1-8b", "meta/llama-3.3-70b"),
    ("openai/gpt-oss-20b", "openai/gpt-oss-120b"),
    ("openai/gpt-4.1-nano", "openai/gpt-4.1-mini", "openai/gpt-4.1"),
    ("openai/gpt-5-nano", "openai/gpt-5-mini", "openai/gpt-5"),
    ("openai/gpt-5.4-nano", "openai/gpt-5.4-mini", "openai/gpt-5.4"),
    ("openai/gpt-5.6-luna", "openai/gpt-5.6-terra", "openai/gpt-5.6-sol"),
    ("google/gemini-2.5-flash-lite", "google/gemini-2.5-flash", "google/gemini-2.5-pro"),
    ("anthropic/claude-haiku-4.5", "anthropic/claude-sonnet-4.5", "anthropic/claude-opus-4.5"),
    ("nvidia/nemotron-3-nano", "nvidia/nemotron-3-super", "nvidia/nemotron-3-ultra"),
    ("deepseek/deepseek-v4-flash", "deepseek/deepseek-v4-pro"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """How well the other benchmarks rank the models of one that was left out."""

    benchmark: Benchmark
    models: int
    spearman: float
    spearman_of_price: float


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Rank correlation; ties share their mean rank."""
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: Sequence[float]) -> Array:
    array = np.asarray(values, dtype=np.float64)
    unique, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Array = ends - (counts - 1) / 2.0
    return means[inverse.reshape(array.shape)] if len(unique) else array


def leave_one_out(profiles: Profiles, progress: Callable[[Benchmark], None]) -> Iterator[LeftOut]:
    """Refit without each benchmark that has enough models, and rank its models by what remains.

    Composites of the benchmark stay in, which flatters; its other versions do too.
    """
    for benchmark in profiles.rule.benchmarks:
        own = [result for result in profiles.results if result.benchmark is benchmark]
        models = sorted({result.model for result in own})
        if len(models) < _FEWEST_MODELS:
            continue
        progress(benchmark)
        rest = [result for result in profiles.results if result.benchmark is not benchmark]
        fitted = profiles_from(profiles.rule, profiles.facts, rest).abilities
        loads = np.array([benchmark.loads[c] for c in Capability])
        index = {model: i for i, model in enumerate(fitted.models)}
        predicted = [float(loads @ (fitted.mean[index[r.model]] + fitted.shift[r.effort])) for r in own]
        priced = [(r, profiles.facts[r.model].price) for r in own]
        prices = [(r.score, price.output) for r, price in priced if price]
        yield LeftOut(
            benchmark=benchmark,
            models=len(models),
            spearman=spearman(predicted, [result.score for result in own]),
            spearman_of_price=spearman([p for _, p in prices], [score for score, _ in prices]),
        )


def split_half(profiles: Profiles, models: Sequence[str], repeats: int = 10) -> dict[Capability, float]:
    """Mean absolute difference of levels from two random halves of the benchmarks."""
    chance = random.Random(0)  # noqa: S311 - a split, not a secret
    differences: dict[Capability, list[float]] = defaultdict(list)
    for _ in range(repeats):
        benchmarks = list(profiles.rule.benchmarks)
        chance.shuffle(benchmarks)
        half = set(benchmarks[: len(benchmarks) // 2])
        first = [result for result in profiles.results if result.benchmark in half]
        second = [result for result in profiles.results if result.benchmark not in half]
        fits = [profiles_from(profiles.rule, profiles.facts, part) for part in (first, second)]
        for model in models:
            one, other = (fitted.central_levels(model) for fitted in fits)
            for capability in Capability:
                differences[capability].append(abs(one[capability] - other[capability]))
    return {capability: mean(found) for capability, found in differences.items()}


def family_pairs(profiles: Profiles) -> dict[Capability, tuple[int, int]]:
    """Neighbours in size within a family: how many are in order, of how many."""
    pairs = [pair for family in _FAMILIES for pair in pairwise(family)]
    return {
        c: (
            sum(profiles.central_levels(big)[c] >= profiles.central_levels(small)[c] for small, big in pairs),
            len(pairs),
        )
        for c in Capability
    }


def anchor_levels(profiles: Profiles) -> list[tuple[str, float, int, dict[Capability, float]]]:
    """Per anchor: its class, the rubric's level, how many models, and their median levels."""
    rows = []
    for anchor, members in zip(profiles.rule.anchors, profiles.members, strict=True):
        levels = {c: median(profiles.levels(model)[c] for model in members) for c in Capability}
        rows.append((anchor.what, anchor.level, len(members), levels))
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Annotated requirements of a benchmark's items against who solved them.

    Attributes:
        covered: Share solved where no requirement is above the model's level.
        lacking: Share solved where the largest gap is above 0.1.
        spearman: Of a model's mean level with its share solved, over models.
    """

    name: str
    models: int
    items: int
    covered: float
    between: float
    lacking: float
    spearman: float


def outcome_panel(profiles: Profiles, data: Path, name: str) -> Outcomes:
    """Profiles against per-question outcomes that took no part in them.

    Args:
        profiles: Of all models.
        data: The shared data folder.
        name: Folder under ``benchmarks/`` whose items are annotated.
    """
    aliases: dict[str, str] = {}
    with (data / "models" / "models.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            aliases |= dict.fromkeys(filter(None, row["aliases"].split(";")), row["id"])
    required: dict[str, dict[Capability, float]] = {}
    with gzip.open(data / "annotations" / "requirements.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            if item["set"] == name:
                required[item["id"]] = {c: item["r"][c.value] for c in Capability}
    solved: dict[str, list[float]] = {"covered": [], "between": [], "lacking": []}
    by_model: dict[str, list[float]] = defaultdict(list)
    with gzip.open(
        data / "benchmarks" / name / "outcomes.csv.gz", "rt", encoding="utf-8", newline=""
    ) as opened:
        for row in csv.DictReader(opened):
            model = aliases.get(row["model"])
            if model is None or row["query_id"] not in required:
                continue
            score = float(row["score"])
            levels = profiles.levels(model)
            gap = max(required[row["query_id"]][c] - levels[c] for c in Capability)
            kind = "covered" if gap <= 0 else "between" if gap <= 0.1 else "lacking"  # noqa: PLR2004
            solved[kind].append(score)
            by_model[model].append(score)
    means = {model: mean(profiles.levels(model).values()) for model in by_model}
    return Outcomes(
        name=name,
        models=len(by_model),
        items=len(required),
        covered=mean(solved["covered"]),
        between=mean(solved["between"]),
        lacking=mean(solved["lacking"]),
        spearman=spearman([means[m] for m in by_model], [mean(by_model[m]) for m in by_model]),
    )
