from __future__ import annotations

import pytest

from builders import model, prediction
from hydra_auto.core.catalog import Catalog, CostBasis, ModelMatch, RoutingPolicy
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.pools import ALL, FIVE_LEVELS, ladder, pool_named

CATALOG = Catalog(
    models=(
        model("small", 0.3, output=1.0),
        model("large", 0.9, output=9.0),
        model("beaten", 0.8, output=20.0),
        model("elsewhere", 0.9, output=0.1, match=(ModelMatch(vendor="other", family="elsewhere"),)),
    ),
    routing=RoutingPolicy(cost_basis=CostBasis.TOKENS),
)


def test_a_pool_holds_the_models_of_its_vendor():
    assert {m.name for m in pool_named("test", CATALOG).eligible} == {"small", "large", "beaten"}
    assert len(pool_named(ALL, CATALOG).eligible) == 4


def test_a_vendor_without_models_is_an_error_that_names_the_others():
    with pytest.raises(CatalogInvalid, match=r"five levels, other, test"):
        pool_named("nobody", CATALOG)


def test_the_ladder_names_only_models_in_use_cheapest_first():
    needs = [(0.1, 0.1, 0.1, 0.1)] * 3 + [(0.9, 0.9, 0.9, 0.9)]
    rungs = ladder(pool_named("test", CATALOG), Regime.BALANCED, needs)
    assert [(r.model.name, r.share) for r in rungs] == [("small", 0.75), ("large", 0.25)]


def test_five_levels_go_up_with_the_requirement():
    pool = pool_named(FIVE_LEVELS, CATALOG)
    chosen = [
        pool.choose(prediction(r), Regime.QUALITY).capabilities.levels for r in (0.1, 0.3, 0.5, 0.7, 0.9)
    ]
    assert [set(levels.values()) for levels in chosen] == [{0.2}, {0.4}, {0.6}, {0.8}, {0.95}]


def test_a_larger_tau_chooses_no_dearer_model():
    pool = pool_named(FIVE_LEVELS, CATALOG)
    for level in (0.1, 0.22, 0.45, 0.83, 1.0):
        prices = [pool.choose(prediction(level), regime).price.output for regime in Regime]
        assert prices == sorted(prices, reverse=True)
