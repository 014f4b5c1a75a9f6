"""Adding models to the text of a catalog file, everything else left as it stands, comments included."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal

import yaml

from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.adapters.yaml_document import compose
from hydra_auto.adapters.yaml_scalars import is_null
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import LongPrice, ModelEntry, ModelId
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.layer_values import CatalogLayer, Severity, Value, Values
from hydra_auto.core.origin import LayerName

_LINE_END = re.compile(r"\r\n|\n|\r")
_HEADER = "schema_version: 1\n"


def with_models(text: str, entries: Sequence[ModelEntry], path: str) -> str:
    """``text`` with ``entries`` behind its models.

    Args:
        text: A catalog file without errors; may be empty.
        entries: Models that it does not have yet.
        path: The file's name, for messages.

    Raises:
        CatalogInvalid: The text has errors, or one of the models already.
    """
    before = _checked(text, path)
    if not entries:
        return text
    there = {model.id for model in before.models}
    if again := [entry.id for entry in entries if entry.id in there]:
        raise CatalogInvalid(f"{path} has {', '.join(again)} already.", "Save it, so that it counts.")
    at, new = insertion(text, compose(text, path), entries)
    added = text[:at] + new + text[at:]
    after = _checked(added, path)
    wanted = [*_told(before), *((entry.id, None) for entry in entries)]
    found = [*_told(after)[: -len(entries)], *((model.id, None) for model in after.models[-len(entries) :])]
    if wanted != found or _values(before.routing) != _values(after.routing):
        names = ", ".join(entry.id for entry in entries)
        raise CatalogInvalid(f"{path}: {names} could not be added.", "Add it by hand.")
    return added


def _checked(text: str, path: str) -> CatalogLayer:
    layer, problems = read_catalog(text, path=path, layer=LayerName.USER)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise CatalogInvalid(f"{path} has a mistake: {errors[0]}", "Mend it first; nothing was changed.")
    return layer


def _told(layer: CatalogLayer) -> list[tuple[ModelId, dict[str, Value] | None]]:
    return [(model.id, _values(model.values)) for model in layer.models]


def _values(values: Values) -> dict[str, Value]:
    return {key: found.value for key, found in values.items() if key != "rules"}  # rules hold their places


def insertion(text: str, root: yaml.Node | None, entries: Sequence[ModelEntry]) -> tuple[int, str]:
    """Where new models go, and what to put there, in the line breaks of the text.

    It fits most texts; ``with_models`` checks that. A mapping in brackets without ``models`` it does not fit.

    Args:
        text: A catalog file.
        root: What ``compose`` made of it.
        entries: Models that it does not have yet.
    """
    found = _LINE_END.search(text)
    newline = found[0] if found else "\n"
    at, new = _insertion(text, root, entries)
    return at, new.replace("\n", newline)


def _insertion(text: str, root: yaml.Node | None, entries: Sequence[ModelEntry]) -> tuple[int, str]:
    models = _models(root)
    if models is None:
        header = _HEADER if root is None or is_null(root) else ""
        items = "".join(_item(entry, "") for entry in entries)
        return len(text), f"{_line_end(text)}{header}models:\n{items}"
    key, value = models
    if isinstance(value, yaml.SequenceNode) and value.flow_style:
        new = ", ".join(_flow(entry) for entry in entries)
        at = value.value[-1].end_mark.index if value.value else value.end_mark.index - 1
        return at, (", " if value.value else "") + new
    if isinstance(value, yaml.SequenceNode):
        indent = " " * value.start_mark.column
        at = _end(value)
    else:  # nothing there yet
        indent, at = "  ", key.end_mark.index
    new = "".join(_item(entry, indent) for entry in entries)
    if at and text[at - 1] in "\r\n":
        return at, new
    end = _LINE_END.search(text, at)
    return (end.end(), new) if end else (len(text), "\n" + new)


def _models(root: yaml.Node | None) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(root, yaml.MappingNode):
        return None
    return next(((key, value) for key, value in root.value if key.value == "models"), None)


def _end(node: yaml.Node) -> int:
    """Where the last thing in the node ends; the node's own end lies behind comments."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _line_end(text: str) -> str:
    return "" if not text or text.endswith(("\n", "\r")) else "\n"


def _item(entry: ModelEntry, indent: str) -> str:
    note = f"  # {entry.estimate}" if entry.estimate else ""
    return f"{indent}- {_flow(entry)}{note}\n"


def _flow(entry: ModelEntry) -> str:
    fields = [f"id: {_quoted(entry.id)}", f"name: {_quoted(entry.name)}"]
    matched = [
        ", ".join(
            f"{key}: {_quoted(value)}"
            for key, value in (("vendor", m.vendor), ("family", m.family), ("id", m.id))
            if value is not None
        )
        for m in entry.match
    ]
    fields.append(f"match: [{', '.join(f'{{{one}}}' for one in matched)}]")
    if entry.price is not None:
        parts = [f"input: {_number(entry.price.input)}", f"output: {_number(entry.price.output)}"]
        cached = entry.price.cached_input
        parts += [] if cached is None else [f"cached_input: {_number(cached)}"]
        fields.append(f"price: {{{', '.join(parts)}}}")
        fields += [] if entry.price.long is None else [_long_price(entry.price.long)]
    if entry.premium_multiplier is not None:
        fields.append(f"premium_multiplier: {_number(entry.premium_multiplier)}")
    fields.append(f"context_window: {entry.context_window}")
    fields += [] if entry.max_input_tokens is None else [f"max_input_tokens: {entry.max_input_tokens}"]
    fields.append(f"max_output_tokens: {entry.max_output_tokens}")
    fields.append(f"supports: {{images: {_flag(entry.images)}, tools: {_flag(entry.tools)}}}")
    levels = ", ".join(f"{c.value}: {_number(entry.capabilities.levels[c])}" for c in Capability)
    fields += [f"capabilities: {{{levels}}}", "estimated: true"]
    return "{" + ", ".join(fields) + "}"


def _long_price(long: LongPrice) -> str:
    cached = "" if long.cached_input is None else f", cached_input: {_number(long.cached_input)}"
    paid = f"input: {_number(long.input)}{cached}, output: {_number(long.output)}"
    return f"long_price: {{above: {long.above}, {paid}}}"


def _number(value: float) -> str:
    """All digits and no exponent: YAML 1.1 reads ``1e-05`` as text."""
    return format(Decimal(repr(value)).normalize(), "f")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON text is YAML text


def _flag(value: bool) -> str:  # noqa: FBT001  a value to print
    return "true" if value else "false"
