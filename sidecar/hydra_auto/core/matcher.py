"""Deciding: eligible, within tau, cheapest. A pure function of its arguments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.core.catalog import Catalog, ModelEntry, ModelId
from hydra_auto.core.cost import Cost, Workload, expected_cost
from hydra_auto.core.eligibility import Eligible, Ineligible, check
from hydra_auto.core.fallback import Barred, bars, names
from hydra_auto.core.policy import ResolvedPolicy
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.request import AvailableModel, RoutingRequest
from hydra_auto.core.shortfall import gaps, shortfall

ROUNDING = 1e-9
"""Slack for floating point, so that a shortfall of exactly tau is within tau."""

NOTHING_REQUIRED: Levels = MappingProxyType(dict.fromkeys(Capability, 0.0))


class Basis(Enum):
    """On what ground the decision stands."""

    WITHIN_TAU = "within-tau"
    LEAST_SHORTFALL = "least-shortfall"  # nobody is within tau: fail open
    UTILITY_REQUEST = "utility-request"  # unscored, the cheapest
    SAME_TURN = "same-turn"  # a later step of an agent turn keeps its model
    EMPTY_PROMPT = "empty-prompt"
    NO_ELIGIBLE_MODEL = "no-eligible-model"
    NO_MATCHING_MODEL = "no-matching-model"  # VS Code offers nothing that the catalog names


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One model of the catalog with all its numbers.

    Attributes:
        gaps: Unmet requirement per capability, unweighted.
        shortfall: Their weighted sum, in [0, 1].
        cost: Expected cost of this request.
        within_tau: Eligible and ``shortfall <= tau``.
    """

    model: ModelEntry
    eligibility: Eligible | Ineligible
    gaps: Levels
    shortfall: float
    cost: Cost
    within_tau: bool

    @property
    def cost_usd(self) -> float:
        """Expected cost in USD; infinite if it is not known."""
        return self.cost.usd

    @property
    def eligible(self) -> bool:
        """Passed all gates."""
        return isinstance(self.eligibility, Eligible)

    @property
    def target(self) -> AvailableModel | None:
        """What VS Code calls the model, if eligible and inside VS Code."""
        return self.eligibility.target if isinstance(self.eligibility, Eligible) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The choice with everything it was made of.

    Attributes:
        chosen: None exactly if ``basis`` is one of the three that choose nobody.
        candidates: Every catalog model once, best first: within tau by cost, then the other eligible ones
            by shortfall, then the ineligible ones by id.
        prediction: None if nothing was scored.
        workload: What the costs are for.
        barred: Offered models that a fallback may not use either.
        barred_anywhere: The same if every rule for files meant one of the request's.
    """

    chosen: Candidate | None
    basis: Basis
    candidates: tuple[Candidate, ...]
    prediction: Prediction | None
    policy: ResolvedPolicy
    workload: Workload
    barred: tuple[Barred, ...] = ()
    barred_anywhere: tuple[Barred, ...] = ()


def decide(
    prediction: Prediction | None,
    request: RoutingRequest,
    catalog: Catalog,
    policy: ResolvedPolicy,
    workload: Workload,
) -> Decision:
    """Choose the cheapest eligible model whose shortfall is within tau.

    Ties break by an explicit key and never by catalog order: within tau the smallest (cost, shortfall, id);
    if nobody is within tau the smallest (shortfall, cost, id), with basis least-shortfall.

    Args:
        prediction: The requirements; None for an unscored utility request, which requires nothing.
        request: The hard needs.
        catalog: All models.
        policy: Tau, weights, restrictions.
        workload: Expected tokens of this request.
    """
    required = NOTHING_REQUIRED if prediction is None else prediction.requirements
    candidates = tuple(
        sorted((_candidate(m, required, request, policy, workload) for m in catalog.models), key=_rank)
    )
    best = candidates[0] if candidates and candidates[0].eligible else None
    kept_out = bars(request, catalog, policy)
    return Decision(
        chosen=best,
        basis=_basis(best, request, catalog, scored=prediction is not None),
        candidates=candidates,
        prediction=prediction,
        policy=policy,
        workload=workload,
        barred=kept_out.here,
        barred_anywhere=kept_out.anywhere,
    )


def keep(decision: Decision, model_id: ModelId) -> Decision:
    """``decision`` with the model that an earlier step of the same turn had, if that is still eligible."""
    before = next((c for c in decision.candidates if c.model.id == model_id and c.eligible), None)
    return decision if before is None else replace(decision, chosen=before, basis=Basis.SAME_TURN)


def refuse_empty(decision: Decision) -> Decision:
    """``decision`` with nobody chosen, for a request without a word of the user's."""
    return replace(decision, chosen=None, basis=Basis.EMPTY_PROMPT)


def _candidate(
    model: ModelEntry, required: Levels, request: RoutingRequest, policy: ResolvedPolicy, workload: Workload
) -> Candidate:
    unmet = gaps(required, model.capabilities.levels)
    total = shortfall(unmet, policy.weights)
    eligibility = check(model, request, policy)
    target = eligibility.target if isinstance(eligibility, Eligible) else None
    return Candidate(
        model=model,
        eligibility=eligibility,
        gaps=unmet,
        shortfall=total,
        cost=expected_cost(model, workload, policy.cost_basis, target.vendor if target else None),
        within_tau=isinstance(eligibility, Eligible) and total <= policy.tau + ROUNDING,
    )


def _rank(candidate: Candidate) -> tuple[int, float, float, str]:
    if candidate.within_tau:
        return (0, candidate.cost_usd, candidate.shortfall, candidate.model.id)
    if candidate.eligible:
        return (1, candidate.shortfall, candidate.cost_usd, candidate.model.id)
    return (2, 0.0, 0.0, candidate.model.id)


def _basis(best: Candidate | None, request: RoutingRequest, catalog: Catalog, *, scored: bool) -> Basis:
    if best is None:
        # Whatever gates the others failed: if nothing on offer is named, that is what is in the way.
        offered = request.available
        unmatched = offered is not None and not any(names(offer, catalog) for offer in offered)
        return Basis.NO_MATCHING_MODEL if unmatched else Basis.NO_ELIGIBLE_MODEL
    if not scored:
        return Basis.UTILITY_REQUEST
    return Basis.WITHIN_TAU if best.within_tau else Basis.LEAST_SHORTFALL
