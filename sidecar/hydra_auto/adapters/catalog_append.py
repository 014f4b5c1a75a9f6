"""Adding models to the text of a catalog file, everything else left as it stands, comments included."""

from __future__ import annotations

import json
from collections.abc import Sequence

import yaml

from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.adapters.yaml_document import compose
from hydra_auto.adapters.yaml_scalars import is_null
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import LayerName, ModelEntry
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.layer_values import Severity

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
    _check(text, path, [])
    if not entries:
        return text
    added = _inserted(text, entries, path)
    _check(added, path, [str(entry.id) for entry in entries])
    return added


def _check(text: str, path: str, wanted: Sequence[str]) -> None:
    layer, problems = read_catalog(text, path=path, layer=LayerName.USER)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise CatalogInvalid(f"{path} has a mistake: {errors[0]}", "Mend it first; nothing was changed.")
    missing = set(wanted) - {str(model.id) for model in layer.models}
    if missing:
        raise CatalogInvalid(f"{path}: {', '.join(sorted(missing))} could not be added.", "Add it by hand.")


def _inserted(text: str, entries: Sequence[ModelEntry], path: str) -> str:
    root = compose(text, path)
    models = _models(root)
    if models is None:
        head = text if root is not None and not is_null(root) else text + _line_end(text) + _HEADER
        return head + _line_end(head) + "models:\n" + "".join(_item(entry, "") for entry in entries)
    key, value = models
    if isinstance(value, yaml.SequenceNode) and value.flow_style:
        new = ", ".join(_flow(entry) for entry in entries)
        at = value.value[-1].end_mark.index if value.value else value.end_mark.index - 1
        return text[:at] + (", " if value.value else "") + new + text[at:]
    if isinstance(value, yaml.SequenceNode):
        indent = " " * value.start_mark.column
        line = _last_line(value)
    else:  # nothing there yet
        indent, line = "  ", key.end_mark.line
    lines = text.split("\n")
    if line == len(lines) - 1:
        lines.append("")
    new = "".join(_item(entry, indent) for entry in entries)
    return "\n".join(lines[: line + 1]) + "\n" + new + "\n".join(lines[line + 1 :])


def _models(root: yaml.Node | None) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(root, yaml.MappingNode):
        return None
    return next(((key, value) for key, value in root.value if key.value == "models"), None)


def _last_line(node: yaml.Node) -> int:
    """The last line, counted from 0, with something of the node; its own end lies behind comments."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        end = node.end_mark
        return int(end.line if end.column else max(node.start_mark.line, end.line - 1))
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _line_end(text: str) -> str:
    return "" if not text or text.endswith("\n") else "\n"


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
        parts = [f"input: {entry.price.input:g}", f"output: {entry.price.output:g}"]
        cached = entry.price.cached_input
        parts += [] if cached is None else [f"cached_input: {cached:g}"]
        fields.append(f"price: {{{', '.join(parts)}}}")
    fields += [f"context_window: {entry.context_window}", f"max_output_tokens: {entry.max_output_tokens}"]
    fields.append(f"supports: {{images: {_flag(entry.images)}, tools: {_flag(entry.tools)}}}")
    levels = ", ".join(f"{c.value}: {entry.capabilities.levels[c]:g}" for c in Capability)
    fields += [f"capabilities: {{{levels}}}", "estimated: true"]
    return "{" + ", ".join(fields) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON text is YAML text


def _flag(value: bool) -> str:  # noqa: FBT001  a value to print
    return "true" if value else "false"
