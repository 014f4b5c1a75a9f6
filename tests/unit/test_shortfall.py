from __future__ import annotations

import pytest

from builders import profile
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import CapabilityProfile
from hydra_auto.core.shortfall import gaps, normalised, shortfall

EQUAL = normalised(dict.fromkeys(Capability, 1.0))


def test_surplus_in_one_capability_never_pays_for_a_gap_in_another() -> None:
    unmet = gaps(profile(0.5, 0.5, 0.5, 0.5).levels, profile(0.3, 1.0, 1.0, 1.0).levels)
    assert shortfall(unmet, EQUAL) == pytest.approx(0.25 * 0.2)


def test_weights_are_divided_by_their_sum() -> None:
    weights = normalised(dict(zip(Capability, (3.0, 1.0, 0.0, 0.0), strict=True)))
    assert list(weights.values()) == [0.75, 0.25, 0.0, 0.0]


def test_a_capability_of_weight_zero_does_not_count() -> None:
    weights = normalised(dict(zip(Capability, (1.0, 0.0, 0.0, 0.0), strict=True)))
    unmet = gaps(profile(0.2, 0.9, 0.9, 0.9).levels, profile(0.1, 0.0, 0.0, 0.0).levels)
    assert shortfall(unmet, weights) == pytest.approx(0.1)


@pytest.mark.parametrize("level", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_level_outside_the_unit_interval_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="lies in"):
        profile(level)


def test_a_profile_must_name_every_capability() -> None:
    with pytest.raises(ValueError, match="must name all"):
        CapabilityProfile(levels={Capability.REASONING: 0.5})
