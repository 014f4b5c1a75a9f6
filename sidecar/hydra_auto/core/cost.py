"""Expected cost of one request: what "cheapest" means (DESIGN.md section 3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from hydra_auto.core.catalog import ModelEntry, ModelId, Price
from hydra_auto.core.routing_policy import CostBasis

COPILOT = "copilot"
"""The vendor that counts premium requests."""

USD_PER_PREMIUM_REQUEST = 0.04
"""What GitHub bills for one premium request over the allowance."""

CACHE_LIFETIME_S = 300.0
"""How long after a request its prompt is taken to lie in the vendor's cache: five minutes are common."""


class RequestKind(Enum):
    """What kind of answer is to be expected."""

    UTILITY = "utility"  # a title, a progress message
    CHAT = "chat"  # an answer in words and code
    AGENT = "agent"  # one step of a turn with tools


EXPECTED_OUTPUT_TOKENS: Mapping[RequestKind, int] = MappingProxyType(
    {RequestKind.UTILITY: 50, RequestKind.CHAT: 1_000, RequestKind.AGENT: 600}
)
"""Assumed length of one answer, the same for every model; an agent's: of a call of ``REFERENCE_TASK``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Tokens that are read fresh, read from the prompt cache, and written; each >= 0.

    Attributes:
        cached_by: Whose cache the cached tokens lie in, another model reads them fresh; None: everybody's.
        kind: Which answer ``written`` was assumed for.
        calls: On how many calls of the model the tokens are spread.
    """

    fresh: float
    cached: float
    written: float
    cached_by: ModelId | None = None
    kind: RequestKind = RequestKind.CHAT
    calls: int = 1

    @property
    def prompt(self) -> float:
        """Tokens of the prompt of one call."""
        return (self.fresh + self.cached) / self.calls

    def as_read_by(self, model: ModelId) -> Workload:
        """The same work for one model: what lies in another's cache is fresh."""
        if self.cached_by in (None, model):
            return self
        return replace(self, fresh=self.fresh + self.cached, cached=0.0, cached_by=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Expected cost of one request.

    Attributes:
        usd: Infinite if nothing is known: an unknown price never counts as free.
        basis: How it was found; None if it is not known.
        long_prompt: The model's dearer price for long prompts counts.
    """

    usd: float
    basis: CostBasis | None
    long_prompt: bool = False

    @property
    def is_known(self) -> bool:
        """Whether there is a number."""
        return self.basis is not None


UNKNOWN = Cost(usd=math.inf, basis=None)

REFERENCE_TASK = Workload(fresh=75_000, cached=675_000, written=34_500, calls=60)
"""Tokens of one agent task, against which a request is sized to scale a measured cost per task.

Such that list price times these tokens equals the measured mean cost of one SWE-bench Verified task
in the median of 14 OpenHands runs whose provider bills cached input at a tenth; 21.7 tokens read for each
token written as in Terminal-Bench's agent logs; nine in ten read tokens assumed cached.
"""

_YARDSTICK = Price(input=3.0, cached_input=0.3, output=15.0)
"""Only sizes of workloads are compared with it, so its level cancels out; its proportions are usual ones."""


def list_cost(price: Price, workload: Workload) -> float:
    """USD at list price; a model without a cache price reads cached tokens at its input price."""
    price = price.of_prompt(workload.prompt)
    cached = price.input if price.cached_input is None else price.cached_input
    usd = workload.fresh * price.input + workload.cached * cached + workload.written * price.output
    return usd / 1_000_000


_REFERENCE_SIZE = list_cost(_YARDSTICK, REFERENCE_TASK)


def workload_of(
    context_tokens: int,
    prompt_tokens: int,
    kind: RequestKind = RequestKind.CHAT,
    *,
    cached_tokens: int = 0,
    cached_by: ModelId | None = None,
) -> Workload:
    """One call: the whole context is read once, one answer is written.

    Args:
        context_tokens: Length of the conversation so far; 0 if not known.
        prompt_tokens: Length of the user's words.
        kind: Decides how long an answer is assumed.
        cached_tokens: How many of the tokens ``cached_by`` read a moment ago.
        cached_by: The model that did.
    """
    read = max(context_tokens, prompt_tokens)
    cached = min(cached_tokens, read) if cached_by is not None else 0
    return Workload(
        fresh=float(read - cached),
        cached=float(cached),
        written=float(EXPECTED_OUTPUT_TOKENS[kind]),
        cached_by=cached_by if cached else None,
        kind=kind,
    )


def task_cost(model: ModelEntry) -> float:
    """USD for one reference agent task: measured where known, else list price times its tokens.

    Infinite if neither is known.
    """
    if model.cost is not None:
        return model.cost.per_task_usd
    return math.inf if model.price is None else list_cost(model.price, REFERENCE_TASK)


def expected_cost(model: ModelEntry, workload: Workload, basis: CostBasis, vendor: str | None = None) -> Cost:
    """Expected cost of one request.

    * ``measured``: the measured cost of one task, scaled by the size of this request; the scale is common to
      all models that read the same from their cache, so that among them the order is that of the measured
      costs; where a long prompt has a price of its own, the cost rises as the list price does. A model that
      nobody measured costs its list price times tokens.
    * ``tokens``: list price times tokens.
    * ``multiplier``: premium requests at their billed price. A model that is used in another way than through
      Copilot (one's own key) is paid by tokens. Through Copilot, no multiplier means that none was published:
      the cost is not known, and list price would make the dearest model seem cheap.

    A model without a list price, where that would count, costs nobody knows what; so does one whose cost is
    larger than numbers go.

    Args:
        model: Whose cost.
        workload: What it is to read and write.
        basis: What cost means.
        vendor: Through which the model would be used; None if that is open: through Copilot, if it is there.
    """
    cost = _expected_cost(model, workload.as_read_by(model.id), basis, vendor)
    return cost if math.isfinite(cost.usd) else UNKNOWN


def _expected_cost(model: ModelEntry, work: Workload, basis: CostBasis, vendor: str | None) -> Cost:
    if basis is CostBasis.MULTIPLIER:
        in_copilot = any(match.vendor == COPILOT for match in model.match)
        elsewhere = vendor is not None and vendor != COPILOT
        if model.premium_multiplier is not None and not (in_copilot and elsewhere):
            return Cost(usd=model.premium_multiplier * USD_PER_PREMIUM_REQUEST, basis=basis)
        if in_copilot and not elsewhere:
            return UNKNOWN
    is_long = model.price is not None and model.price.is_long(work.prompt)
    if basis is CostBasis.MEASURED and model.cost is not None:
        size = list_cost(_YARDSTICK, work) / _REFERENCE_SIZE
        rise = 1.0 if model.price is None or not is_long else _rise(model.price, work)
        return Cost(usd=model.cost.per_task_usd * size * rise, basis=basis, long_prompt=is_long)
    if model.price is None:
        return UNKNOWN
    return Cost(usd=list_cost(model.price, work), basis=CostBasis.TOKENS, long_prompt=is_long)


def _rise(price: Price, work: Workload) -> float:
    """How many times as dear the long prompt makes the work; 1 if it would otherwise be free."""
    short = list_cost(replace(price, long=None), work)
    return list_cost(price, work) / short if short > 0.0 else 1.0
