"""Expected cost of one request: what "cheapest" means (DESIGN.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass

from hydra_auto.core.catalog import CostBasis, ModelEntry, Price

USD_PER_PREMIUM_REQUEST = 0.04
"""What GitHub bills for one premium request over the allowance."""

EXPECTED_ANSWER_TOKENS = 1_000
"""Assumed length of one answer. It is the same for every model, so it weighs input against output price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Tokens that are read fresh, read from the prompt cache, and written; each >= 0."""

    fresh: float
    cached: float
    written: float


REFERENCE_TASK = Workload(fresh=75_000, cached=675_000, written=34_500)
"""Tokens of one agent task, against which a request is sized to scale a measured cost per task.

Such that list price times these tokens equals the measured mean cost of one SWE-bench Verified task
in the median of 14 OpenHands runs whose provider bills cached input at a tenth; 21.7 tokens read for each
token written as in Terminal-Bench's agent logs; nine in ten read tokens assumed cached.
"""

_YARDSTICK = Price(input=3.0, cached_input=0.3, output=15.0)
"""Only sizes of workloads are compared with it, so its level cancels out; its proportions are usual ones."""


def list_cost(price: Price, workload: Workload) -> float:
    """USD at list price; a model without a cache price reads cached tokens at its input price."""
    cached = price.input if price.cached_input is None else price.cached_input
    usd = workload.fresh * price.input + workload.cached * cached + workload.written * price.output
    return usd / 1_000_000


def workload_of(context_tokens: int, prompt_tokens: int) -> Workload:
    """One call: the whole context is read once, one answer is written."""
    return Workload(
        fresh=float(max(context_tokens, prompt_tokens)), cached=0.0, written=float(EXPECTED_ANSWER_TOKENS)
    )


def task_cost(model: ModelEntry) -> float:
    """USD for one reference agent task: measured where known, else list price times its tokens."""
    return list_cost(model.price, REFERENCE_TASK) if model.cost is None else model.cost.per_task_usd


def expected_cost(model: ModelEntry, workload: Workload, basis: CostBasis) -> float:
    """Expected USD of one request.

    * ``measured``: the measured cost of one task, scaled by the size of this request; the scale is common to
      all models, so that among measured models the order is that of the measured costs. A model that nobody
      measured costs its list price times tokens.
    * ``tokens``: list price times tokens.
    * ``multiplier``: premium requests at their billed price; a model without a multiplier is paid by
      tokens (one's own key), so its list price counts.
    """
    if basis is CostBasis.MULTIPLIER and model.premium_multiplier is not None:
        return model.premium_multiplier * USD_PER_PREMIUM_REQUEST
    if basis is CostBasis.MEASURED and model.cost is not None:
        size = list_cost(_YARDSTICK, workload) / list_cost(_YARDSTICK, REFERENCE_TASK)
        return model.cost.per_task_usd * size
    return list_cost(model.price, workload)
