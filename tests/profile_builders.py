"""Made-up models and results with a known answer, for tests of the profiling rule; and the shared data."""

from __future__ import annotations

import datetime as dt
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import ModelMatch, Price
from hydra_auto.profiling.evidence import Result
from hydra_auto.profiling.facts import Facts
from hydra_auto.profiling.profiles import Profiles, build_profiles, profiles_from
from hydra_auto.profiling.rule import Anchor, Benchmark, Rule

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("HYDRA_AUTO_DATA", ROOT.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="the shared data folder ../shared/data is missing (or name it in HYDRA_AUTO_DATA)",
)
COUNT = 24
BENCHMARKS = tuple(
    Benchmark(
        name=f"{capability.value} {i}",
        metrics=("percent",),
        scale="percent",
        loads={c: float(c is capability) for c in Capability},
    )
    for capability in Capability
    for i in range(4)
)


def facts(slug: str, **more: object) -> Facts:
    values: dict[str, object] = {
        "id": f"acme/{slug}",
        "name": slug,
        "released": dt.date(2026, 1, 1),
        "reasons": True,
        "params_b": None,
        "price": Price(input=1.0, output=5.0),
        "price_source": "a test",
        "matches": (ModelMatch(vendor="acme", family=slug),),
        "cost": None,
        "multiplier": None,
        "context_window": 100_000,
        "max_input": None,
        "max_output": 8_000,
        "images": False,
        "tools": True,
    }
    return Facts(**(values | more))  # type: ignore[arg-type]


def result(
    model: str, benchmark: Benchmark, ability: float, effort: str = "high", efforts: int = 1
) -> Result:
    return Result(
        model=f"acme/{model}",
        benchmark=benchmark,
        effort=effort,
        score=benchmark.score_of(ability),
        date="2026-02-03",
        source="somebody/results@0123abc:some/file.csv",
        kind="independent",
        runs=1,
        efforts=efforts,
    )


def rule(**more: object) -> Rule:
    values: dict[str, object] = {
        "benchmarks": BENCHMARKS,
        "anchors": (
            Anchor(level=0.3, what="first half", name="m0|m1[01]"),
            Anchor(level=0.7, what="second half", name="m1[2-9]|m2"),
        ),
        "caution": 1.0,
        "estimated_below": 5,
        "successor_variance": 0.3,
        "predecessors": {},
        "first_seen": {},
    }
    return Rule(**(values | more))  # type: ignore[arg-type]


def truth() -> np.ndarray:
    """Abilities of made-up models: rising, with some variety between capabilities."""
    chance = np.random.default_rng(1)
    return np.linspace(-2, 2, COUNT)[:, None] + chance.normal(0, 0.3, (COUNT, len(Capability)))


def made_up(noise: float = 0.2) -> tuple[dict[str, Facts], list[Result]]:
    chance = np.random.default_rng(2)
    known = {f"acme/m{i:02}": facts(f"m{i:02}") for i in range(COUNT)}
    results = [
        result(f"m{i:02}", benchmark, truth()[i][k // 4] + chance.normal(0, noise))
        for i in range(COUNT)
        for k, benchmark in enumerate(BENCHMARKS)
    ]
    return known, results


def profiles(results: list[Result], known: dict[str, Facts], **more: object) -> Profiles:
    return profiles_from(rule(**more), known, results)


@cache
def real_profiles() -> Profiles:
    """Of the shared data; fitted once."""
    return build_profiles(DATA)
