"""The catalog format in one table: what the reader accepts, the editor explains and ``schema.json`` tells.

``ROOT`` is the whole of it; its keys for choosing are in ``adapters.routing_fields``.
"""

from __future__ import annotations

from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.adapters.routing_fields import ROUTING, RULES
from hydra_auto.core.capabilities import Capability

SCHEMA_VERSION = 1

LARGEST_USD = 1_000_000
"""Per million tokens, or per task; what is above is a slip of the keyboard."""


def _price(key: str, what: str) -> Field:
    doc = f"{what}, in USD per million tokens."
    return Field(key=key, kind=Kind.NUMBER, doc=doc, minimum=0, maximum=LARGEST_USD, nullable=True)


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
