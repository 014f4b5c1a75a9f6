"""Starting a catalog of one's own, and seeing what it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra_auto.cli.catalog_view import model_json, policy_json
from hydra_auto.cli.errors import UsageError
from hydra_auto.core.catalog import Catalog, ModelEntry
from hydra_auto.core.origin import Origin

_TEMPLATE = """\
# A layer of the HyDRA Auto model catalog. Write only what differs from the layers below.
#   hydra-auto catalog show --origins    where each value comes from
#   hydra-auto catalog check             what is wrong, with line and column
#   hydra-auto catalog diff              what this file changes
schema_version: 1

# routing:
#   regime: balanced            # quality | balanced | economy, or a tau of your own, such as tau: 0.05
#   weights: {debugging: 2}     # relative importance; 1 each unless given
#   deny: ["xai/*"]             # never these; allow: only these
#   max_price: 20               # dearest output price, USD per million tokens

# models:
#   - {id: anthropic/claude-fable-5, enabled: false}
#   - id: me/my-model
#     match: [{vendor: ollama, family: "my-model:14b"}]
#     price: {input: 0, output: 0}
#     capabilities: {reasoning: 0.45, code_generation: 0.55, debugging: 0.45, tool_use: 0.40}
"""


def write_template(path: Path) -> None:
    """A commented catalog file that changes nothing yet.

    Raises:
        UsageError: There is one already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as opened:
            opened.write(_TEMPLATE)
    except FileExistsError:
        raise UsageError(f"{path} is already there.", "Edit it, or take it away first.") from None


def differences(before: Catalog, after: Catalog) -> Iterator[str]:
    """What the stronger layers changed, a line a value, with the place of the new one."""
    yield from _changes(
        "routing", policy_json(before.routing), policy_json(after.routing), after.routing.origins
    )
    old = {model.id: model for model in before.models}
    gone = {model.id: model.origin for model in after.removed}
    for model_id in old:
        if model_id in gone:
            yield f"- {model_id}  removed  ({gone[model_id]})"
    for model in after.models:
        if model.id not in old:
            yield f"+ {model.id}  {_summary(model)}  ({model.origins['id']})"
        else:
            yield from _changes(model.id, model_json(old[model.id]), model_json(model), model.origins)


def _summary(model: ModelEntry) -> str:
    levels = " ".join(f"{level:.2f}" for level in model.capabilities.levels.values())
    price = f"{model.price.input:g}/{model.price.output:g}" if model.price else "unknown"
    return f"{price} USD per Mtok, levels {levels}"


def _changes(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], origins: Mapping[str, Origin]
) -> Iterator[str]:
    old, new = dict(_flat(before)), dict(_flat(after))
    for key in [*old, *(key for key in new if key not in old)]:
        if old.get(key) != new.get(key):
            origin = origins.get(key) or origins.get(key.partition(".")[0])
            place = f"  ({origin})" if origin else ""
            yield f"~ {name}  {key}: {_worded(old.get(key))} -> {_worded(new.get(key))}{place}"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if key in ("origins", "source"):
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _worded(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return "[" + ", ".join(_worded(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_worded(item)}" for key, item in value.items()) + "}"
    return str(value)
