from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders import model
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.cost import workload_of
from hydra_auto.core.matcher import decide
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import RoutingRequest
from hydra_auto.core.routing_policy import CostBasis
from hydra_auto.evaluation.meaning.ablation import (
    CHOICES,
    FOUR_HEADS,
    MIX,
    SINGLE,
    _weights,
    ablation,
    material,
    together,
)
from hydra_auto.evaluation.pools import pool_of

CODER = model("coder", (0.2, 0.9, 0.2, 0.2), output=3.0)
THINKER = model("thinker", (0.9, 0.2, 0.2, 0.2), output=3.1)
SMALL = model("small", 0.2, output=1.0)
LARGE = model("large", 0.9, output=30.0)
ALL = (CODER, THINKER, SMALL, LARGE)


def made(models=ALL, count=120, name="x", part="unseen", seed=1):
    """Half of the problems need reasoning, half code; who has the level solves them."""
    rng = np.random.default_rng(seed)
    required = np.full((count, 4), 0.1)
    required[np.arange(count), np.arange(count) % 2] = rng.choice([0.15, 0.8], count)
    offered = np.array([[m.capabilities.levels[c] for c in Capability] for m in models])
    failed = (required[:, None, :] > offered[None, :, :]).any(2).astype(np.float64)
    return material(
        name,
        part,
        {m.name: m for m in models},
        failed,
        required,
        np.full(count, 50),
        [f"{name} {i}" for i in range(count)],
        CostBasis.TOKENS,
    )


def test_decisions_at_a_regime_are_the_matchers():
    found = made()
    rng = np.random.default_rng(2)
    required = rng.random((120, 4))
    found = replace(found, required=required)
    pool = pool_of("x", ALL, CostBasis.TOKENS)
    by_choice = ablation(found, 1)["by_choice"]
    ids = [m.id for m in found.models]
    for regime in Regime:
        chosen = [
            ids.index(
                decide(
                    Prediction(requirements=dict(zip(Capability, need, strict=True)), tokens=50),
                    RoutingRequest(text="x"),
                    pool.catalog,
                    pool.policies[regime],
                    workload_of(0, 50),
                ).chosen.model.id
            )
            for need in required.tolist()
        ]
        rows = np.arange(120)
        at = by_choice[FOUR_HEADS]["regimes"][regime.value]
        assert at["solved"][0] == pytest.approx(found.solved[rows, chosen].mean(), abs=1e-4)
        assert at["cost_usd"][0] == pytest.approx(found.cost[rows, chosen].mean(), abs=1e-6)


def test_a_single_capability_loses_where_models_are_good_at_different_things():
    by_choice = ablation(made(), 1)["by_choice"]
    assert set(by_choice) == {*CHOICES, MIX}
    quality = by_choice[FOUR_HEADS]["regimes"]["quality"]
    assert quality["solved"][0] == 1.0
    assert quality["regret"] == [0.0, 0.0, 0.0]
    assert by_choice[SINGLE]["regret"][1] > 0
    assert by_choice[SINGLE]["regimes"]["quality"]["regret"][1] > 0
    assert by_choice[SINGLE]["regimes"]["quality"]["cost_usd"][1] > quality["cost_usd"][2]
    assert by_choice[MIX]["regret"][1] > 0
    assert "regimes" not in by_choice[MIX]


def test_a_head_that_nothing_requires_costs_nothing_and_one_that_tells_does():
    by_choice = ablation(made(), 1)["by_choice"]
    assert by_choice["without tool_use"]["regret"] == [0.0, 0.0, 0.0]
    assert by_choice["without reasoning"]["regret"][1] > 0
    assert by_choice["without reasoning"]["area"][0] == pytest.approx(
        by_choice[FOUR_HEADS]["area"][0] - by_choice["without reasoning"]["regret"][0], abs=1e-3
    )


def test_runs_of_one_model_are_averaged_and_unpriced_models_are_left_out():
    models = {"a": SMALL, "a high": SMALL, "b": LARGE, "c": replace(CODER, price=None)}
    failed = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, np.nan], [np.nan, 0.0, 0.0, 0.0]])
    found = material(
        "x", "unseen", models, failed, np.zeros((3, 4)), np.full(3, 9), ["p", "q", "r"], CostBasis.TOKENS
    )
    assert [m.id for m in found.models] == ["test/large", "test/small"]
    assert found.solved.tolist() == [[1.0, 0.5], [1.0, 0.0]]  # r was not met by a run
    assert found.groups == ("p", "q")
    assert found.cost.shape == (2, 2)
    assert (found.cost[:, 0] > found.cost[:, 1]).all()


def test_one_priced_model_leaves_nothing_to_decide():
    assert made((SMALL, replace(LARGE, price=None))) is None
    assert ablation(made((SMALL, replace(SMALL, id="test/same", name="same"))), 1) is None


def test_panels_of_the_same_models_and_part_are_put_together():
    one, other = made(name="one"), made(name="other", count=30)
    fewer, seen = made(ALL[:2], name="fewer"), made(name="seen", part="seen")
    (both,) = together([one, fewer, other, seen])
    assert both.names == ("one", "other")
    assert len(both.required) == len(both.cost) == len(both.solved) == len(both.groups) == 150
    assert ablation(both, 1)["problems"] == 150


def test_problems_of_a_group_are_redrawn_together():
    weights = _weights([f"g{i // 30}" for i in range(120)], 1)
    assert weights.sum(1) == pytest.approx(np.ones(1_001))
    assert weights[0] == pytest.approx(np.full(120, 1 / 120))
    of_groups = weights.reshape(-1, 4, 30)
    assert (np.ptp(of_groups, axis=2) == 0).all()
    assert np.ptp(of_groups[1:], axis=1).any()
