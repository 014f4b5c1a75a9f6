"""The catalog as values: what models there are, what each offers and costs (DESIGN.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NewType

from hydra_auto.core.capabilities import Levels, levels
from hydra_auto.core.origin import Origin
from hydra_auto.core.routing_policy import RoutingPolicy

ModelId = NewType("ModelId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityProfile:
    """What one model offers, one level in [0, 1] per capability, on the scale of the requirements."""

    levels: Levels

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", levels(self.levels, "capability"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LongPrice:
    """What a request costs, all of it, whose prompt is long; in USD per million tokens, each >= 0.

    Attributes:
        above: Prompts of more tokens than this are long, cached ones included.
        cached_input: None for as much of ``input`` as in the price of short prompts.
    """

    above: int
    input: float
    output: float
    cached_input: float | None = None

    def __post_init__(self) -> None:
        if self.above < 1:
            raise ValueError(f"long_price.above is {self.above}; it is a number of tokens >= 1")
        _check_prices("long_price", self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """List price in USD per million tokens, each >= 0; ``long`` if long prompts have another."""

    input: float
    output: float
    cached_input: float | None = None
    long: LongPrice | None = None

    def __post_init__(self) -> None:
        _check_prices("price", self)

    def is_long(self, prompt_tokens: float) -> bool:
        """Whether a prompt of so many tokens pays the price of long ones."""
        return self.long is not None and prompt_tokens > self.long.above

    def output_of(self, prompt_tokens: float | None) -> float:
        """What a request with a prompt of so many tokens pays for output; None: the dearer of the two."""
        if prompt_tokens is None:
            return self.output if self.long is None else max(self.output, self.long.output)
        return self.of_prompt(prompt_tokens).output

    def of_prompt(self, prompt_tokens: float) -> Price:
        """What a request with a prompt of so many tokens pays."""
        if self.long is None or not self.is_long(prompt_tokens):
            return self
        cached = self.long.cached_input
        if cached is None and self.cached_input is not None and self.input > 0.0:
            cached = self.cached_input / self.input * self.long.input
        return Price(input=self.long.input, output=self.long.output, cached_input=cached)


def _check_prices(where: str, price: Price | LongPrice) -> None:
    for name in ("input", "output", "cached_input"):
        value = getattr(price, name)
        if value is not None and not 0.0 <= value < float("inf"):
            raise ValueError(f"{where}.{name} is {value}; a price is a finite number >= 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCost:
    """Measured mean cost of one agent task in USD, with where it was measured. List price is not cost."""

    per_task_usd: float
    source: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.per_task_usd < float("inf"):
            raise ValueError(f"cost.per_task_usd is {self.per_task_usd}; a cost is a finite number >= 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMatch:
    """How VS Code names the model. A field left out matches anything; ``family`` and ``id`` ignore case."""

    vendor: str
    family: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One public result that a profile was derived from."""

    benchmark: str
    score: float
    date: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """That an entry was made up for a model that the catalog does not name.

    Attributes:
        relative: The known model whose profile stands in.
        discount: What was taken off each of its levels.
        same_model: It is the known model itself, from another vendor.
        names: What allow and deny lists may call it beside its id: as VS Code does; if it is the known model
            itself, that one's id.
    """

    relative: ModelId
    relative_name: str
    discount: float
    same_model: bool = False
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"estimated from {self.relative_name}, less {self.discount:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """What a model is called, and costs, where a workspace has no say in it.

    Attributes:
        names: Its id in the user's own layers; where those do not have it, what VS Code calls it.
        price: None if they tell none.
    """

    names: tuple[str, ...]
    price: Price | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """One model of the catalog.

    Attributes:
        price: None if it is not known, which is not the same as free.
        premium_multiplier: Premium requests per request on plans that still count those.
        context_window: Prompt plus answer, in tokens.
        max_input_tokens: Longest prompt, where the window alone would allow a longer one; else None.
        efforts: Reasoning efforts that the model offers; empty if none are known.
        estimated: The profile was interpolated from relatives, since no evidence of its own exists.
        uncertainty: Standard error of each level, on the scale of the levels; None where nobody stated it.
        effort: Reasoning effort that profile and cost hold for; None for the model's default. One model at
            several efforts is several entries with the same ``match``.
        estimate: Set if the catalog does not name the model, and the whole entry was made up.
        lost: What of ``match`` a workspace took away: nobody is chosen by it, but limits still mean it.
        reaches: If a workspace says what the model is called or costs: what the user's limits are held
            against as well, so that a new name or price evades none.
        origins: Dotted field name (``price.input``) to where its value was set.
    """

    id: ModelId
    name: str
    price: Price | None
    capabilities: CapabilityProfile
    match: tuple[ModelMatch, ...] = ()
    cost: TaskCost | None = None
    premium_multiplier: float | None = None
    context_window: int = 128_000
    max_input_tokens: int | None = None
    max_output_tokens: int = 4_096
    images: bool = False
    tools: bool = False
    efforts: tuple[str, ...] = ()
    enabled: bool = True
    estimated: bool = False
    uncertainty: Levels | None = None
    effort: str | None = None
    estimate: Estimate | None = None
    reaches: tuple[Namesake, ...] = ()
    lost: tuple[ModelMatch, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedModel:
    """A model that a layer took out; ``match`` still recognises it, ``origin`` is where it was removed."""

    id: ModelId
    name: str
    match: tuple[ModelMatch, ...]
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All models with distinct ids, the policy to choose by, and what was taken out.

    Attributes:
        own: Where a workspace has a say: the catalog without it, as the user's own layers make it.
    """

    models: tuple[ModelEntry, ...]
    routing: RoutingPolicy = field(default_factory=RoutingPolicy)
    removed: tuple[RemovedModel, ...] = ()
    own: Catalog | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        ids = [model.id for model in self.models]
        if len(set(ids)) != len(ids):
            raise ValueError("catalog names a model id twice")
