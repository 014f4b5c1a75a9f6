from __future__ import annotations

import pytest

from builders import model
from hydra_auto.core.catalog import Catalog, CostBasis, ModelMatch, RoutingPolicy
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.evaluation.pools import ALL, pool_named

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
