"""Catalog documents for the tests of the language features."""

from __future__ import annotations

from datetime import date

from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.layer_values import CatalogLayer
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.document import CatalogDocument, Surroundings
from hydra_auto.editing.source_text import Span

TODAY = date(2026, 11, 25)

LOWER = """\
schema_version: 1
routing: {regime: balanced, deny: [old/one]}
models:
  - id: acme/small
    name: Acme Small
    match: [{vendor: copilot, family: acme-small}]
    price: {input: 1, cached_input: 0.1, output: 4}
    context_window: 100000
    supports: {images: true, tools: true}
    capabilities: {reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.5}
    evidence: [{benchmark: swe, score: 40, date: 2026-09, source: public}]
  - id: acme/large
    name: Acme Large
    match: [{vendor: copilot, family: acme-large}]
    price: {input: 5, output: 25}
    context_window: 200000
    supports: {images: true, tools: true}
    capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}
"""

OFFERED = (
    AvailableModel(vendor="copilot", id="s1", family="acme-small", name="Small"),
    AvailableModel(vendor="copilot", id="l1", family="acme-large", name="Large"),
    AvailableModel(
        vendor="ollama", id="qwen:30b", family="acme-small-2", name="Qwen", max_input_tokens=32_000
    ),
)


def layer(text: str, name: LayerName) -> CatalogLayer:
    return read_catalog(text, path=f"/{name.value}.yaml", layer=name)[0]


def document(
    text: str,
    name: LayerName = LayerName.USER,
    *,
    offered: tuple[AvailableModel, ...] | None = OFFERED,
    upper: tuple[CatalogLayer, ...] = (),
) -> CatalogDocument:
    """A file above ``LOWER``; one that has a schema_version without the tests having to say so."""
    return CatalogDocument(
        text,
        Surroundings(
            layer=name,
            path=f"/{name.value}.yaml",
            lower=(layer(LOWER, LayerName.BUILT_IN),),
            upper=upper,
            offered=offered,
            today=TODAY,
        ),
    )


def marked(text: str) -> tuple[str, int]:
    """The text without its ``|``, and where that was."""
    return text.replace("|", "", 1), text.index("|")


def cut(found: CatalogDocument, span: Span) -> str:
    return found.text[span.start : span.end]
