from __future__ import annotations

from builders import chosen, decided, measured, model, offer, prediction
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.eligibility import Gate, Ineligible
from hydra_auto.core.matcher import Basis, keep, refuse_empty
from hydra_auto.core.request import RoutingRequest, Veto
from hydra_auto.core.routing_policy import CostBasis


def gate_of(decision, name: str) -> Gate:
    candidate = next(c for c in decision.candidates if c.model.name == name)
    assert isinstance(candidate.eligibility, Ineligible)
    return candidate.eligibility.gate


SMALL, MIDDLE, LARGE = model("small", 0.3, 1.0), model("middle", 0.5, 3.0), model("large", 0.9, 15.0)


def test_the_cheapest_model_within_tau_wins() -> None:
    decision = decided(prediction(0.5), SMALL, MIDDLE, LARGE, tau=0.0)
    assert (chosen(decision), decision.basis) == ("middle", Basis.WITHIN_TAU)


def test_a_shortfall_of_exactly_tau_is_within_tau() -> None:
    # 0.8 - 0.7 is 0.10000000000000009 in floating point
    decision = decided(prediction(0.8, 0, 0, 0), model("a", 0.7, 1.0), LARGE, tau=0.025)
    assert chosen(decision) == "a"


def test_a_shortfall_just_over_tau_is_not() -> None:
    decision = decided(prediction(0.8, 0, 0, 0), model("a", 0.7, 1.0), LARGE, tau=0.0249)
    assert chosen(decision) == "large"


def test_with_nobody_within_tau_the_least_shortfall_wins() -> None:
    decision = decided(prediction(1.0), SMALL, MIDDLE, LARGE, tau=0.01)
    assert (chosen(decision), decision.basis) == ("large", Basis.LEAST_SHORTFALL)


def test_ties_within_tau_go_to_the_smaller_shortfall_then_to_the_id() -> None:
    b, a, worse = model("b", 0.6), model("a", 0.6), model("0", 0.5)
    assert chosen(decided(prediction(0.6), b, a, worse, tau=0.2)) == "a"


def test_ties_over_tau_go_to_the_cheaper_then_to_the_id() -> None:
    dear, cheap_b, cheap_a = model("0", 0.5, 2.0), model("b", 0.5, 1.0), model("a", 0.5, 1.0)
    assert chosen(decided(prediction(1.0), dear, cheap_b, cheap_a, tau=0.0)) == "a"


def test_every_model_is_in_the_decision_once() -> None:
    off = model("off", enabled=False)
    decision = decided(prediction(0.5), SMALL, off, LARGE)
    assert sorted(c.model.name for c in decision.candidates) == ["large", "off", "small"]


def test_a_measured_cost_beats_a_list_price() -> None:
    listed_cheap = model("listed-cheap", 0.8, 1.0, cost=measured(2.0))
    listed_dear = model("listed-dear", 0.8, 9.0, cost=measured(1.0))
    models = (listed_cheap, listed_dear)
    assert chosen(decided(prediction(0.5), *models, cost_basis=CostBasis.MEASURED)) == "listed-dear"
    assert chosen(decided(prediction(0.5), *models, cost_basis=CostBasis.TOKENS)) == "listed-cheap"


def test_premium_requests_count_by_their_multiplier() -> None:
    included = model("included", 0.8, 9.0, premium_multiplier=0.0)
    premium = model("premium", 0.8, 1.0, premium_multiplier=1.0)
    decision = decided(prediction(0.5), premium, included, cost_basis=CostBasis.MULTIPLIER)
    assert chosen(decision) == "included"
    assert [c.cost_usd for c in decision.candidates] == [0.0, 0.04]


def test_each_gate_names_its_reason() -> None:
    request = RoutingRequest(
        text="x",
        needs_images=True,
        needs_tools=True,
        context_tokens=50_000,
        available=(*map(offer, ("off", "denied", "blind", "toolless", "short", "dear", "refused", "good")),),
        vetoed=(Veto(vendor="test", id="refused", reason="quota used up"),),
    )
    decision = decided(
        prediction(0.1),
        model("off", enabled=False),
        model("denied"),
        model("blind", images=False),
        model("toolless", tools=False),
        model("short", context_window=32_000),
        model("dear", output=50.0),
        model("refused"),
        model("elsewhere"),
        model("good"),
        request=request,
        deny=("TEST/DEN*",),
        max_price=20.0,
    )
    gates = {
        "off": Gate.DISABLED,
        "denied": Gate.DENIED,
        "blind": Gate.IMAGES,
        "toolless": Gate.TOOLS,
        "short": Gate.CONTEXT,
        "dear": Gate.PRICE,
        "refused": Gate.VETOED,
        "elsewhere": Gate.NOT_AVAILABLE,
    }
    assert {name: gate_of(decision, name) for name in gates} == gates
    assert chosen(decision) == "good"


def test_only_models_on_the_allow_list_are_eligible() -> None:
    decision = decided(prediction(0.1), SMALL, LARGE, allow=("test/large",))
    assert (chosen(decision), gate_of(decision, "small")) == ("large", Gate.NOT_ALLOWED)


def test_only_allowed_vendors_are_eligible() -> None:
    decision = decided(prediction(0.1), SMALL, vendors=("elsewhere",))
    assert (decision.basis, gate_of(decision, "small")) == (Basis.NO_ELIGIBLE_MODEL, Gate.VENDOR)


def test_the_answer_needs_room_in_the_window() -> None:
    tight = model("tight", context_window=10_000, max_output_tokens=64_000)
    fits, over = (RoutingRequest(text="x", context_tokens=n) for n in (10_000 - 4_096, 10_000 - 4_095))
    assert chosen(decided(prediction(0.1), tight, request=fits)) == "tight"
    assert chosen(decided(prediction(0.1), tight, request=over)) is None


def test_the_longest_prompt_counts_where_it_is_shorter_than_the_window_less_the_answer() -> None:
    entry = model("m", context_window=264_000, max_input_tokens=200_000, max_output_tokens=64_000)
    fits, over = (RoutingRequest(text="x", context_tokens=n) for n in (200_000, 200_001))
    assert chosen(decided(prediction(0.1), entry, request=fits)) == "m"
    assert gate_of(decided(prediction(0.1), entry, request=over), "m") is Gate.CONTEXT
    roomy = model("m", context_window=128_000, max_input_tokens=128_000, max_output_tokens=64_000)
    over = RoutingRequest(text="x", context_tokens=128_000 - 4_095)
    assert gate_of(decided(prediction(0.1), roomy, request=over), "m") is Gate.CONTEXT


def test_the_limit_that_vs_code_tells_counts_too() -> None:
    request = RoutingRequest(
        text="x", context_tokens=9_000, available=(offer("small", max_input_tokens=8_000),)
    )
    assert gate_of(decided(prediction(0.1), SMALL, request=request), "small") is Gate.CONTEXT


def test_models_that_the_catalog_does_not_name_are_told_apart_from_refused_ones() -> None:
    nothing_known = RoutingRequest(text="x", available=(offer("unheard-of"),))
    assert decided(prediction(0.1), SMALL, request=nothing_known).basis is Basis.NO_MATCHING_MODEL
    refused = RoutingRequest(text="x", needs_images=True)
    blind = model("blind", images=False)
    assert decided(prediction(0.1), blind, request=refused).basis is Basis.NO_ELIGIBLE_MODEL


def test_a_utility_request_goes_to_the_cheapest_eligible_model_unscored() -> None:
    decision = decided(None, LARGE, SMALL, request=RoutingRequest(text="", is_utility=True))
    assert (chosen(decision), decision.basis) == ("small", Basis.UTILITY_REQUEST)


def test_a_request_without_words_chooses_nobody() -> None:
    decision = refuse_empty(decided(None, SMALL))
    assert (decision.chosen, decision.basis) == (None, Basis.EMPTY_PROMPT)


def test_a_turn_keeps_its_model_while_that_is_eligible() -> None:
    decision = decided(prediction(0.1), SMALL, LARGE)
    kept = keep(decision, LARGE.id)
    assert (chosen(kept), kept.basis) == ("large", Basis.SAME_TURN)
    gone = decided(prediction(0.1), SMALL, model("large", enabled=False))
    assert chosen(keep(gone, LARGE.id)) == "small"


def test_weights_shift_the_choice() -> None:
    coder, thinker = model("coder", (0.2, 0.9, 0.9, 0.9), 1.0), model("thinker", (0.9, 0.9, 0.9, 0.9), 2.0)
    required = prediction(0.6, 0.2, 0.2, 0.2)
    assert chosen(decided(required, coder, thinker, tau=0.05)) == "thinker"
    weights = dict(zip(Capability, (0.0, 1.0, 1.0, 1.0), strict=True))
    assert chosen(decided(required, coder, thinker, tau=0.05, weights=weights)) == "coder"
