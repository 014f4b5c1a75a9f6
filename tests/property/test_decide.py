"""Invariants of the decision (STYLE.md section 8)."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from builders import chosen, decided, model, prediction
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import CapabilityProfile, ModelEntry
from hydra_auto.core.counterfactuals import counterfactuals
from hydra_auto.core.explanation import explain
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.shortfall import gaps, normalised, shortfall

level = st.integers(0, 100).map(lambda n: n / 100)
four = st.tuples(level, level, level, level)
taus = st.integers(0, 400).map(lambda n: n / 1000)
weights = (
    st.tuples(*[st.integers(0, 5)] * 4)
    .filter(any)
    .map(lambda w: dict(zip(Capability, map(float, w), strict=True)))
)


@st.composite
def pools(draw: st.DrawFn) -> list[ModelEntry]:
    count = draw(st.integers(1, 6))
    prices = st.integers(1, 50).map(float)
    return [
        model(f"m{i}", draw(four), draw(prices), enabled=draw(st.integers(0, 5)) > 0) for i in range(count)
    ]


requirements = four.map(lambda levels: prediction(*levels))


def total(required: Prediction, offered: CapabilityProfile) -> float:
    equal = normalised(dict.fromkeys(Capability, 1.0))
    return shortfall(gaps(required.requirements, offered.levels), equal)


@given(requirements, four, four)
def test_a_stronger_profile_never_has_a_larger_shortfall(required, offered, better) -> None:
    stronger = tuple(map(max, offered, better))
    assert total(required, model("s", stronger).capabilities) <= total(
        required, model("o", offered).capabilities
    )


@given(requirements, four)
def test_shortfall_is_zero_exactly_when_the_profile_covers_the_requirement(required, offered) -> None:
    entry = model("m", offered)
    covers = all(entry.capabilities.levels[c] >= required.requirements[c] for c in Capability)
    assert (total(required, entry.capabilities) == 0) == covers


@given(requirements, pools(), taus, taus)
def test_a_larger_tau_never_picks_a_dearer_model(required, pool, one, other) -> None:
    strict = decided(required, *pool, tau=min(one, other))
    loose = decided(required, *pool, tau=max(one, other))
    assert (strict.chosen is None) == (loose.chosen is None)
    if strict.chosen and loose.chosen:
        assert loose.chosen.cost_usd <= strict.chosen.cost_usd


@given(requirements, pools(), taus, weights, st.randoms())
def test_shuffling_the_catalog_changes_nothing(required, pool, tau, weight, random) -> None:
    shuffled = random.sample(pool, len(pool))
    assert decided(required, *pool, tau=tau, weights=weight) == decided(
        required, *shuffled, tau=tau, weights=weight
    )


@given(requirements, pools(), taus, st.integers(0, 5))
def test_adding_a_dominated_dearer_model_changes_nothing(required, pool, tau, which) -> None:
    better = pool[which % len(pool)]
    assume(better.enabled)
    worse = tuple(v / 2 for v in better.capabilities.levels.values())
    dominated = model("0-dominated", worse, better.price.output + 1)
    assert chosen(decided(required, *pool, dominated, tau=tau)) == chosen(decided(required, *pool, tau=tau))


@given(requirements, pools(), taus, weights)
def test_every_model_appears_once_chosen_or_with_a_reason(required, pool, tau, weight) -> None:
    decision = decided(required, *pool, tau=tau, weights=weight)
    assert sorted(c.model.id for c in decision.candidates) == sorted(m.id for m in pool)
    assert all(0 <= c.shortfall <= 1 + 1e-9 for c in decision.candidates)
    assert all(c.eligible == c.model.enabled for c in decision.candidates)
    assert (decision.chosen is None) == (not any(m.enabled for m in pool))


@given(requirements, pools(), taus, weights)
def test_counterfactuals_come_true(required, pool, tau, weight) -> None:
    decision = decided(required, *pool, tau=tau, weights=weight)
    for other in counterfactuals(decision):
        assert other.model_id != decision.chosen.model.id
        if other.tau is not None:
            again = decided(required, *pool, tau=other.tau, weights=weight)
            assert again.chosen.model.id == other.model_id
        else:
            eased = dict(required.requirements)
            eased[other.capability] = max(0.0, eased[other.capability] - other.less)
            easier = decided(prediction(*eased.values()), *pool, tau=tau, weights=weight)
            rival = next(c for c in easier.candidates if c.model.id == other.model_id)
            assert rival.within_tau


@given(requirements, pools(), taus)
def test_the_explanation_names_the_chosen_model(required, pool, tau) -> None:
    decision = decided(required, *pool, tau=tau)
    explanation = explain(decision)
    assert decision.chosen is None or explanation.line.startswith(decision.chosen.model.name)
    assert "\n" not in explanation.line
