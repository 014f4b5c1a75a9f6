from __future__ import annotations

import numpy as np
import pytest

from hydra_auto.adapters.catalog_files import built_in_path, load_catalog
from hydra_auto.training.evaluate import same_decisions

pytestmark = pytest.mark.train


def test_decisions_are_the_same_as_far_as_requirements_lead_to_the_same_model():
    catalog = load_catalog(file=built_in_path()).catalog
    easy, hard = [0.1, 0.05, 0.0, 0.0], [0.97, 0.97, 0.97, 0.97]
    found = same_decisions(np.array([easy, easy, hard, hard]), np.array([easy, hard, easy, hard]), catalog)
    assert set(found) == {"copilot", "all", "five levels"}
    assert {share for shares in found.values() for share in shares.values()} == {0.5}
