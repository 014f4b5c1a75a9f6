from __future__ import annotations

from dataclasses import replace

import pytest

from builders import decided, model, prediction
from hydra_auto.core.catalog import CostBasis
from hydra_auto.core.explanation import explain, saving_of, usd, verdict

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
