from __future__ import annotations

import json

import pytest

from hydra_auto.core.errors import InvalidParams
from hydra_auto.core.policy import resolve
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import RoutingPolicy
from hydra_auto.rpc.converter import parse
from hydra_auto.rpc.protocol import OFFERED_MODELS, OfferedModelsParams, RouteParams
from hydra_auto.rpc.requests import settings_overrides
from sidecar_process import FIXTURES

GOOD = {"requestId": "r", "messages": [], "models": []}


def refused(**wrong: object) -> str:
    with pytest.raises(InvalidParams) as caught:
        parse({**GOOD, **wrong}, RouteParams)
    return caught.value.message


def test_unknown_keys_are_ignored() -> None:
    assert parse({**GOOD, "mood": "good"}, RouteParams).request_id == "r"


def test_a_whole_number_may_stand_for_a_number_but_nothing_else_is_converted() -> None:
    assert parse({**GOOD, "tau": 1}, RouteParams).tau == 1.0
    assert "expected str @ $.requestId" in refused(requestId=3)
    assert "expected int @ $.tools" in refused(tools=True)
    assert "expected float @ $.tau" in refused(tau="0.1")


def test_every_wrong_value_is_named_by_its_path() -> None:
    told = refused(requestId=None, models=[{"vendor": "a"}, {"vendor": 1, "id": "x"}])
    assert "expected str @ $.requestId" in told
    assert "id is missing @ $.models[0]" in told
    assert "expected str @ $.models[1].vendor" in told


def test_what_was_sent_is_never_repeated() -> None:
    assert "zanzibar" not in refused(regime="zanzibar", messages=[{"role": "zanzibar", "text": ["zanzibar"]}])


@pytest.mark.parametrize("raw", [None, [], "x", 3])
def test_params_are_an_object(raw: object) -> None:
    with pytest.raises(InvalidParams, match="params must be an object"):
        parse(raw, RouteParams)


@pytest.mark.parametrize("tau", [-0.01, 1.01, float("nan"), float("inf")])
def test_tau_is_checked(tau: float) -> None:
    with pytest.raises(InvalidParams, match="lies in"):
        parse({**GOOD, "tau": tau}, RouteParams).overrides()


def test_settings_are_laid_over_each_other_by_scope() -> None:
    overrides = settings_overrides(
        {
            "regime": {"value": "economy", "scope": "workspace"},
            "tau": {"value": 0.2, "scope": "user"},
            "maxPrice": {"value": 12, "scope": "user"},
        }
    )
    assert [(o.tau, o.max_price, o.regime) for o in overrides] == [
        (None, 12.0, None),
        (0.2, None, None),
        (None, None, Regime.ECONOMY),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        None,
        [],
        {"tau": 0.2},
        {"tau": {"value": 7, "scope": "user"}},
        {"maxPrice": {"value": -1, "scope": "user"}},
        {"deny": {"value": [3], "scope": "user"}},
    ],
)
def test_a_bad_setting_is_left_out(settings: object) -> None:
    assert settings_overrides(settings) == ()


def test_a_tau_of_ones_own_wins_over_the_regime_of_the_same_scope_in_any_order() -> None:
    settings = {"tau": {"value": 0.2, "scope": "user"}, "regime": {"value": "economy", "scope": "user"}}
    assert resolve(RoutingPolicy(), settings_overrides(settings)).tau == 0.2


def test_the_fixture_of_offered_models_is_understood() -> None:
    fixture = json.loads((FIXTURES / "protocol" / "offeredModels.json").read_text(encoding="utf-8"))
    assert fixture["method"] == OFFERED_MODELS
    first, second = (model.value() for model in parse(fixture["params"], OfferedModelsParams).models)
    assert (first.vendor, first.family) == ("copilot", "claude-sonnet-5")
    assert (second.id, second.max_input_tokens) == ("qwen3-coder:30b", 32_000)
