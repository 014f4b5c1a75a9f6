"""Layers become one catalog; each value knows where it was set; a workspace only narrows."""

from __future__ import annotations

import pytest

from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Catalog, LongPrice, ModelEntry, ModelMatch
from hydra_auto.core.layer_values import CatalogLayer, LayerModel, LayerValue, Problem, Severity
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.policy import resolve
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis

LEVELS = "capabilities: {reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.5}"
BASE = f"""
routing: {{regime: quality}}
models:
- {{id: acme/large, match: [{{vendor: copilot, family: large}}], price: {{input: 2, output: 10}}, {LEVELS}}}
- {{id: acme/small, match: [{{vendor: acme, family: small}}], price: {{input: 0.1, output: 0.5}}, {LEVELS}}}
"""


def layer(text: str, name: LayerName = LayerName.USER) -> CatalogLayer:
    found, problems = read_catalog(f"schema_version: 1\n{text}", path=f"{name.value}.yaml", layer=name)
    assert [problem for problem in problems if problem.severity is Severity.ERROR] == []
    return found


def merged(*texts: str, **named: str) -> tuple[Catalog, list[Problem]]:
    layers = [
        layer(text, name) for text, name in zip(texts, (LayerName.BUILT_IN, LayerName.USER), strict=False)
    ]
    if "workspace" in named:
        layers.append(layer(named["workspace"], LayerName.WORKSPACE))
    catalog, problems = merge_layers(layers)
    assert catalog is not None
    return catalog, list(problems)


def test_a_stronger_layer_replaces_single_values_and_keeps_the_others() -> None:
    catalog, problems = merged(BASE, "models: [{id: acme/large, price: {output: 8}, name: Mine}]")
    large = catalog.models[0]
    assert (large.price.input, large.price.output, large.name) == (2, 8, "Mine")
    assert str(large.origins["price.output"]) == "user user.yaml:2:43"
    assert large.origins["price.input"].layer is LayerName.BUILT_IN
    assert problems == []


def test_lists_are_replaced_whole() -> None:
    catalog, _ = merged(BASE, "models: [{id: acme/large, match: [{vendor: openrouter}]}]")
    assert catalog.models[0].match == (ModelMatch(vendor="openrouter"),)


def test_every_value_has_an_origin() -> None:
    catalog, _ = merged(BASE, "models: [{id: acme/large, enabled: false}]")
    assert catalog.models[0].origins.keys() == {
        "id",
        "match",
        "price.input",
        "price.output",
        "enabled",
        *(f"capabilities.{c.value}" for c in Capability),
    }
    assert all(origin.line for origin in catalog.models[0].origins.values())


def test_a_new_model_is_added_after_the_others() -> None:
    catalog, _ = merged(BASE, f"models: [{{id: me/mine, price: {{input: 0, output: 0}}, {LEVELS}}}]")
    assert [model.id for model in catalog.models] == ["acme/large", "acme/small", "me/mine"]


def test_a_model_that_stays_incomplete_is_left_out_and_reported_at_its_place() -> None:
    levels = LEVELS.replace(", tool_use: 0.5", "")
    catalog, (problem,) = merged(BASE, f"models:\n- {{id: me/mine, price: {{input: 1}}, {levels}}}")
    assert [model.id for model in catalog.models] == ["acme/large", "acme/small"]
    assert (problem.path, problem.line, problem.column) == ("user.yaml", 3, 8)
    assert "model 'me/mine' lacks capabilities.tool_use" in problem.message


def test_a_model_without_a_price_counts_and_half_a_price_is_worth_a_look() -> None:
    catalog, problems = merged(BASE, f"models: [{{id: me/mine, {LEVELS}}}]")
    assert (catalog.models[-1].price, problems) == (None, [])
    catalog, (problem,) = merged(BASE, f"models: [{{id: me/mine, price: {{input: 1}}, {LEVELS}}}]")
    assert catalog.models[-1].price is None
    assert (problem.severity, problem.column) == (Severity.WARNING, 39)
    assert "a price needs input and output" in problem.message
    assert merged(BASE, "models: [{id: acme/large, price: null}]")[0].models[0].price is None


def test_a_mistyped_model_id_gets_a_suggestion() -> None:
    _, (problem,) = merged(BASE, "models: [{id: acme/lrage, enabled: false}]")
    assert problem.message.endswith("Did you mean 'acme/large'?")


def test_no_layers_and_empty_layers_give_no_catalog_but_a_problem() -> None:
    for layers in ((), (CatalogLayer(name=LayerName.USER, path="u.yaml"),)):
        catalog, (problem,) = merge_layers(layers)
        assert catalog is None
        assert "no usable model" in problem.message


def test_a_new_price_drops_the_cost_measured_at_the_old_one() -> None:
    base = BASE.replace(
        "price: {input: 2, output: 10}", "price: {input: 2, output: 10}, cost: {per_task_usd: 0.6}"
    )
    assert merged(base)[0].models[0].cost is not None
    assert merged(base, "models: [{id: acme/large, enabled: true}]")[0].models[0].cost is not None
    assert merged(base, "models: [{id: acme/large, price: {output: 1}}]")[0].models[0].cost is None
    again = "models: [{id: acme/large, price: {output: 1}, cost: {per_task_usd: 0.1}}]"
    cost = merged(base, again)[0].models[0].cost
    assert cost is not None
    assert cost.per_task_usd == 0.1


def test_a_regime_of_a_stronger_layer_drops_the_tau_of_a_weaker_one() -> None:
    base = BASE.replace("{regime: quality}", "{tau: 0.3}")
    assert merged(base)[0].routing.tau == 0.3
    assert merged(base, "routing: {regime: economy}")[0].routing.tau is None
    assert merged(base, "routing: {regime: economy, tau: 0.2}")[0].routing.tau == 0.2
    assert merged(base, "routing: {tau: null}")[0].routing.tau is None


def test_weights_merge_by_capability() -> None:
    catalog, _ = merged(BASE + "\n", "routing: {weights: {debugging: 3}}")
    assert catalog.routing.weights[Capability.DEBUGGING] == 3
    assert catalog.routing.weights[Capability.REASONING] == 1
    assert catalog.routing.origins["weights.debugging"].layer is LayerName.USER


def test_weights_that_are_all_zero_are_reported_and_not_used() -> None:
    zeros = ", ".join(f"{c.value}: 0" for c in Capability)
    catalog, (problem,) = merged(BASE, f"routing: {{weights: {{{zeros}}}}}")
    assert "all weights are 0" in problem.message
    assert problem.path == "user.yaml"
    assert set(catalog.routing.weights.values()) == {1.0}


def test_a_cache_price_above_the_input_price_is_worth_a_look() -> None:
    _, (problem,) = merged(BASE, "models: [{id: acme/large, price: {cached_input: 3}}]")
    assert problem.severity is Severity.WARNING
    assert "cached_input 3 is more than input 2" in problem.message


@pytest.mark.parametrize(
    ("routing", "message"),
    [
        ("{deny: ['acme/*']}", "allow and deny leave none"),
        ("{allow: [acme/small], deny: [ACME/small]}", "allow and deny leave none"),
        ("{max_price: 0.1}", "max_price is 0.1, the cheapest output price 0.5"),
    ],
)
def test_a_policy_that_leaves_no_model_is_an_error_at_its_place(routing: str, message: str) -> None:
    _, (problem,) = merged(BASE, f"routing: {routing}")
    assert problem.message.startswith("no model can be chosen")
    assert message in problem.message
    assert problem.place.startswith("user.yaml:2:")


def test_a_catalog_with_all_models_off_is_an_error() -> None:
    off = "models: [{id: acme/large, enabled: false}, {id: acme/small, enabled: false}]"
    _, (problem,) = merged(BASE, off)
    assert problem.message == "no model can be chosen: all are switched off (enabled: false)"
    assert problem.severity is Severity.ERROR


def test_a_pattern_that_names_no_model_gets_a_suggestion() -> None:
    _, (problem,) = merged(BASE, "routing: {deny: [acme/smal]}")
    assert problem.severity is Severity.WARNING
    assert "Did you mean 'acme/small'?" in problem.message


# a workspace


def test_a_workspace_may_restrict_and_reweight() -> None:
    catalog, problems = merged(
        BASE,
        "",
        workspace="routing: {regime: economy, weights: {debugging: 2}, deny: [acme/large], max_price: 5}\n"
        "models: [{id: acme/large, enabled: false}]",
    )
    assert problems == []
    assert catalog.routing.regime is Regime.ECONOMY
    assert catalog.routing.deny == ("acme/large",)
    assert not catalog.models[0].enabled


def test_a_workspace_may_not_send_prompts_to_a_vendor_that_nobody_named() -> None:
    catalog, (problem,) = merged(
        BASE, "", workspace="models:\n- {id: acme/large, match: [{vendor: copilot}, {vendor: evil}]}"
    )
    assert "may not send prompts to vendor 'evil'" in problem.message
    assert (problem.path, problem.line) == ("workspace.yaml", 3)
    assert catalog.models[0].match == (ModelMatch(vendor="copilot", family="large"),)


def test_a_workspace_may_name_a_vendor_that_the_user_named() -> None:
    user = "models: [{id: acme/large, match: [{vendor: evil}]}]"
    _, problems = merged(BASE, user, workspace="models: [{id: acme/small, match: [{vendor: evil}]}]")
    assert problems == []


def test_a_new_model_of_a_workspace_without_its_match_is_harmless() -> None:
    workspace = f"models: [{{id: w/w, match: [{{vendor: evil}}], price: {{input: 0, output: 0}}, {LEVELS}}}]"
    catalog, (problem,) = merged(BASE, "", workspace=workspace)
    assert "evil" in problem.message
    assert catalog.models[-1].match == ()


@pytest.mark.parametrize(
    ("user", "workspace", "kept"),
    [
        ("max_price: 5", "max_price: 50", ("max_price", 5.0)),
        ("max_price: 5", "max_price: null", ("max_price", 5.0)),
        ("allow: [acme/small]", "allow: ['*']", ("allow", ("acme/small",))),
        ("allow: [acme/small]", "allow: []", ("allow", ("acme/small",))),
        ("allow: ['acme/s*']", "allow: [acme/small, acme/large]", ("allow", ("acme/small",))),
        ("vendors: [copilot]", "vendors: [copilot, acme]", ("vendors", ("copilot",))),
    ],
)
def test_a_workspace_may_not_widen_what_the_user_allowed(
    user: str, workspace: str, kept: tuple[str, object]
) -> None:
    catalog, problems = merged(BASE, f"routing: {{{user}}}", workspace=f"routing: {{{workspace}}}")
    assert getattr(catalog.routing, kept[0]) == kept[1]
    assert any("a workspace may not" in problem.message for problem in problems)


def test_a_workspace_adds_to_the_deny_list_and_cannot_shorten_it() -> None:
    catalog, problems = merged(BASE, "routing: {deny: [acme/small]}", workspace="routing: {deny: [other/x]}")
    assert resolve(catalog.routing, ()).deny == ("acme/small", "other/x")
    assert [rule.origin.layer for rule in catalog.routing.rules] == [LayerName.WORKSPACE]
    assert [problem.severity for problem in problems] == [Severity.WARNING]  # no model other/x
    catalog, _ = merged(BASE, "routing: {deny: [acme/small]}", workspace="routing: {deny: []}")
    assert catalog.routing.deny == ("acme/small",)


def test_a_workspace_may_not_switch_a_model_back_on() -> None:
    user = "models: [{id: acme/large, enabled: false}]"
    catalog, (problem,) = merged(BASE, user, workspace="models: [{id: acme/large, enabled: true}]")
    assert "switched off in user user.yaml:2:" in problem.message
    assert not catalog.models[0].enabled


@pytest.mark.parametrize(
    "user",
    [
        "models: [{id: acme/large, enabled: false}]",
        "routing: {deny: ['acme/l*']}",
        "routing: {allow: [acme/small, 'w/*']}",
        "routing: {max_price: 5}",
    ],
)
@pytest.mark.parametrize("match", ["{vendor: copilot, family: LARGE-preview}", "{vendor: copilot}"])
def test_a_workspace_may_not_reach_a_model_under_another_name_that_the_user_ruled_out(
    user: str, match: str
) -> None:
    workspace = f"models: [{{id: w/w, match: [{match}], price: {{input: 0, output: 0}}, {LEVELS}}}]"
    catalog, problems = merged(BASE, user, workspace=workspace)
    assert any("may not reach acme/large" in problem.message for problem in problems)
    assert catalog.models[-1].match == ()
    assert merged(BASE, "", workspace=workspace)[1] == []


def test_a_workspace_may_reprice_but_not_to_slip_under_the_users_limit() -> None:
    workspace = "models: [{id: acme/large, price: {output: 1}}]"
    catalog, problems = merged(BASE, "", workspace=workspace)
    assert (catalog.models[0].price.output, problems) == (1, [])
    catalog, problems = merged(BASE, "routing: {max_price: 5}", workspace=workspace)
    assert catalog.models[0].price.output == 10
    assert "above max_price" in problems[0].message


def test_settings_come_after_the_workspace_and_may_widen() -> None:
    settings = CatalogLayer(
        name=LayerName.SETTINGS,
        routing={
            "cost_basis": LayerValue(value=CostBasis.TOKENS, origin=Origin(layer=LayerName.SETTINGS)),
            "max_price": LayerValue(value=None, origin=Origin(layer=LayerName.SETTINGS)),
        },
        models=(LayerModel(id=layer(BASE).models[0].id, origin=Origin(layer=LayerName.SETTINGS)),),
    )
    workspace = layer("routing: {max_price: 5}", LayerName.WORKSPACE)
    catalog, problems = merge_layers([layer(BASE, LayerName.BUILT_IN), workspace, settings])
    assert catalog is not None
    assert catalog.routing.max_price is None
    assert catalog.routing.cost_basis is CostBasis.TOKENS
    assert str(catalog.routing.origins["cost_basis"]) == "settings"
    assert problems == ()


LONG = "long_price: {above: 200000, input: 4, output: 20}"


def large(catalog: Catalog) -> ModelEntry:
    return next(model for model in catalog.models if model.id == "acme/large")


def test_dearer_prices_for_long_prompts_are_read_and_fall_with_the_price_they_belong_to() -> None:
    base = BASE.replace("output: 10}", f"output: 10}}, {LONG}")
    price = large(merged(base)[0]).price
    assert price is not None
    assert price.long == LongPrice(above=200_000, input=4.0, output=20.0)
    ours = f"models: [{{id: acme/large, {LONG.replace('4', '5')}}}]"
    assert large(merged(base, ours)[0]).price.long.input == 5.0
    for above in ("price: {output: 9}", "long_price: null"):
        assert large(merged(base, f"models: [{{id: acme/large, {above}}}]")[0]).price.long is None


@pytest.mark.parametrize("half", ["{above: 200000}", "{input: 4, output: 20}", "{above: 200000, input: 4}"])
def test_half_a_price_for_long_prompts_is_reported_and_not_counted(half: str) -> None:
    catalog, (problem,) = merged(BASE, f"models: [{{id: acme/large, long_price: {half}}}]")
    assert problem.severity is Severity.WARNING
    assert "long_price needs above, input and output" in problem.message
    assert problem.place.startswith("user.yaml:2:")
    assert large(catalog).price.long is None


def test_a_price_for_long_prompts_alone_is_no_price() -> None:
    catalog, (problem,) = merged(BASE, f"models: [{{id: acme/large, price: null, {LONG}}}]")
    assert "long_price counts only beside a price" in problem.message
    assert large(catalog).price is None


@pytest.mark.parametrize("match", ["[]", "null", "[{vendor: copilot, family: other}]"])
def test_a_workspace_takes_no_name_from_a_model_that_the_user_has_ruled_out(match: str) -> None:
    off = "models: [{id: acme/large, enabled: false}]"
    catalog, (problem,) = merged(BASE, off, workspace=f"models: [{{id: acme/large, match: {match}}}]")
    assert large(catalog).match == (ModelMatch(vendor="copilot", family="large"),)
    assert "may not take a name from acme/large" in problem.message
