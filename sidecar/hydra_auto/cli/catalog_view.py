"""The catalog on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Catalog, ModelEntry, Price
from hydra_auto.core.cost import task_cost
from hydra_auto.core.eligibility import prompt_room
from hydra_auto.core.explanation import rule_words
from hydra_auto.core.layer_values import Problem, Severity
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.routing_policy import RoutingPolicy

if TYPE_CHECKING:
    from rich.text import Text

    from hydra_auto.adapters.catalog_files import LoadedCatalog

_NARROW, _MIDDLING, _WIDE = 90, 112, 135  # columns of the terminal
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def as_json(loaded: LoadedCatalog, models: Sequence[ModelEntry]) -> dict[str, Any]:
    """The catalog in use as one JSON object, origins included."""
    return {
        "files": [
            {"layer": f.name.value, "path": str(f.path), "status": f.status.value} for f in loaded.files
        ],
        "routing": policy_json(loaded.catalog.routing),
        "models": [model_json(model) for model in models],
        "removed": [{"id": gone.id, "origin": str(gone.origin)} for gone in loaded.catalog.removed],
        "problems": [problem_json(problem) for problem in loaded.problems],
    }


def policy_json(policy: RoutingPolicy) -> dict[str, Any]:
    """The routing policy as JSON, with the tau that counts."""
    return {
        "regime": policy.regime.value,
        "tau": policy.regime.tau if policy.tau is None else policy.tau,
        "weights": {c.value: policy.weights[c] for c in Capability},
        "cost_basis": policy.cost_basis.value,
        "allow": list(policy.allow),
        "deny": list(policy.deny),
        "vendors": list(policy.vendors),
        "max_price": policy.max_price,
        "unknown_models": policy.unknown_models.value,
        "rules": [rule_words(rule) for rule in policy.rules],
        "origins": _origins_json(policy.origins),
    }


def model_json(model: ModelEntry) -> dict[str, Any]:
    """One model as JSON."""
    return {
        "id": model.id,
        "name": model.name,
        "match": [{k: v for k, v in asdict(match).items() if v is not None} for match in model.match],
        **_prices(model.price),
        "cost": None if model.cost is None else asdict(model.cost),
        "effort": model.effort,
        "premium_multiplier": model.premium_multiplier,
        "context_window": model.context_window,
        "max_input_tokens": model.max_input_tokens,
        "max_output_tokens": model.max_output_tokens,
        "supports": {"images": model.images, "tools": model.tools, "efforts": list(model.efforts)},
        "enabled": model.enabled,
        "capabilities": {c.value: model.capabilities.levels[c] for c in Capability},
        "uncertainty": None
        if model.uncertainty is None
        else {c.value: model.uncertainty[c] for c in Capability},
        "estimated": model.estimated,
        "evidence": [{k: v for k, v in asdict(item).items() if v != ""} for item in model.evidence],
        "origins": _origins_json(model.origins),
    }


def _prices(price: Price | None) -> dict[str, Any]:
    """``price`` and ``long_price``, as a catalog file has them."""
    if price is None:
        return {"price": None, "long_price": None}
    values = asdict(price)
    long = values.pop("long")
    return {"price": values, "long_price": long}


def _origins_json(origins: Mapping[str, Origin]) -> dict[str, dict[str, Any]]:
    return {key: {**asdict(origin), "layer": origin.layer.value} for key, origin in origins.items()}


def print_table(loaded: LoadedCatalog, models: Sequence[ModelEntry]) -> None:
    """A row a model."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from hydra_auto.cli.view import console_for

    console = console_for("auto")
    width = console.width
    cells = 5 if width >= _WIDE else 3 if width >= _MIDDLING else 0
    limits, layer = width >= _NARROW, width >= _WIDE
    console.print(_policy_line(loaded.catalog))
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("model", no_wrap=True, overflow="ellipsis")
    table.add_column("price", justify="right", no_wrap=True, min_width=10)
    table.add_column("task", justify="right", no_wrap=True, min_width=6)
    if limits:
        table.add_column("prompt", justify="right", no_wrap=True, min_width=6)
        table.add_column("", no_wrap=True, min_width=2)
    for title in ("reason", "code", "debug", "tools"):
        table.add_column(title, no_wrap=True, min_width=cells + 5 if cells else 6)
    if layer:
        table.add_column("layer", no_wrap=True, style="dim", min_width=10)
    for model in models:
        levels = [model.capabilities.levels[c] for c in Capability]
        row: list[Text | str] = [
            Text(str(model.id), style="" if model.enabled else "strike dim"),
            f"{model.price.input:.3g}/{model.price.output:.3g}" if model.price else "unknown",
            f"{'' if model.cost else '~'}{task_cost(model):.2g}" if model.price or model.cost else "",
        ]
        if limits:
            row += [
                _tokens(prompt_room(model)),
                f"{'i' if model.images else '·'}{'t' if model.tools else '·'}",
            ]
        row += [_level(level, cells, estimated=model.estimated) for level in levels]
        table.add_row(*row, *([_layers_of(model)] if layer else []))
    console.print(table)
    legend = (
        "price: USD per million tokens in/out. task: USD per agent task, ~ from list price. "
        "prompt: most tokens. i images, t tools. Levels in [0, 1], ? estimated."
    )
    console.print(Text(legend, style="dim"))
    for rule in loaded.catalog.routing.rules:
        console.print(Text(rule_words(rule)))
    for gone in loaded.catalog.removed:
        console.print(Text(f"{gone.id}: removed in {gone.origin}", style="dim"))
    for problem in loaded.problems:
        console.print(Text(str(problem), style="red" if problem.severity is Severity.ERROR else "yellow"))


def _level(level: float, cells: int, *, estimated: bool) -> Text:
    """A level with its bar, in steps of an eighth of a cell."""
    from rich.text import Text

    eighths = round(level * cells * 8)
    bar = ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).ljust(cells)
    return Text.assemble((bar, "cyan on grey23"), " " * bool(cells), _short(level), "?" * estimated)


def _short(level: float) -> str:
    return f"{level:.2f}".removeprefix("0") if level < 1 else "1.0"


def _tokens(count: int) -> str:
    thousands = count / 1_000
    return f"{thousands / 1_000:.3g}M" if thousands >= 1_000 else f"{thousands:.3g}k"  # noqa: PLR2004


def _policy_line(catalog: Catalog) -> str:
    policy = catalog.routing
    tau = policy.regime.tau if policy.tau is None else policy.tau
    named = policy.regime.value if policy.tau is None else "own tau"
    parts = [f"{len(catalog.models)} models", f"{named} (tau {tau:g})", f"cost: {policy.cost_basis.value}"]
    parts += [
        f"{key} {', '.join(items)}"
        for key, items in (("allow", policy.allow), ("deny", policy.deny), ("vendors", policy.vendors))
        if items
    ]
    if policy.max_price is not None:
        parts.append(f"max price {policy.max_price:g}")
    return "  ".join(parts)


def _layers_of(model: ModelEntry) -> str:
    present = {origin.layer for origin in model.origins.values()}
    return "+".join(layer.value for layer in LayerName if layer in present)


def print_origins(catalog: Catalog, models: Sequence[ModelEntry]) -> None:
    """A row a value, with the place where it was set."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from hydra_auto.cli.view import console_for

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    table.add_column("value", no_wrap=True)
    table.add_column("set in", overflow="fold")
    rows = [("routing", catalog.routing.origins), *((str(m.id), m.origins) for m in models)]
    for name, origins in rows:
        table.add_row(Text(name, style="bold"), "")
        for key, origin in sorted(
            origins.items(), key=lambda item: (item[1].path, item[1].line, item[1].column)
        ):
            table.add_row(f"  {key}", str(origin))
    console_for("auto").print(table)


def problem_json(problem: Problem) -> dict[str, Any]:
    """One problem as JSON."""
    return {**asdict(problem), "severity": problem.severity.value}
