"""Wording a decision. Nothing is decided here: every number comes from the decision (DESIGN.md section 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.cost import USD_PER_PREMIUM_REQUEST, RequestKind
from hydra_auto.core.counterfactuals import Counterfactual, counterfactuals
from hydra_auto.core.eligibility import Ineligible
from hydra_auto.core.matcher import Basis, Candidate, Decision
from hydra_auto.core.origin import LayerName
from hydra_auto.core.provenance import provenance_words
from hydra_auto.core.routing_policy import CostBasis, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What the choice costs less than the strongest eligible model; negative if it costs more.

    Attributes:
        usd: Difference for this request.
        fraction: The difference as a share of the strongest model's cost, at most 1.
    """

    against: Candidate
    usd: float
    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One decision in words.

    Attributes:
        line: One line, for a status bar.
        markdown: The whole of it, for a chat or a hover.
        runner_up: Whom the choice would fall on next.
    """

    line: str
    markdown: str
    runner_up: Candidate | None
    counterfactuals: tuple[Counterfactual, ...]
    saving: Saving | None


_NOBODY = {
    Basis.EMPTY_PROMPT: "no words of the user to route by",
    Basis.NO_ELIGIBLE_MODEL: "no model of the catalog is eligible",
    Basis.NO_MATCHING_MODEL: "VS Code offers no model that the catalog names",
}


def explain(decision: Decision) -> Explanation:
    """Word ``decision``."""
    runner_up = next((c for c in decision.candidates if c.eligible and c is not decision.chosen), None)
    others = counterfactuals(decision)
    saving = saving_of(decision)
    return Explanation(
        line=_line(decision),
        markdown=_markdown(decision, others, saving),
        runner_up=runner_up,
        counterfactuals=others,
        saving=saving,
    )


def strongest(decision: Decision) -> Candidate | None:
    """The eligible model with the largest weighted profile; the dearer one of two equals."""
    weights = decision.policy.weights
    eligible = [c for c in decision.candidates if c.eligible]
    return max(
        eligible,
        key=lambda c: (
            sum(weights[k] * c.model.capabilities.levels[k] for k in Capability),
            c.cost_usd,
            c.model.id,
        ),
        default=None,
    )


def saving_of(decision: Decision) -> Saving | None:
    """Saving of the choice against the strongest eligible model; None if that is the choice, or no number."""
    best = strongest(decision)
    if decision.chosen is None or best is None or best is decision.chosen or best.cost_usd <= 0.0:
        return None
    if not (best.cost.is_known and decision.chosen.cost.is_known):
        return None
    usd = best.cost_usd - decision.chosen.cost_usd
    fraction = usd / best.cost_usd
    return Saving(against=best, usd=usd, fraction=fraction) if math.isfinite(fraction) else None


def share(fraction: float) -> str:
    """A share in [0, 1] in whole per cent; what is not all of it is never rounded up to 100."""
    if 0.995 <= fraction < 1.0:  # noqa: PLR2004  where rounding would say 100
        return f"{min(fraction, 0.999):.1%}"
    return f"{fraction:.0%}"


def tau_words(decision: Decision) -> str:
    """Tau with its regime and where it was set."""
    policy = decision.policy
    regime = f"{policy.regime.value}, " if policy.regime else ""
    if policy.tau_rule is not None:
        return f"tau {policy.tau:g} ({regime}by the {policy.tau_rule.label})"
    where = "the default" if policy.tau_origin.layer is LayerName.BUILT_IN else f"set in {policy.tau_origin}"
    return f"tau {policy.tau:g} ({regime}{where})"


def usd(amount: float) -> str:
    """An amount of money with three significant digits, never in exponent form."""
    if math.isinf(amount):
        return "unknown"
    if amount == 0:
        return "0 USD"
    size = math.floor(math.log10(abs(amount)))
    digits = max(2, 2 - size)
    return f"{amount:.{digits}f} USD"


def short_of(candidate: Candidate) -> str:
    """Which capabilities are short by how much, largest first; empty if none is."""
    short = sorted(
        ((gap, c) for c, gap in candidate.gaps.items() if gap > 0), key=lambda g: (-g[0], g[1].value)
    )
    return ", ".join(f"{c.value} {gap:.2f} short" for gap, c in short)


def verdict(candidate: Candidate, decision: Decision) -> str:
    """Why this candidate was chosen or not, in a few words."""
    if isinstance(candidate.eligibility, Ineligible):
        return candidate.eligibility.text
    missing = short_of(candidate)
    if candidate is decision.chosen:
        return f"chosen ({missing})" if missing and decision.prediction else "chosen"
    if not candidate.within_tau:
        return f"over tau: {missing}"
    if not candidate.cost.is_known:
        return "within tau, price unknown"
    if decision.chosen is not None and candidate.cost_usd > decision.chosen.cost_usd:
        return "within tau, dearer"
    return "within tau"


def _line(decision: Decision) -> str:
    chosen = decision.chosen
    if chosen is None:
        return f"No model chosen: {_NOBODY[decision.basis]}"
    name = chosen.model.name + (f" ({chosen.model.estimate})" if chosen.model.estimate else "")
    match decision.basis:
        case Basis.UTILITY_REQUEST:
            which = "cheapest eligible" if chosen.cost.is_known else "eligible, at a cost that is not known"
            return f"{name}: {which}, for a title or progress message"
        case Basis.SAME_TURN:
            return f"{name}: kept for the steps of this turn"
        case Basis.LEAST_SHORTFALL:
            return (
                f"{name}: nobody is within {tau_words(decision)}; least shortfall, "
                f"{chosen.shortfall:.3f} ({short_of(chosen)})"
            )
        case _ if not chosen.cost.is_known:
            return f"{name}: within {tau_words(decision)}, at a cost that is not known"
        case _:
            return f"{name}: cheapest within {tau_words(decision)}"


def _markdown(decision: Decision, others: tuple[Counterfactual, ...], saving: Saving | None) -> str:
    blocks = [f"**{_line(decision)}**"]
    if decision.prediction is not None:
        blocks.append(_requirements_table(decision))
        if decision.prediction.truncated:
            blocks.append(
                f"The text has {decision.prediction.tokens:,} tokens; its beginning and its end were read."
            )
    blocks.append(_candidates_table(decision))
    blocks.append(cost_words(decision))
    if saving is not None:
        blocks.append(saving_words(saving))
    blocks.append("\n".join(f"- {other.text}" for other in others))
    blocks.append("\n".join(f"- {rule_words(rule)}" for rule in decision.policy.rules))
    blocks.append("\n".join(f"- {_cell(words)}" for words in provenance_words(decision)))
    blocks.append(_refusals(decision))
    return "\n\n".join(block for block in blocks if block)


def cost_words(decision: Decision) -> str:
    """What the costs are for, how they were found, and whose is not known."""
    work, basis = decision.workload, decision.policy.cost_basis
    eligible = [c for c in decision.candidates if c.eligible]
    if not eligible:
        return ""
    cached = ""
    if work.cached and work.cached_by is not None:
        names = {c.model.id: c.model.name for c in decision.candidates}
        holder = names.get(work.cached_by, work.cached_by)
        cached = f" ({work.cached:,.0f} of them in the prompt cache of {holder})"
    size = f"{work.fresh + work.cached:,.0f} tokens read{cached} and {work.written:,.0f} written"
    words = [f"Costs are for {size}, as assumed for {_ANSWERS[work.kind]}; {_BASES[basis]}."]
    if basis is not CostBasis.TOKENS and any(c.cost.basis is CostBasis.TOKENS for c in eligible):
        words.append(f"~ by list price, {_INSTEAD[basis]}.")
    long = ", ".join(
        f"{c.model.name} (above {c.model.price.long.above:,} tokens)"
        for c in eligible
        if c.cost.long_prompt and c.model.price is not None and c.model.price.long is not None
    )
    if long:
        words.append(f"Long prompts cost more, which is counted: {long}.")
    unknown = ", ".join(c.model.name for c in eligible if not c.cost.is_known)
    if unknown:
        words.append(f"Not known, and so sorted after the others: the cost of {unknown}.")
    return " ".join(words)


_ANSWERS = {
    RequestKind.UTILITY: "a title",
    RequestKind.CHAT: "an answer",
    RequestKind.AGENT: "a step with tools",
}
_BASES = {
    CostBasis.MEASURED: "measured cost of a task, scaled to that size",
    CostBasis.TOKENS: "list price times tokens",
    CostBasis.MULTIPLIER: f"premium requests at {USD_PER_PREMIUM_REQUEST:g} USD",
}
_INSTEAD = {
    CostBasis.MEASURED: "since its cost was not measured",
    CostBasis.MULTIPLIER: "as with a key of your own",
}


def approximate(candidate: Candidate, decision: Decision) -> str:
    """``~`` if the cost was found in another way than the policy's."""
    return "~" if candidate.cost.basis not in (None, decision.policy.cost_basis) else ""


def rule_words(rule: Rule) -> str:
    """A rule that applies, with its place and what it says."""
    says = [] if rule.regime is None else [f"regime {rule.regime.value}"]
    says += [] if rule.tau is None else [f"tau {rule.tau:g}"]
    lists = (("allow", rule.allow), ("deny", rule.deny), ("vendors", rule.vendors))
    says += [f"{key} {', '.join(items)}" for key, items in lists if items]
    says += [] if rule.max_price is None else [f"max_price {rule.max_price:g}"]
    return f"{rule.label[0].upper()}{rule.label[1:]}: {'; '.join(says)}"


def saving_words(saving: Saving) -> str:
    """The saving in one sentence."""
    name = saving.against.model.name
    if saving.usd >= 0:
        return f"Saves {usd(saving.usd)} ({share(saving.fraction)}) against the strongest, {name}."
    return f"Costs {usd(-saving.usd)} more than the strongest, {name}."


def _requirements_table(decision: Decision) -> str:
    assert decision.prediction is not None  # noqa: S101  the caller has checked
    offered = decision.chosen.model.capabilities.levels if decision.chosen else None
    rows = ["| | required | offered | weight |", "|---|---|---|---|"]
    for c in Capability:
        level = f"{offered[c]:.2f}" if offered else ""
        required, weight = decision.prediction.requirements[c], decision.policy.weights[c]
        rows.append(f"| {c.value} | {required:.2f} | {level} | {weight:.2f} |")
    return "\n".join(rows)


def _candidates_table(decision: Decision) -> str:
    eligible = [c for c in decision.candidates if c.eligible]
    if not eligible:
        return ""
    rows = ["| model | shortfall | cost | |", "|---|---|---|---|"]
    for c in eligible:
        name = _cell(c.model.name) + (f" ({_cell(str(c.model.estimate))})" if c.model.estimate else "")
        bold = f"**{name}**" if c is decision.chosen else name
        cost = approximate(c, decision) + usd(c.cost_usd)
        rows.append(f"| {bold} | {c.shortfall:.3f} | {cost} | {_cell(verdict(c, decision))} |")
    return "\n".join(rows)


def _refusals(decision: Decision) -> str:
    """One line a reason, with the models that it keeps out."""
    names: dict[str, list[str]] = {}
    for c in decision.candidates:
        if isinstance(c.eligibility, Ineligible):
            names.setdefault(c.eligibility.text, []).append(c.model.name)
    if not names:
        return ""
    lines = [f"- {reason}: {', '.join(models)}" for reason, models in names.items()]
    return "\n".join(["Not eligible:", "", *lines])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
