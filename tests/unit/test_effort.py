"""A candidate is a model at an effort; and levels say how sure they are."""

from __future__ import annotations

import pytest

from builders import decided, model, offer, prediction
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.app.report import decision_report
from hydra_auto.cli.catalog_view import model_json
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Catalog, ModelMatch
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import RoutingRequest
from hydra_auto.rpc.results import catalog_result

LEVELS = "{reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.5}"
ERRORS = "{reasoning: 0.01, code_generation: 0.02, debugging: 0.03, tool_use: 0.04}"
TWO = f"""
schema_version: 1
models:
  - {{id: a/x, match: [{{vendor: v, family: x}}], price: {{input: 1, output: 5}}, capabilities: {LEVELS}}}
  - id: a/x@low
    match: [{{vendor: v, family: x}}]
    effort: low
    price: {{input: 1, output: 5}}
    cost: {{per_task_usd: 0.1}}
    capabilities: {LEVELS}
    uncertainty: {ERRORS}
"""


def merged(*layers: tuple[LayerName, str]) -> Catalog:
    read = [read_catalog(text, path=f"{name.value}.yaml", layer=name) for name, text in layers]
    assert [problems for _, problems in read] == [()] * len(read)
    catalog, problems = merge_layers([layer for layer, _ in read])
    assert problems == ()
    assert catalog is not None
    return catalog


def test_effort_and_uncertainty_are_read_and_keep_their_origins() -> None:
    plain, low = merged((LayerName.BUILT_IN, TWO)).models
    assert (plain.effort, low.effort) == (None, "low")
    assert plain.uncertainty is None
    assert low.uncertainty is not None
    assert [low.uncertainty[c] for c in Capability] == [0.01, 0.02, 0.03, 0.04]
    assert low.origins["effort"].line == 7
    assert low.origins["uncertainty.reasoning"].line == 11


def test_the_efforts_that_a_model_offers_are_read_and_told_with_their_origin() -> None:
    own = "schema_version: 1\nmodels: [{id: a/x, supports: {efforts: [low, high]}}]"
    plain, other = merged((LayerName.BUILT_IN, TWO), (LayerName.USER, own)).models
    assert (plain.efforts, other.efforts) == (("low", "high"), ())
    assert plain.origins["supports.efforts"].layer is LayerName.USER
    assert model_json(plain)["supports"]["efforts"] == ["low", "high"]


@pytest.mark.parametrize("capability", Capability)
def test_a_level_of_ones_own_has_no_inherited_error(capability: Capability) -> None:
    own = f"schema_version: 1\nmodels: [{{id: a/x@low, capabilities: {{{capability.value}: 0.9}}}}]"
    low = merged((LayerName.BUILT_IN, TWO), (LayerName.USER, own)).models[1]
    assert low.capabilities.levels[capability] == 0.9
    assert low.uncertainty is None


def test_one_model_at_two_efforts_is_two_candidates_with_one_target() -> None:
    match = (ModelMatch(vendor="test", family="x"),)
    strong = model("x", 0.8, output=10, match=match)
    low = model("x@low", 0.5, output=2, match=match, effort="low")
    request = RoutingRequest(text="t", available=(offer("x"),))
    easy = decided(prediction(0.4), strong, low, request=request)
    hard = decided(prediction(0.7), strong, low, request=request)
    assert easy.chosen is not None
    assert hard.chosen is not None
    assert (easy.chosen.model.id, hard.chosen.model.id) == ("test/x@low", "test/x")
    assert easy.chosen.target == hard.chosen.target == offer("x")
    assert [c["effort"] for c in decision_report(easy)["candidates"]] == ["low", None]


def test_a_workspace_may_set_an_effort_and_the_catalog_result_tells_it() -> None:
    own = "schema_version: 1\nmodels: [{id: a/x, effort: high}]"
    catalog = merged((LayerName.BUILT_IN, TWO), (LayerName.WORKSPACE, own))
    told = catalog_result(catalog, (), ())["models"]
    assert [model["effort"] for model in told] == ["high", "low"]
    assert told[0]["uncertainty"] is None
    assert told[1]["uncertainty"]["tool_use"] == 0.04


def test_the_catalog_result_tells_what_was_removed() -> None:
    own = "schema_version: 1\nmodels: [{id: a/x, remove: true}]"
    told = catalog_result(merged((LayerName.BUILT_IN, TWO), (LayerName.USER, own)), (), ())
    assert told["removed"] == [{"id": "a/x", "name": "a/x", "origin": "user user.yaml:2:28"}]
