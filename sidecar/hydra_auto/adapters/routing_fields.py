"""The catalog format of what says how to choose: ``routing``, and the ``rules`` for certain files."""

from __future__ import annotations

from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis, UnknownModels

LARGEST_WEIGHT = 1_000_000  # two of 1.0e+308 would sum to more than a number can hold

_PATTERNS = "ids, or vendor: and a VS Code vendor; * and ? match"
_ALLOW = f"Only these models ({_PATTERNS}). Empty: all."
_DENY = f"Never these models ({_PATTERNS})."
_VENDORS = "Only models of these VS Code vendors. Empty: all."
_MAX_PRICE = "Dearest output price that is still eligible, in USD per million tokens."

ROUTING = Field(
    key="routing",
    kind=Kind.MAPPING,
    doc="How to choose among the models.",
    fields=(
        Field(
            key="regime",
            kind=Kind.CHOICE,
            choices=tuple(r.value for r in Regime),
            nullable=True,
            doc="How much shortfall is accepted to save money. Drops a tau of weaker layers.",
        ),
        Field(
            key="tau",
            kind=Kind.NUMBER,
            minimum=0,
            maximum=1,
            nullable=True,
            doc="Largest weighted shortfall still accepted, in [0, 1]; wins over the regime's own.",
        ),
        Field(
            key="weights",
            kind=Kind.MAPPING,
            nullable=True,
            doc="Relative importance per capability; normalised to sum to 1 when used.",
            fields=tuple(
                Field(
                    key=c.value,
                    kind=Kind.NUMBER,
                    minimum=0,
                    maximum=LARGEST_WEIGHT,
                    nullable=True,
                    doc=f"Weight of {c.value}.",
                )
                for c in Capability
            ),
        ),
        Field(
            key="cost_basis",
            kind=Kind.CHOICE,
            choices=tuple(b.value for b in CostBasis),
            nullable=True,
            doc='What "cheapest" means: measured cost per task, price of expected tokens, premium requests.',
        ),
        Field(key="allow", kind=Kind.NAMES, nullable=True, doc=_ALLOW),
        Field(key="deny", kind=Kind.NAMES, nullable=True, doc=_DENY),
        Field(key="vendors", kind=Kind.NAMES, nullable=True, doc=_VENDORS),
        Field(key="max_price", kind=Kind.NUMBER, minimum=0, nullable=True, doc=_MAX_PRICE),
        Field(
            key="unknown_models",
            kind=Kind.CHOICE,
            choices=tuple(u.value for u in UnknownModels),
            nullable=True,
            doc="Models that VS Code offers and no layer names: estimate them from the nearest known one, or "
            "ignore them.",
        ),
    ),
)

RULES = Field(
    key="rules",
    kind=Kind.RECORDS,
    doc="What holds while you work on certain files. Rules of all layers add up; limits only ever narrow.",
    fields=(
        Field(
            key="paths",
            kind=Kind.NAMES,
            doc="Files, relative to the workspace, such as tests/**. Left out: always. A limit counts if "
            "one of the request's files is meant, regime and tau if all are.",
        ),
        Field(
            key="regime",
            kind=Kind.CHOICE,
            choices=tuple(r.value for r in Regime),
            doc="Regime for requests about these files; settings and the request itself win.",
        ),
        Field(key="tau", kind=Kind.NUMBER, minimum=0, maximum=1, doc="As regime, with a tau of one's own."),
        Field(key="allow", kind=Kind.NAMES, doc=_ALLOW),
        Field(key="deny", kind=Kind.NAMES, doc=_DENY),
        Field(key="vendors", kind=Kind.NAMES, doc=_VENDORS),
        Field(key="max_price", kind=Kind.NUMBER, minimum=0, doc=_MAX_PRICE),
    ),
)
