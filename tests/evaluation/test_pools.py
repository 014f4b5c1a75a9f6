from __future__ import annotations

import pytest

from builders import few_models
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.evaluation.pools import ALL, pool_named


def test_a_pool_holds_the_models_of_its_vendor():
    assert {m.name for m in pool_named("test", few_models()).eligible} == {"small", "large", "beaten"}
    assert len(pool_named(ALL, few_models()).eligible) == 4


def test_a_vendor_without_models_is_an_error_that_names_the_others():
    with pytest.raises(CatalogInvalid, match=r"five levels, other, test"):
        pool_named("nobody", few_models())
