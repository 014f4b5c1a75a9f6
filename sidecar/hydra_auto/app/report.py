"""One outcome as plain data, for ``route --json`` and for JSON-RPC (DESIGN.md section 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hydra_auto.app.service import Outcome
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.eligibility import Ineligible
from hydra_auto.core.explanation import Explanation, cost_words, rule_words
from hydra_auto.core.matcher import Candidate, Decision

Report = dict[str | Capability, Any]

_DIGITS = 6  # more would be noise of the last bits; costs keep all theirs


def outcome_report(outcome: Outcome) -> Report:
    """Everything about ``outcome``; keys are field names, or capabilities where a value is per capability."""
    decision = outcome.decision
    timing = outcome.timing_ms
    return {
        **decision_report(decision),
        "explanation": explanation_report(outcome.explanation),
        "saving": _saving(outcome.explanation),
        "timing_ms": {
            "predict": round(timing.predict, 3),
            "match": round(timing.match, 3),
            "total": round(timing.total, 3),
        },
        "model_version": outcome.model_version,
    }


def decision_report(decision: Decision) -> Report:
    """The decision with every candidate, in the order of the ranking."""
    policy, prediction = decision.policy, decision.prediction
    return {
        "chosen": decision.chosen.model.id if decision.chosen else None,
        "basis": decision.basis.value,
        "requirements": _levels(prediction.requirements) if prediction else None,
        "tokens": prediction.tokens if prediction else None,
        "truncated": prediction.truncated if prediction else False,
        "weights": _levels(policy.weights),
        "tau": policy.tau,
        "tau_origin": str(policy.tau_origin),
        "regime": policy.regime.value if policy.regime else None,
        "rules": [
            {"paths": list(rule.paths), "origin": str(rule.origin), "text": rule_words(rule)}
            for rule in policy.rules
        ],
        "cost_basis": policy.cost_basis.value,
        "cost": _cost(decision),
        "candidates": [candidate_report(candidate) for candidate in decision.candidates],
    }


def _cost(decision: Decision) -> Report:
    """What the candidates' costs are for."""
    work = decision.workload
    return {
        "kind": work.kind.value,
        "fresh_tokens": round(work.fresh),
        "cached_tokens": round(work.cached),
        "cached_by": work.cached_by,
        "written_tokens": round(work.written),
        "text": cost_words(decision),
    }


def candidate_report(candidate: Candidate) -> Report:
    """One model with its numbers; ``shortfalls`` are unweighted gaps per capability."""
    refused = candidate.eligibility if isinstance(candidate.eligibility, Ineligible) else None
    return {
        "id": candidate.model.id,
        "name": candidate.model.name,
        "effort": candidate.model.effort,
        "eligible": candidate.eligible,
        "estimated_from": _estimate(candidate),
        "gate": refused.gate.value if refused else None,
        "reason": refused.text if refused else None,
        "within_tau": candidate.within_tau,
        "shortfall": round(candidate.shortfall, _DIGITS),
        "shortfalls": _levels(candidate.gaps),
        "cost_usd": candidate.cost.usd if candidate.cost.is_known else None,
        "cost_basis": candidate.cost.basis.value if candidate.cost.basis else None,
        "capabilities": _levels(candidate.model.capabilities.levels),
    }


def _estimate(candidate: Candidate) -> Report | None:
    made_up = candidate.model.estimate
    return None if made_up is None else {"model": made_up.relative, "discount": made_up.discount}


def explanation_report(explanation: Explanation) -> Report:
    """The words, and the structure behind them."""
    return {
        "line": explanation.line,
        "markdown": explanation.markdown,
        "runner_up": explanation.runner_up.model.id if explanation.runner_up else None,
        "counterfactuals": [
            {
                "model": other.model_id,
                "text": other.text,
                "tau": other.tau,
                "capability": other.capability.value if other.capability else None,
                "less": other.less,
            }
            for other in explanation.counterfactuals
        ],
    }


_NESTED = (dict, list)


class _Spelling(dict[str | Capability, str]):
    """How keys are written; each is looked up once, since a report has some hundred rows of the same keys."""

    def __init__(self, name: Callable[[str], str]) -> None:
        super().__init__({capability: capability.value for capability in Capability})
        self._name = name

    def __missing__(self, key: str | Capability) -> str:
        self[key] = spelt = self._name(str(key))
        return spelt


def rendered(report: Any, name: Callable[[str], str] = str) -> Any:
    """``report`` as JSON-ready data: field names go through ``name``, capabilities keep theirs."""
    spelt = _Spelling(name)

    def render(value: Any) -> Any:  # of a thousand values few hold others: no call for the rest
        if type(value) is dict:
            return {
                spelt[key]: render(item) if type(item) in _NESTED else item for key, item in value.items()
            }
        return [render(item) if type(item) in _NESTED else item for item in value]

    return render(report) if type(report) in _NESTED else report


@cache
def camel(name: str) -> str:
    """``snake_case`` as ``camelCase``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _levels(values: Mapping[Capability, float]) -> dict[Capability, float]:
    return {capability: round(value, _DIGITS) for capability, value in values.items()}


def _saving(explanation: Explanation) -> Report | None:
    saving = explanation.saving
    if saving is None:
        return None
    return {
        "against": saving.against.model.id,
        "usd": saving.usd,
        "fraction": round(saving.fraction, _DIGITS),
    }
