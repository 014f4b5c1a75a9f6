from __future__ import annotations

import pytest

from builders import decided, model, offer, prediction
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.matcher import Basis
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.policy import resolve
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import Overrides, RoutingRequest
from hydra_auto.core.routing_policy import RoutingPolicy

SETTINGS, REQUEST = (
    Origin(layer=LayerName.SETTINGS, path="hydraAuto.tau (user)"),
    Origin(layer=LayerName.REQUEST),
)


def test_the_regime_gives_tau_unless_tau_is_set() -> None:
    assert resolve(RoutingPolicy(regime=Regime.ECONOMY), ()).tau == Regime.ECONOMY.tau
    by_hand = resolve(RoutingPolicy(regime=Regime.ECONOMY, tau=0.5), ())
    assert (by_hand.tau, by_hand.regime) == (0.5, None)


def test_the_strongest_override_wins_and_says_where_it_was_set() -> None:
    policy = resolve(
        RoutingPolicy(tau=0.5),
        (Overrides(origin=SETTINGS, tau=0.2), Overrides(origin=REQUEST, regime=Regime.QUALITY)),
    )
    assert (policy.tau, policy.regime, policy.tau_origin) == (Regime.QUALITY.tau, Regime.QUALITY, REQUEST)
    assert str(resolve(RoutingPolicy(), (Overrides(origin=SETTINGS, tau=0.2),)).tau_origin) == (
        "settings hydraAuto.tau (user)"
    )


def test_regimes_are_ordered_from_strict_to_loose() -> None:
    assert 0 <= Regime.QUALITY.tau < Regime.BALANCED.tau < Regime.ECONOMY.tau <= 1


def test_restrictions_only_narrow() -> None:
    policy = resolve(
        RoutingPolicy(deny=("a",), vendors=("copilot", "ollama"), max_price=10.0),
        (Overrides(origin=SETTINGS, deny=("b",), vendors=("ollama", "openai"), max_price=20.0),),
    )
    assert (policy.deny, policy.vendors, policy.max_price) == (("a", "b"), ("ollama",), 10.0)


@pytest.mark.parametrize("tau", [-0.1, 1.1, float("nan")])
def test_tau_lies_in_the_unit_interval(tau: float) -> None:
    with pytest.raises(ValueError, match="lies in"):
        RoutingPolicy(tau=tau)


def test_weights_must_not_all_be_zero() -> None:
    with pytest.raises(ValueError, match="all weights are 0"):
        RoutingPolicy(weights=dict.fromkeys(Capability, 0.0))


def test_restrictions_that_do_not_overlap_leave_nobody_and_not_everybody() -> None:
    setting = Overrides(origin=SETTINGS, vendors=("elsewhere",))
    request = RoutingRequest(text="x", available=(offer("small"),), overrides=(setting,))
    decision = decided(prediction(0.1), model("small"), request=request, vendors=("test",))
    assert (decision.chosen, decision.basis) == (None, Basis.NO_ELIGIBLE_MODEL)
