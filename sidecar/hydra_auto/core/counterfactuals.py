"""What would have had to differ for another choice, from the numbers of the decision alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.matcher import ROUNDING, Basis, Candidate, Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """One sentence of the kind "at tau 0.02 it would have been X".

    Attributes:
        model_id: Who would have been chosen.
        tau: The tau at which that is so, if tau is what differs.
        capability: The requirement that would have to differ, if it is that, by ``less``.
    """

    model_id: str
    text: str
    tau: float | None = None
    capability: Capability | None = None
    less: float | None = None


def counterfactuals(decision: Decision) -> tuple[Counterfactual, ...]:
    """A looser tau, a stricter tau, and the one requirement that keeps the cheapest rival out."""
    if decision.chosen is None or decision.basis not in {Basis.WITHIN_TAU, Basis.LEAST_SHORTFALL}:
        return ()
    found = (_looser(decision, decision.chosen), _stricter(decision, decision.chosen), _easier(decision))
    return tuple(other for other in found if other is not None)


def _thousandths_up(value: float) -> int:
    return math.ceil(round(value * 1000, 6))  # rounded first: 0.012 * 1000 may be 12.000000000000002


def _looser(decision: Decision, chosen: Candidate) -> Counterfactual | None:
    rivals = [
        c for c in decision.candidates if c.eligible and not c.within_tau and c.cost_usd < chosen.cost_usd
    ]
    if not rivals:
        return None
    rival = min(rivals, key=lambda c: (c.shortfall, c.cost_usd, c.model.id))
    tau = _thousandths_up(rival.shortfall) / 1000
    # Of all that tau lets in, the cheapest would win, which need not be the first to be let in.
    winner = min(
        (c for c in rivals if c.shortfall <= tau + ROUNDING),
        key=lambda c: (c.cost_usd, c.shortfall, c.model.id),
    )
    return Counterfactual(
        model_id=winner.model.id,
        tau=tau,
        text=f"At tau {tau:g} it would have been {winner.model.name}.",
    )


def _stricter(decision: Decision, chosen: Candidate) -> Counterfactual | None:
    if not chosen.within_tau or chosen.shortfall <= ROUNDING:
        return None
    # The largest tau with three digits that shuts the choice out; rivals at or below it decide.
    tau = max(0.0, (_thousandths_up(chosen.shortfall) - 1) / 1000)
    stay = [c for c in decision.candidates if c.within_tau and c.shortfall <= tau + ROUNDING]
    if stay:
        winner = min(stay, key=lambda c: (c.cost_usd, c.shortfall, c.model.id))
    else:
        eligible = (c for c in decision.candidates if c.eligible)
        winner = min(eligible, key=lambda c: (c.shortfall, c.cost_usd, c.model.id))
    if winner is chosen:
        return None
    return Counterfactual(
        model_id=winner.model.id,
        tau=tau,
        text=f"At tau {tau:g} it would have been {winner.model.name}.",
    )


def _easier(decision: Decision) -> Counterfactual | None:
    """The cheaper rival that the smallest cut in a single requirement would let in."""
    chosen, policy = decision.chosen, decision.policy
    options = []
    for c in decision.candidates:
        if not c.eligible or c.within_tau or chosen is None or c.cost_usd >= chosen.cost_usd:
            continue
        for capability, gap in c.gaps.items():
            weight = policy.weights[capability]
            less = (c.shortfall - policy.tau) / weight if weight > 0 else math.inf
            if less <= gap:
                options.append((less, c.cost_usd, c.model.id, capability.value, capability, c))
    if not options:
        return None
    less, _, _, _, capability, rival = min(options, key=lambda option: option[:4])
    less = math.ceil(less * 100) / 100
    return Counterfactual(
        model_id=rival.model.id,
        capability=capability,
        less=less,
        text=f"With {less:.2f} less {capability.value} required, {rival.model.name} would have done.",
    )
