from __future__ import annotations

from dataclasses import replace

import pytest

from builders import decided, model, prediction
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.explanation import explain, saving_of, usd, verdict
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.origin import LayerName
from hydra_auto.core.routing_policy import CostBasis

SMALL, MIDDLE, LARGE = model("small", 0.3, 1.0), model("middle", 0.55, 3.0), model("large", 0.9, 15.0)


def test_the_line_says_who_why_and_where_tau_was_set() -> None:
    decision = decided(prediction(0.5), SMALL, MIDDLE, LARGE)
    assert explain(decision).line == "middle: cheapest within tau 0.025 (balanced, the default)"


def test_the_saving_is_against_the_strongest_eligible_model() -> None:
    decision = decided(prediction(0.5), SMALL, MIDDLE, LARGE)
    saving = saving_of(decision)
    assert saving is not None
    assert saving.against.model.name == "large"
    assert saving.fraction == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("small", "words"),
    [(2.4, "(84%)"), (0.03, "(99.8%)"), (0.0001, "(99.9%)"), (0.0, "(100%)"), (0.12, "(99%)")],
)
def test_a_saving_is_never_rounded_up_to_all_of_it(small: float, words: str) -> None:
    decision = decided(prediction(0.1), model("small", 0.3, small), LARGE)
    assert words in explain(decision).markdown


@pytest.mark.parametrize("basis", list(CostBasis))
def test_a_choice_of_unknown_cost_is_not_called_the_cheapest(basis: CostBasis) -> None:
    unpriced = replace(LARGE, price=None)
    decision = decided(prediction(0.9), SMALL, unpriced, cost_basis=basis)
    assert (
        explain(decision).line
        == "large: within tau 0.025 (balanced, the default), at a cost that is not known"
    )
    utility = decided(None, unpriced, cost_basis=basis)
    assert (
        explain(utility).line
        == "large: eligible, at a cost that is not known, for a title or progress message"
    )


def test_the_strongest_model_saves_nothing_against_itself() -> None:
    assert saving_of(decided(prediction(0.9), SMALL, LARGE)) is None


def test_counterfactuals_name_a_looser_tau_and_the_requirement_in_the_way() -> None:
    decision = decided(prediction(0.2, 0.2, 0.6, 0.2), SMALL, LARGE, tau=0.025)
    texts = [other.text for other in explain(decision).counterfactuals]
    assert texts == [
        "At tau 0.075 it would have been small.",
        "With 0.20 less debugging required, small would have done.",
    ]


def test_a_stricter_tau_is_named_where_the_choice_is_short_of_something() -> None:
    decision = decided(prediction(0.6), MIDDLE, LARGE, tau=0.06)
    assert [o.text for o in explain(decision).counterfactuals] == ["At tau 0.049 it would have been large."]


def test_each_candidate_has_a_verdict() -> None:
    decision = decided(prediction(0.5, 0.2, 0.2, 0.2), SMALL, MIDDLE, LARGE, model("off", enabled=False))
    assert {c.model.name: verdict(c, decision) for c in decision.candidates} == {
        "middle": "chosen",
        "large": "within tau, dearer",
        "small": "over tau: reasoning 0.20 short",
        "off": "switched off",
    }


def test_the_markdown_holds_no_row_breaking_characters_of_a_name() -> None:
    decision = decided(prediction(0.1), model("a|b"))
    assert "a\\|b" in explain(decision).markdown


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0.0, "0 USD"), (12.3456, "12.35 USD"), (0.5, "0.500 USD"), (0.001234, "0.00123 USD")],
)
def test_money_is_never_in_exponent_form(amount: float, words: str) -> None:
    assert usd(amount) == words


BUILT_IN = """\
schema_version: 1
models:
  - id: acme/small
    name: Small
    price: {input: 1, output: 2}
    capabilities: {reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.5}
  - id: acme/large
    name: Large
    price: {input: 5, output: 25}
    cost: {per_task_usd: 1}
    capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}
"""
WORKSPACE = """\
schema_version: 1
models:
  - {id: acme/large, price: {input: 0, output: 0}}
"""
USER = """\
schema_version: 1
models:
  - id: acme/small
    enabled: true
    cost: {per_task_usd: 3}
    capabilities: {reasoning: 0.6, debugging: 0.7}
"""


def explained(*layers: tuple[LayerName, str]) -> str:
    read = [read_catalog(text, path=f"/x/{n.value}.yaml", layer=n)[0] for n, text in layers]
    catalog, _ = merge_layers(read)
    assert catalog is not None
    return explain(decided(prediction(0.9), *catalog.models)).markdown


def test_a_price_cost_or_level_that_is_not_built_in_is_told_with_its_place() -> None:
    markdown = explained(
        (LayerName.BUILT_IN, BUILT_IN), (LayerName.USER, USER), (LayerName.WORKSPACE, WORKSPACE)
    )
    assert "| **Large** | 0.000 | 0 USD | chosen |" in markdown
    assert markdown.index("- Large: price") < markdown.index("- Small: ")
    assert "- Large: price set in workspace workspace.yaml:3:37" in markdown
    assert "- Small: measured cost set in user user.yaml:5:26; levels set in user user.yaml:6:31" in markdown


def test_values_of_the_built_in_catalog_or_of_one_file_for_all_are_not_told_one_by_one() -> None:
    assert " set in " not in explained((LayerName.BUILT_IN, BUILT_IN))
    assert " set in " not in explained((LayerName.FILE, BUILT_IN))


def test_of_many_models_with_values_of_ones_own_a_few_are_told() -> None:
    many = "models:\n" + "".join(
        f"  - {{id: acme/m{n}, price: {{input: 1, output: 1}}, capabilities: "
        f"{{reasoning: 1, code_generation: 1, debugging: 1, tool_use: 1}}}}\n"
        for n in range(20)
    )
    markdown = explained((LayerName.BUILT_IN, BUILT_IN), (LayerName.USER, many))
    assert markdown.count(": price set in user") == 8
    assert "- 12 more have prices, costs or levels that are not built-in" in markdown
