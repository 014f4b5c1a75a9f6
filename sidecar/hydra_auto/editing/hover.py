"""What a key or a value means, what it comes to, and who set it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.core.availability import find_available
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Evidence, ModelEntry, RemovedModel, TaskCost
from hydra_auto.core.eligibility import vendors_of
from hydra_auto.core.layer_values import LayerValue
from hydra_auto.core.patterns import names_model
from hydra_auto.core.regime import Regime
from hydra_auto.core.shortfall import normalised
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.places import Place
from hydra_auto.editing.source_text import Span
from hydra_auto.editing.wording import (
    level_in_words,
    levels,
    markdown,
    money,
    regime_in_words,
    tau_in_words,
    worded,
)

_MOST_EVIDENCE = 12
_MOST_MEANT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Hover:
    """Markdown about the characters of ``span``."""

    span: Span
    markdown: str


def hover(document: CatalogDocument, offset: int) -> Hover | None:
    """What there is to say about a place; None for blanks, comments and unknown keys."""
    place = document.place_at(offset)
    if place is None or place.field is None or not _points_at(place, offset):
        return None
    paragraphs = [*_about(document, place)]
    span = place.key if place.key is not None and place.key.touches(Span(offset, offset)) else place.value
    return Hover(span=span, markdown="\n\n".join(paragraphs))


def _points_at(place: Place, offset: int) -> bool:
    """Whether the cursor is at the key or its value, not somewhere inside a block."""
    here = Span(offset, offset)
    if place.key is not None and place.key.touches(here):
        return True
    return place.field is not None and place.field.kind is not Kind.MAPPING and place.value.touches(here)


def _about(document: CatalogDocument, place: Place) -> Iterator[str]:
    field = place.field
    if field is None:
        return
    name = ".".join(step for step in place.path if isinstance(step, str)) or field.key
    yield f"**{markdown(name)}**: {field.doc}{_takes(field)}"
    entry = document.models.get(place.model or "")
    if place.name == "id" and place.is_model is False and len(place.path) == 3 and entry:  # noqa: PLR2004
        yield from _model(document, entry)
        return
    gone = next((gone for gone in _removed(document) if gone.id == place.model), None)
    if gone is not None and (place.name == "remove" or place.dotted in ("", "id")):
        yield f"{markdown(gone.name)} is taken out of the catalog in {markdown(str(gone.origin))}."
    if place.key is not None and (place.is_routing or place.model):
        chain = list(document.chain(place.model, place.dotted)) if place.dotted else []
        yield from _meaning(document, place, chain)
        yield from _chain(document, chain, document.counting(place.dotted, chain))
    if place.is_rule and place.name == "regime":
        regimes = [regime for regime in Regime if regime.value == place.node.value]
        yield from (f"`{regime.value}` means {regime_in_words(regime)}." for regime in regimes)
    if (place.is_routing or place.is_rule) and place.list_key in ("allow", "deny"):
        yield from _pattern(document, str(place.node.value))
    if entry and place.path[2:3] in (("capabilities",), ("evidence",)):
        yield from _evidence(entry)


def _removed(document: CatalogDocument) -> tuple[RemovedModel, ...]:
    catalog, _ = document.merged
    return () if catalog is None else catalog.removed


def _takes(field: Field) -> str:
    if field.kind is Kind.CHOICE:
        return f" One of {', '.join(field.choices)}."
    if field.minimum is not None and field.maximum is not None and field.minimum < field.maximum:
        return f" From {field.minimum:g} to {field.maximum:,.15g}."
    return ""


def _model(document: CatalogDocument, entry: ModelEntry) -> Iterator[str]:
    error = entry.uncertainty or {}
    abilities = ", ".join(
        f"{capability.value} {level:.2f}" + (f" ± {error[capability]:.2f}" if capability in error else "")
        for capability, level in entry.capabilities.levels.items()
    )
    effort = f", at effort {markdown(entry.effort)}" if entry.effort else ""
    costs = money(entry) + (f"; {_cost(entry.cost)}" if entry.cost else "")
    prompts = "" if entry.max_input_tokens is None else f", prompts up to {entry.max_input_tokens:,}"
    window = f"{entry.context_window:,} tokens{prompts}"
    yield f"{markdown(entry.name)}{effort}: {costs}; {window}. {abilities}."
    offered = document.around.offered
    if offered is not None:
        found = find_available(entry, offered)
        told = f"as `{_code(f'{found.vendor}/{found.id}')}`" if found else "not now"
        yield f"Offered by VS Code: {told}."
    yield from _chain_lines(
        f"named in {markdown(str(model.origin))}"
        for layer in (*document.lower, document.layer, *document.around.upper)
        for model in layer.models
        if model.id == entry.id
    )


def _cost(cost: TaskCost) -> str:
    source = f" ({markdown(_short(cost.source))})" if cost.source else ""
    return f"{cost.per_task_usd:g} USD a task{source}"


def _pattern(document: CatalogDocument, pattern: str) -> Iterator[str]:
    meant = [
        model.id
        for model in document.models.values()
        if any(names_model(pattern, (model.id,), vendor) for vendor in vendors_of(model))
    ]
    more = f" and {len(meant) - _MOST_MEANT} more" if len(meant) > _MOST_MEANT else ""
    told = ", ".join(markdown(model) for model in meant[:_MOST_MEANT])
    yield (
        f"{markdown(pattern)} means {told}{more}."
        if meant
        else f"{markdown(pattern)} means no model of the catalog."
    )


def _meaning(document: CatalogDocument, place: Place, chain: list[LayerValue]) -> Iterator[str]:
    value = next((found.value for found in reversed(chain) if found.value is not None), None)
    if isinstance(value, Regime):
        yield f"`{value.value}` means {regime_in_words(value)}."
    number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if number is None:
        return
    if place.dotted == "tau":
        yield f"{number:g}: {tau_in_words(number)}."
    elif place.parent.key == "capabilities":
        yield f"{number:.2f} is {level_in_words(number)}. What a request needs beyond that is its shortfall."
    elif place.parent.key == "weights":
        catalog, _ = document.merged
        if catalog is not None:
            share = dict(normalised(catalog.routing.weights))[Capability(place.name)]
            yield f"{share:.0%} of the shortfall, all weights taken together."


def _chain(
    document: CatalogDocument, chain: list[LayerValue], counting: Sequence[LayerValue]
) -> Iterator[str]:
    """Who set the value, the ones that count last."""
    for_this_file = document.around.layer
    lines = []
    for found in chain:
        mark = "**" if any(found is one for one in counting) else ""
        where = "this file" if found.origin.layer is for_this_file else markdown(str(found.origin))
        line = f", line {found.origin.line}" if found.origin.layer is for_this_file else ""
        lines.append(f"{mark}{markdown(_short(worded(found.value)))}{mark}: {where}{line}")
    yield from _chain_lines(lines)


def _chain_lines(lines: Iterator[str] | list[str]) -> Iterator[str]:
    listed = "\n".join(f"- {line}" for line in lines)
    if listed:
        yield listed


def _evidence(entry: ModelEntry) -> Iterator[str]:
    if not entry.evidence:
        yield "No evidence is given."
        return
    told = "\n".join(f"- {_result(found)}" for found in entry.evidence[:_MOST_EVIDENCE])
    more = len(entry.evidence) - _MOST_EVIDENCE
    estimated = " (estimated: hardly any results of its own)" if entry.estimated else ""
    yield f"Evidence{estimated}, levels {levels(entry)}:\n\n{told}" + (
        f"\n- and {more} more" if more > 0 else ""
    )


def _result(found: Evidence) -> str:
    source = ", ".join(part for part in (found.date, found.source, found.note) if part)
    return f"{markdown(_short(found.benchmark))}: {found.score:g}" + (
        f" ({markdown(_short(source))})" if source else ""
    )


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").split())
