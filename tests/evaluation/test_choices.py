"""`Chooser` against `core.matcher.decide`: the same model for every message, pool and regime."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders import few_models, model
from hydra_auto.adapters.catalog_files import built_in_path, load_catalog
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Catalog, Price
from hydra_auto.core.cost import workload_of
from hydra_auto.core.matcher import decide
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import RoutingRequest
from hydra_auto.core.routing_policy import CostBasis, RoutingPolicy
from hydra_auto.evaluation.choices import Chooser, ladder
from hydra_auto.evaluation.pools import ALL, COPILOT, FIVE_LEVELS, pool_named

BUILT_IN = load_catalog(file=built_in_path()).catalog
SMALL = few_models()
# Equal costs, equal profiles, unknown prices: everything that the tie-breaks are for.
TIES = Catalog(
    models=(
        model("z", 0.5, output=1.0),
        model("b", 0.5, output=1.0),
        model("a", 0.5, output=2.0),
        model("c", 0.502, output=1.0),
        replace(model("unpriced", 0.9), price=None),
        replace(model("free", 0.2), price=Price(input=0, output=0)),
        replace(model("also-unpriced", 0.9), price=None),
    ),
    routing=RoutingPolicy(cost_basis=CostBasis.TOKENS),
)


def by_the_matcher(pool, required, tokens, regime):
    needs = dict(zip(Capability, required, strict=True))
    decision = decide(
        Prediction(requirements=needs, tokens=tokens),
        RoutingRequest(text="x"),
        pool.catalog,
        pool.policies[regime],
        workload_of(0, tokens),
    )
    return decision.chosen.model.id


@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize(
    ("name", "catalog"),
    [(ALL, BUILT_IN), (COPILOT, BUILT_IN), (FIVE_LEVELS, BUILT_IN), (ALL, TIES), ("test", SMALL)],
    ids=["all", "copilot", "five levels", "ties", "small"],
)
def test_a_message_goes_where_the_matcher_sends_it(name, catalog, regime):
    pool = pool_named(name, catalog)
    rng = np.random.default_rng(1)
    required = np.vstack(
        [
            rng.random((30, 4)),
            rng.random((10, 4)) ** 0.1,
            np.full((1, 4), 0.5),
            np.zeros((1, 4)),
            np.ones((1, 4)),
        ]
    )
    tokens = rng.integers(2, 2_000, len(required))
    chooser = Chooser(pool)
    chosen = [chooser.models[m].id for m in chooser.choose(required, tokens, regime)]
    assert chosen == [
        by_the_matcher(pool, need, length, regime)
        for need, length in zip(required.tolist(), tokens.tolist(), strict=True)
    ]


def test_a_shortfall_of_exactly_tau_is_within_tau():
    pool = pool_named(FIVE_LEVELS, Catalog(models=()))
    required = np.array([[0.2 + pool.policies[regime].tau] * 4 for regime in Regime])
    chooser = Chooser(pool)
    for need, regime in zip(required, Regime, strict=True):
        (m,) = chooser.choose(need[None, :], np.array([10]), regime)
        assert chooser.models[m].id == by_the_matcher(pool, need.tolist(), 10, regime)


def test_costs_are_those_of_the_length():
    chooser = Chooser(pool_named("test", SMALL))
    costs = chooser.costs(np.array([10, 1_000, 10]))
    assert costs.shape == (3, 3)
    assert costs[0].tolist() == costs[2].tolist()
    assert (costs[1] > costs[0]).all()


def test_the_ladder_names_only_models_in_use_cheapest_first():
    needs = [(0.1, 0.1, 0.1, 0.1)] * 3 + [(0.9, 0.9, 0.9, 0.9)]
    rungs = ladder(Chooser(pool_named("test", SMALL)), Regime.BALANCED, needs)
    assert [(r.model.name, r.share) for r in rungs] == [("small", 0.75), ("large", 0.25)]


def test_five_levels_go_up_with_the_requirement():
    chooser = Chooser(pool_named(FIVE_LEVELS, SMALL))
    needs = np.array([[r] * 4 for r in (0.1, 0.3, 0.5, 0.7, 0.9)])
    chosen = chooser.choose(needs, np.full(5, 10), Regime.QUALITY)
    assert [chooser.models[m].id for m in chosen] == [f"level/{x}" for x in (0.2, 0.4, 0.6, 0.8, 0.95)]


def test_a_larger_tau_chooses_no_dearer_model():
    chooser = Chooser(pool_named(FIVE_LEVELS, SMALL))
    needs = np.array([[r] * 4 for r in (0.1, 0.22, 0.45, 0.83, 1.0)])
    quality, balanced, economy = (
        [chooser.models[m].price.output for m in chooser.choose(needs, np.full(5, 10), regime)]
        for regime in (Regime.QUALITY, Regime.BALANCED, Regime.ECONOMY)
    )
    assert all(q >= b >= e for q, b, e in zip(quality, balanced, economy, strict=True))
    assert quality != economy
