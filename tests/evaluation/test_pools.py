from __future__ import annotations

import pytest

from builders import few_models, model
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis
from hydra_auto.evaluation.pools import ALL, pool_named, pool_of


def test_a_pool_holds_the_models_of_its_vendor():
    assert {m.name for m in pool_named("test", few_models()).eligible} == {"small", "large", "beaten"}
    assert len(pool_named(ALL, few_models()).eligible) == 4


def test_a_vendor_without_models_is_an_error_that_names_the_others():
    with pytest.raises(CatalogInvalid, match=r"five levels, other, test"):
        pool_named("nobody", few_models())


def test_a_pool_of_some_models_has_all_of_them_at_every_regime():
    pool = pool_of("mine", [model("a"), model("b", match=())], CostBasis.TOKENS)
    assert [m.name for m in pool.eligible] == ["a", "b"]
    assert {regime: policy.tau for regime, policy in pool.policies.items()} == {r: r.tau for r in Regime}
    assert pool.catalog.routing.cost_basis is CostBasis.TOKENS
