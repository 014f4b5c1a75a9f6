"""Models that VS Code offers and no catalog names, as entries to add."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import yaml

from hydra_auto.core.availability import matches, normal_family
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import LayerName, ModelEntry, ModelMatch
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.fixes import Fix, newline_of
from hydra_auto.editing.places import Place
from hydra_auto.editing.source_text import Edit, Span
from hydra_auto.editing.wording import worded, yaml_text

MOST = 15
"""Models that are offered one by one."""
_ALIKE = 0.5


def additions(document: CatalogDocument, span: Span) -> Iterator[Fix]:
    """An action a model, and one for all, while the cursor is at ``models``, at an id, or at nothing.

    The new entries borrow price and levels from the known model whose name is most alike, say so, and are
    marked as estimated: they are a start, to be corrected by who adds them.
    """
    if document.unreadable or document.around.layer is LayerName.BUILT_IN:
        return
    missing = missing_models(document)
    place = document.place_at(span.start)
    has_list = any(other.name == "models" for other in document.inside(()))
    here = place is None or place.name in ("models", "id") or place.is_model or not has_list
    if not missing or not here:
        return
    for model in missing[:MOST]:
        if (edit := _insertion(document, [model])) is not None:
            name = f"{model.vendor}/{model.family or model.id}"
            yield Fix(title=f"Add {name}, which VS Code offers", span=span, edits=(edit,))
    if len(missing) > 1 and (edit := _insertion(document, missing)) is not None:
        yield Fix(title=f"Add all {len(missing)} models that only VS Code knows", span=span, edits=(edit,))


def missing_models(document: CatalogDocument) -> list[AvailableModel]:
    """Offered models that no entry of the catalog means; one a vendor and family."""
    known = [match for model in document.models.values() for match in model.match]
    known += [
        match
        for model in document.layer.models
        if (value := model.values.get("match")) is not None and isinstance(value.value, tuple)
        for match in value.value
        if isinstance(match, ModelMatch)
    ]
    found: dict[tuple[str, str], AvailableModel] = {}
    for model in document.around.offered or ():
        if not any(matches(match, model) for match in known):
            found.setdefault((model.vendor, model.family or model.id), model)
    return list(found.values())


def entry_lines(document: CatalogDocument, model: AvailableModel, taken: set[str]) -> list[str]:
    """The lines of one new entry, without indentation; its id is added to ``taken``."""
    relative = _relative(document, model)
    identity = _new_id(model, taken)
    key, name = ("family", model.family) if model.family else ("id", model.id)
    match = f"{{vendor: {yaml_text(model.vendor)}, {key}: {yaml_text(name)}}}"
    price, source = "{input: 3, output: 15}", "a guess: nothing alike is known"
    profile = dict.fromkeys(Capability, 0.5)
    if relative is not None:
        price = f"{{input: {worded(relative.price.input)}, output: {worded(relative.price.output)}}}"
        source = f"as {relative.id}"
        profile = dict(relative.capabilities.levels)
    told = ", ".join(f"{capability.value}: {level:.2f}" for capability, level in profile.items())
    lines = [
        f"- id: {yaml_text(identity)}",
        f"  name: {yaml_text(model.name or model.id)}",
        f"  match: [{match}]",
        f"  price: {price}  # {source}: write what it costs you",
        f"  capabilities: {{{told}}}  # {source}",
        "  estimated: true",
    ]
    if relative is not None:
        flags = f"images: {worded(relative.images)}, tools: {worded(relative.tools)}"
        lines.insert(4, f"  supports: {{{flags}}}")
    if model.max_input_tokens:
        lines.insert(4, f"  context_window: {model.max_input_tokens}")
    return lines


def _new_id(model: AvailableModel, taken: set[str]) -> str:
    raw = f"{model.vendor}/{model.family or model.id}"
    wanted = "".join("-" if c.isspace() or c == "*" else c for c in raw)
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    taken.add(found)
    return found


def _relative(document: CatalogDocument, model: AvailableModel) -> ModelEntry | None:
    """The known model whose name is most alike."""
    names: dict[str, ModelEntry] = {}
    for entry in document.models.values():
        for match in entry.match:
            names.setdefault(normal_family(match.family or match.id or ""), entry)
        names.setdefault(normal_family(entry.id.rpartition("/")[2]), entry)
    wanted = normal_family(model.family or model.id)
    close = difflib.get_close_matches(wanted, list(names), n=1, cutoff=_ALIKE)
    return names[close[0]] if close else None


def _insertion(document: CatalogDocument, models: list[AvailableModel]) -> Edit | None:
    """The edit that puts new entries behind the last model; None where the list is written in brackets."""
    source, newline = document.source, newline_of(document.text)
    taken = {*document.models, *document.lower_ids, *(model.id for model in document.layer.models)}
    lines = [line for model in models for line in entry_lines(document, model, taken)]
    listed = next((place for place in document.inside(()) if place.name == "models"), None)
    if listed is None:
        if document.root is not None and (
            not isinstance(document.root, yaml.MappingNode) or document.root.flow_style
        ):
            return None
        text = newline.join(["models:", *(f"  {line}" for line in lines), ""])
        if document.root is None and "schema_version" not in document.text:
            text = f"schema_version: 1{newline}{text}"
        end = len(document.text)
        lead = "" if not end or document.text.endswith(("\n", "\r")) else newline
        return Edit(span=Span(end, end), text=lead + text)
    indent, at = _after_last(document, listed)
    if at is None:
        return None
    body = newline.join(f"{indent}{line}" for line in lines)
    number = source.line_at(at)
    if number + 1 < source.line_count:
        start = source.line_span(number + 1).start
        return Edit(span=Span(start, start), text=body + newline)
    end = len(source.text)
    return Edit(span=Span(end, end), text=f"{newline}{body}{newline}")


def _after_last(document: CatalogDocument, listed: Place) -> tuple[str, int | None]:
    """Indentation of the list's dashes, and an offset in the last line of the list."""
    if listed.value.start == listed.value.end and listed.key is not None:
        return "  ", listed.key.start
    if not isinstance(listed.node, yaml.SequenceNode) or listed.node.flow_style:
        return "", None
    line = document.source.line_span(document.source.line_at(listed.value.start))
    lead = document.text[line.start : listed.value.start]
    return (lead, max(listed.value.start, listed.value.end - 1)) if not lead.strip() else ("", None)
