"""The catalog format in one table: what the reader accepts, the editor explains and ``schema.json`` tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis, UnknownModels

SCHEMA_VERSION = 1

LARGEST_WEIGHT = 1_000_000  # two of 1.0e+308 would sum to more than a number can hold
LARGEST_USD = 1_000_000
"""Per million tokens, or per task; what is above is a slip of the keyboard."""

LONGEST_NAME = 200
LONGEST_TEXT = 2_000
"""Characters."""


class Kind(Enum):
    """What a value looks like in YAML."""

    TEXT = "text"
    NAME = "name"  # text of one line without control or direction characters
    ID = "id"  # a name without blanks and without the * of patterns
    DATE = "date"  # 2026, 2026-02 or 2026-02-17
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"
    NAMES = "names"  # a list of names
    MAPPING = "mapping"
    RECORDS = "records"  # a list of mappings


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of the format.

    Attributes:
        minimum: Smallest number allowed, inclusive.
        maximum: Largest number allowed, inclusive.
        nullable: ``null`` unsets what a weaker layer set.
        required: The mapping cannot be read without this key.
        fields: The keys of a mapping, or of each record.
    """

    key: str
    kind: Kind
    doc: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False
    required: bool = False
    fields: tuple[Field, ...] = ()


def _price(key: str, what: str) -> Field:
    doc = f"{what}, in USD per million tokens."
    return Field(key=key, kind=Kind.NUMBER, doc=doc, minimum=0, maximum=LARGEST_USD, nullable=True)


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

MATCH = Field(
    key="match",
    kind=Kind.RECORDS,
    nullable=True,
    doc="How VS Code names the model; any of these. A key left out matches anything.",
    fields=(
        Field(
            key="vendor", kind=Kind.NAME, required=True, doc="Vendor, such as copilot, anthropic or ollama."
        ),
        Field(key="family", kind=Kind.NAME, doc="Family, such as claude-sonnet-5; case does not matter."),
        Field(key="id", kind=Kind.NAME, doc="Id within the vendor; case does not matter."),
    ),
)

EVIDENCE = Field(
    key="evidence",
    kind=Kind.RECORDS,
    nullable=True,
    doc="Public results that the capabilities were derived from.",
    fields=(
        Field(key="benchmark", kind=Kind.NAME, required=True, doc="Name and version of the benchmark."),
        Field(key="score", kind=Kind.NUMBER, required=True, doc="The result, in the benchmark's own unit."),
        Field(key="date", kind=Kind.DATE, doc="When it was measured or published."),
        Field(key="source", kind=Kind.TEXT, doc="Where it was published."),
        Field(key="note", kind=Kind.TEXT, doc="Setting, or how it was used."),
    ),
)

MODEL = Field(
    key="models",
    kind=Kind.RECORDS,
    doc="The models. An id that a weaker layer has too changes only the keys given here.",
    fields=(
        Field(
            key="id", kind=Kind.ID, required=True, doc="Vendor and name, such as anthropic/claude-sonnet-5."
        ),
        Field(key="name", kind=Kind.NAME, nullable=True, doc="Name for people."),
        MATCH,
        Field(
            key="effort",
            kind=Kind.NAME,
            nullable=True,
            doc="Reasoning effort that capabilities and cost hold for, such as low; unset: the default one.",
        ),
        Field(
            key="price",
            kind=Kind.MAPPING,
            nullable=True,
            doc="List price; a model without one is sorted last. A new price drops a measured cost and a "
            "long_price of weaker layers.",
            fields=(
                _price("input", "Price of input tokens"),
                _price("cached_input", "Price of input tokens read from the prompt cache"),
                _price("output", "Price of output tokens"),
            ),
        ),
        Field(
            key="long_price",
            kind=Kind.MAPPING,
            nullable=True,
            doc="List price of a request whose prompt is long, for all of its tokens.",
            fields=(
                Field(
                    key="above",
                    kind=Kind.INTEGER,
                    minimum=1,
                    nullable=True,
                    doc="Prompts of more tokens than this are long, cached ones included.",
                ),
                _price("input", "Price of input tokens"),
                _price(
                    "cached_input",
                    "Price of input tokens read from the cache (default: that share of input as in price)",
                ),
                _price("output", "Price of output tokens"),
            ),
        ),
        Field(
            key="cost",
            kind=Kind.MAPPING,
            nullable=True,
            doc="Measured cost; list price is not cost.",
            fields=(
                Field(
                    key="per_task_usd",
                    kind=Kind.NUMBER,
                    minimum=0,
                    maximum=LARGEST_USD,
                    nullable=True,
                    doc="Mean cost of one agent task in USD.",
                ),
                Field(key="source", kind=Kind.TEXT, nullable=True, doc="Where it was measured."),
            ),
        ),
        Field(
            key="premium_multiplier",
            kind=Kind.NUMBER,
            minimum=0,
            nullable=True,
            doc="Premium requests per request, on plans that count those.",
        ),
        Field(
            key="context_window",
            kind=Kind.INTEGER,
            minimum=1,
            nullable=True,
            doc="Prompt plus answer, in tokens (default 128000).",
        ),
        Field(
            key="max_input_tokens",
            kind=Kind.INTEGER,
            minimum=1,
            nullable=True,
            doc="Longest prompt, in tokens, where the window alone would allow a longer one.",
        ),
        Field(
            key="max_output_tokens",
            kind=Kind.INTEGER,
            minimum=1,
            nullable=True,
            doc="Longest answer, in tokens (default 4096).",
        ),
        Field(
            key="supports",
            kind=Kind.MAPPING,
            nullable=True,
            doc="What the model takes beside text.",
            fields=(
                Field(key="images", kind=Kind.FLAG, nullable=True, doc="Takes images (default false)."),
                Field(key="tools", kind=Kind.FLAG, nullable=True, doc="Calls tools (default false)."),
                Field(
                    key="efforts",
                    kind=Kind.NAMES,
                    nullable=True,
                    doc="Reasoning efforts that the model offers, such as low. Empty: none are known.",
                ),
            ),
        ),
        Field(key="enabled", kind=Kind.FLAG, nullable=True, doc="false takes the model out of every choice."),
        Field(
            key="remove",
            kind=Kind.FLAG,
            doc="true takes out the model that weaker layers define, false brings it back.",
        ),
        Field(
            key="capabilities",
            kind=Kind.MAPPING,
            doc="What the model offers, on the scale of the requirements.",
            fields=tuple(
                Field(
                    key=c.value, kind=Kind.NUMBER, minimum=0, maximum=1, doc=f"Level of {c.value}, in [0, 1]."
                )
                for c in Capability
            ),
        ),
        Field(
            key="uncertainty",
            kind=Kind.MAPPING,
            nullable=True,
            doc="Standard errors of the capabilities, on the same scale.",
            fields=tuple(
                Field(
                    key=c.value,
                    kind=Kind.NUMBER,
                    minimum=0,
                    maximum=1,
                    nullable=True,
                    doc=f"Standard error of the level of {c.value}, in [0, 1].",
                )
                for c in Capability
            ),
        ),
        Field(key="estimated", kind=Kind.FLAG, nullable=True, doc="The profile was inferred from relatives."),
        EVIDENCE,
    ),
)

ROOT = Field(
    key="catalog",
    kind=Kind.MAPPING,
    doc="A layer of the HyDRA Auto model catalog.",
    fields=(
        Field(
            key="schema_version",
            kind=Kind.INTEGER,
            minimum=SCHEMA_VERSION,
            maximum=SCHEMA_VERSION,
            doc="Version of this format.",
        ),
        ROUTING,
        RULES,
        MODEL,
    ),
)
