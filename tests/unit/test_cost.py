"""What "cheapest" means, on each basis, and what is assumed for it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from builders import chosen, decided, measured, model, prediction
from hydra_auto.app.report import decision_report, rendered
from hydra_auto.app.service import RoutingService, TurnStep
from hydra_auto.app.turns import turn_key
from hydra_auto.core.catalog import Catalog, LongPrice, ModelEntry, ModelMatch, Price
from hydra_auto.core.cost import (
    CACHE_LIFETIME_S,
    REFERENCE_TASK,
    RequestKind,
    Workload,
    expected_cost,
    task_cost,
    workload_of,
)
from hydra_auto.core.eligibility import Ineligible
from hydra_auto.core.explanation import explain, saving_of
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.request import AvailableModel, Overrides, RoutingRequest
from hydra_auto.core.routing_policy import CostBasis


def priced(name: str, fresh: float, cached: float | None, written: float, **more: object) -> ModelEntry:
    return replace(model(name, 0.9, **more), price=Price(input=fresh, cached_input=cached, output=written))


UNPRICED = replace(model("unpriced", 0.9), price=None)


def test_by_tokens_each_kind_of_token_has_its_price() -> None:
    work = Workload(fresh=1_000_000, cached=2_000_000, written=500_000)
    cost = expected_cost(priced("m", 2, 0.2, 10), work, CostBasis.TOKENS)
    assert cost.usd == pytest.approx(2 + 0.4 + 5)
    assert expected_cost(priced("m", 2, None, 10), work, CostBasis.TOKENS).usd == pytest.approx(2 + 4 + 5)


def test_only_the_model_that_read_it_has_it_in_its_cache() -> None:
    work = workload_of(100_000, 10, RequestKind.AGENT, cached_tokens=90_000, cached_by=model("warm").id)
    warm, cold = priced("warm", 1, 0.1, 1), priced("cold", 1, 0.1, 1)
    assert expected_cost(warm, work, CostBasis.TOKENS).usd == pytest.approx(0.01 + 0.009 + 0.0006)
    assert expected_cost(cold, work, CostBasis.TOKENS).usd == pytest.approx(0.1 + 0.0006)
    measured_warm, measured_cold = (replace(m, cost=measured(1.0)) for m in (warm, cold))
    costs = [expected_cost(m, work, CostBasis.MEASURED).usd for m in (measured_warm, measured_cold)]
    assert costs[0] < costs[1] / 2


def test_the_cache_holds_no_more_than_the_conversation() -> None:
    work = workload_of(100, 10, cached_tokens=900, cached_by=model("m").id)
    assert (work.fresh, work.cached) == (0.0, 100.0)
    assert workload_of(100, 10, cached_tokens=900).cached == 0.0


@pytest.mark.parametrize(("kind", "written"), [("utility", 50), ("agent", 600), ("chat", 1_000)])
def test_the_expected_answer_depends_on_the_kind_of_request(kind: str, written: int) -> None:
    assert workload_of(0, 100, RequestKind(kind)).written == written


def test_a_measured_task_of_reference_size_costs_what_was_measured() -> None:
    cost = expected_cost(model("m", cost=measured(0.7)), REFERENCE_TASK, CostBasis.MEASURED)
    assert (cost.usd, cost.basis) == (pytest.approx(0.7), CostBasis.MEASURED)


def test_premium_requests_are_paid_by_multiplier_and_others_by_tokens() -> None:
    work = workload_of(1_000, 10)
    by_multiplier = expected_cost(model("m", premium_multiplier=3.0), work, CostBasis.MULTIPLIER)
    assert (by_multiplier.usd, by_multiplier.basis) == (pytest.approx(0.12), CostBasis.MULTIPLIER)
    assert expected_cost(model("m"), work, CostBasis.MULTIPLIER).basis is CostBasis.TOKENS
    free = expected_cost(model("m", premium_multiplier=0.0), work, CostBasis.MULTIPLIER)
    assert (free.usd, free.is_known) == (0.0, True)


@pytest.mark.parametrize("basis", list(CostBasis))
def test_an_unknown_price_is_never_free(basis: CostBasis) -> None:
    cost = expected_cost(UNPRICED, workload_of(1_000, 10), basis)
    assert not cost.is_known
    assert cost.usd == float("inf")
    dear = model("dear", 0.9, 1_000_000.0)
    decision = decided(prediction(0.5), UNPRICED, dear, cost_basis=basis)
    assert (chosen(decision), [c.model.name for c in decision.candidates]) == ("dear", ["dear", "unpriced"])
    assert task_cost(UNPRICED) == float("inf")


def test_an_unknown_price_is_chosen_where_nobody_else_will_do_and_said_so() -> None:
    decision = decided(prediction(0.8), UNPRICED, model("weak", 0.2))
    explanation = explain(decision)
    assert chosen(decision) == "unpriced"
    assert explanation.saving is None
    assert "| **unpriced** | 0.000 | unknown | chosen |" in explanation.markdown
    assert "Not known, and so sorted after the others: the cost of unpriced." in explanation.markdown
    report = rendered(decision_report(decision))
    assert (report["candidates"][0]["cost_usd"], report["candidates"][0]["cost_basis"]) == (None, None)
    json.dumps(report, allow_nan=False)


def test_an_unknown_price_does_not_pass_a_price_limit() -> None:
    assert chosen(decided(prediction(0.1), UNPRICED, max_price=1_000.0)) is None


def test_the_explanation_states_size_assumption_and_basis() -> None:
    work = workload_of(12_000, 10, RequestKind.AGENT, cached_tokens=9_000, cached_by=model("a").id)
    listed, known = model("a", 0.9, 1.0), model("b", 0.9, 2.0, cost=measured(0.5))
    decision = decided(prediction(0.1), listed, known, workload=work, cost_basis=CostBasis.MEASURED)
    words = explain(decision).markdown
    assert (
        "Costs are for 12,000 tokens read (9,000 of them in the prompt cache of a) and 600 written, "
        "as assumed for a step with tools; measured cost of a task, scaled to that size." in words
    )
    assert "~ by list price, since its cost was not measured." in words
    assert "| ~0." in words


def test_settings_choose_the_basis() -> None:
    override = Overrides(origin=Origin(layer=LayerName.SETTINGS), cost_basis=CostBasis.MULTIPLIER)
    request = RoutingRequest(text="x", overrides=(override,))
    cheap_by_list = model("a", 0.9, 1.0, premium_multiplier=10.0)
    cheap_by_multiplier = model("b", 0.9, 9.0, premium_multiplier=0.0)
    models = (cheap_by_list, cheap_by_multiplier)
    assert chosen(decided(prediction(0.1), *models)) == "a"
    assert chosen(decided(prediction(0.1), *models, request=request)) == "b"


class Predictor:
    model_version = "by hand"

    def predict(self, texts):
        return [prediction(0.1) for _ in texts]


class Source:
    def __init__(self, *models: ModelEntry) -> None:
        self.catalog = Catalog(models=models)

    def current(self) -> Catalog:
        return self.catalog


def test_a_conversation_stays_where_its_prompt_is_cached_until_the_cache_is_cold() -> None:
    now = [0.0]
    # b is a little cheaper, but has to read 100,000 tokens afresh
    routing = RoutingService(Predictor(), Source(priced("a", 1.0, 0.1, 1.0)), lambda: now[0])
    texts = ["one", "two", "three"]
    steps = [
        TurnStep(
            key=turn_key("c", texts[: n + 1]),
            is_later=False,
            previous=turn_key("c", texts[:n]) if n else None,
        )
        for n in range(3)
    ]
    request = RoutingRequest(text="x", context_tokens=100_000)
    assert routing.route(request, steps[0]).decision.workload.cached == 0
    routing._catalogs = Source(priced("a", 1.0, 0.1, 1.0), priced("b", 0.9, 0.09, 0.9))
    now[0] = CACHE_LIFETIME_S / 2
    second = routing.route(request, steps[1]).decision
    assert (chosen(second), second.workload.cached, second.workload.cached_by) == ("a", 100_000, "test/a")
    now[0] += CACHE_LIFETIME_S + 1
    third = routing.route(request, steps[2]).decision
    assert (chosen(third), third.workload.cached) == ("b", 0)


IN_COPILOT = (ModelMatch(vendor="copilot", family="m"), ModelMatch(vendor="anthropic", family="m"))


@pytest.mark.parametrize(
    ("multiplier", "vendor", "basis"),
    [
        (3.0, "copilot", CostBasis.MULTIPLIER),
        (3.0, None, CostBasis.MULTIPLIER),
        (3.0, "anthropic", CostBasis.TOKENS),
        (None, "copilot", None),
        (None, None, None),
        (None, "anthropic", CostBasis.TOKENS),
    ],
)
def test_premium_requests_are_copilots_and_an_unpublished_multiplier_is_an_unknown_cost(
    multiplier: float | None, vendor: str | None, basis: CostBasis | None
) -> None:
    entry = model("m", 0.9, match=IN_COPILOT, premium_multiplier=multiplier)
    assert expected_cost(entry, workload_of(0, 100), CostBasis.MULTIPLIER, vendor).basis is basis
    offered = [AvailableModel(vendor=v, id="m", family="m") for v in ("copilot", "anthropic")]
    wanted = [one for one in offered if vendor in (None, one.vendor)]
    request = RoutingRequest(text="x", available=None if vendor is None else tuple(wanted))
    decision = decided(prediction(0.1), entry, request=request, cost_basis=CostBasis.MULTIPLIER)
    assert decision.candidates[0].cost.basis is basis


def test_a_new_large_model_without_a_multiplier_does_not_undercut_a_small_one_with_one() -> None:
    new = model("new-opus", 0.95, 20.0, match=IN_COPILOT)
    small = model("small", 0.9, 5.0, match=IN_COPILOT, premium_multiplier=1.0)
    decision = decided(prediction(0.5), new, small, cost_basis=CostBasis.MULTIPLIER)
    assert chosen(decision) == "small"
    assert "sorted after the others: the cost of new-opus" in explain(decision).markdown


LONG = LongPrice(above=200_000, input=4.0, cached_input=0.8, output=20.0)


def dearer_when_long(name: str, long: LongPrice = LONG, **more: object) -> ModelEntry:
    price = Price(input=2.0, cached_input=0.2, output=10.0, long=long)
    return replace(model(name, 0.9, **more), price=price)


def test_a_prompt_above_the_threshold_pays_the_long_price_for_all_of_it() -> None:
    fits, over = (workload_of(tokens, 10) for tokens in (200_000, 200_001))
    entry = dearer_when_long("m")
    costs = [expected_cost(entry, work, CostBasis.TOKENS) for work in (fits, over)]
    assert [cost.usd for cost in costs] == pytest.approx([0.4 + 0.01, 0.800004 + 0.02])
    assert [cost.long_prompt for cost in costs] == [False, True]


def test_cached_tokens_count_towards_the_threshold_and_pay_the_long_price() -> None:
    work = workload_of(300_000, 10, cached_tokens=290_000, cached_by=model("m").id)
    told = expected_cost(dearer_when_long("m"), work, CostBasis.TOKENS)
    assert told.usd == pytest.approx(0.04 + 0.232 + 0.02)
    # not told: as much of the input price as below the threshold, a tenth
    untold = expected_cost(dearer_when_long("m", replace(LONG, cached_input=None)), work, CostBasis.TOKENS)
    assert untold.usd == pytest.approx(0.04 + 0.116 + 0.02)


def test_a_measured_cost_grows_as_the_price_of_a_long_prompt_does() -> None:
    work = workload_of(300_000, 10)
    plain, dearer = priced("m", 2, 0.2, 10), dearer_when_long("m")
    usd = [
        expected_cost(replace(m, cost=measured(1.0)), work, CostBasis.MEASURED).usd for m in (plain, dearer)
    ]
    assert usd[1] / usd[0] == pytest.approx((1.2 + 0.02) / (0.6 + 0.01))


def test_a_task_of_many_calls_is_no_long_prompt() -> None:
    entry = dearer_when_long("m")
    assert task_cost(entry) == expected_cost(entry, REFERENCE_TASK, CostBasis.TOKENS).usd
    assert task_cost(entry) == pytest.approx(0.15 + 0.135 + 0.345)


def test_a_long_prompt_goes_to_the_model_that_is_cheaper_for_it_and_the_explanation_says_so() -> None:
    flat, stepped = priced("flat", 3, 0.3, 15), dearer_when_long("stepped")
    short = decided(prediction(0.1), flat, stepped, workload=workload_of(100_000, 10))
    assert chosen(short) == "stepped"
    assert "Long prompts" not in explain(short).markdown
    long = decided(prediction(0.1), flat, stepped, workload=workload_of(300_000, 10))
    assert chosen(long) == "flat"
    assert (
        "Long prompts cost more, which is counted: stepped (above 200,000 tokens)." in explain(long).markdown
    )


def test_a_price_limit_counts_the_price_of_a_long_prompt() -> None:
    stepped = dearer_when_long("stepped")  # 10, and 20 above 200,000 tokens
    for tokens, picked in ((200_000, "stepped"), (200_001, None)):
        request = RoutingRequest(text="x", context_tokens=tokens)
        decision = decided(
            prediction(0.1), replace(stepped, context_window=500_000), request=request, max_price=15
        )
        assert chosen(decision) == picked
    [candidate] = decision.candidates
    assert isinstance(candidate.eligibility, Ineligible)
    assert candidate.eligibility.text.startswith(
        "its output price is 20 USD per million tokens, the limit is 15"
    )


@pytest.mark.parametrize("basis", list(CostBasis))
def test_a_price_beyond_all_numbers_is_not_known_and_leaves_json_valid(basis: CostBasis) -> None:
    huge = 1.0e308
    long = LongPrice(above=1, input=huge, output=huge)
    sane = model("sane", 0.5)
    entries = (
        replace(sane, id="t/a", price=Price(input=huge, output=huge)),
        replace(sane, id="t/b", price=Price(input=huge, output=huge, long=long), cost=measured(1.0)),
        replace(sane, id="t/c", price=Price(input=1e-308, output=1e-308, long=long), cost=measured(huge)),
        replace(sane, id="t/d", price=Price(input=1e-308, output=1e-308), premium_multiplier=1e-300),
    )
    work = workload_of(10_000_000, 10)
    decision = decided(prediction(0.1), sane, *entries, workload=work, cost_basis=basis)
    assert decision.chosen is not None
    assert decision.chosen.cost.is_known
    for candidate in decision.candidates:
        assert candidate.cost.is_known == math.isfinite(candidate.cost_usd)
    saving = explain(decision).saving
    assert saving is None or math.isfinite(saving.fraction)
    json.dumps(rendered(decision_report(decision)), allow_nan=False)


def test_a_saving_without_a_finite_share_is_not_told() -> None:
    dear = model("dear", 0.5, output=1e300)
    free = replace(model("strong", 0.9), price=Price(input=1e-12, output=1e-12))
    decision = replace(decided(prediction(0.1), dear, free), chosen=None)
    kept = next(c for c in decision.candidates if c.model is dear)
    assert saving_of(replace(decision, chosen=kept)) is None


def test_each_step_of_a_turn_is_a_premium_request_as_copilot_counts_those_of_extensions() -> None:
    entry = model("m", 0.9, premium_multiplier=3.0)
    routing = RoutingService(Predictor(), Source(entry), lambda: 0.0)
    override = Overrides(origin=Origin(layer=LayerName.SETTINGS), cost_basis=CostBasis.MULTIPLIER)
    request = RoutingRequest(text="x", needs_tools=True, overrides=(override,))
    key = turn_key("c", ["x"])
    steps = [routing.route(request, TurnStep(key=key, is_later=later)).decision for later in (False, True)]
    assert [decision.candidates[0].cost_usd for decision in steps] == pytest.approx([0.12, 0.12])


def test_another_effort_of_the_model_reads_the_conversation_afresh() -> None:
    at_default, at_low = (replace(priced(name, 1, 0.1, 1), match=IN_COPILOT) for name in ("m", "m@low"))
    at_low = replace(at_low, effort="low")
    work = workload_of(100_000, 10, cached_tokens=100_000, cached_by=at_default.id)
    costs = [expected_cost(m, work, CostBasis.TOKENS).usd for m in (at_default, at_low)]
    assert costs == pytest.approx([0.01 + 0.001, 0.1 + 0.001])
