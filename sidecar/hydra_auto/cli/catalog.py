"""``hydra-auto catalog``: look at the catalog in use, check a file, print the format's JSON schema."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra_auto.cli.errors import UsageError
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Catalog, LayerName, ModelEntry, Origin
from hydra_auto.core.cost import task_cost
from hydra_auto.core.layers import (
    REQUIRED_MODEL_KEYS,
    CatalogLayer,
    Problem,
    Severity,
    merge_layers,
)

if TYPE_CHECKING:
    from rich.text import Text

    from hydra_auto.adapters.catalog_files import LoadedCatalog

_NARROW, _MIDDLING, _WIDE = 90, 112, 135  # columns of the terminal
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "catalog",
        help="show or check the model catalog",
        description="The catalog says which models there are, what each can do and what it costs. It is made "
        "of layers: built-in, your own, and the workspace's.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    show = actions.add_parser("show", help="print the catalog in use")
    show.add_argument(
        "words", nargs="*", metavar="WORD", help="only models whose id or name holds all of these"
    )
    show.add_argument("--json", action="store_true", help="print one JSON object")
    show.add_argument("--origins", action="store_true", help="say where each value was set")
    _add_layers(show)
    show.set_defaults(run=_show)

    check = actions.add_parser(
        "check",
        help="report every problem of the layers, or of one file",
        description="Prints each problem as file:line:column. Exit status 1 if there is an error. A FILE "
        "that is complete in itself is checked alone, any other on top of the built-in catalog.",
    )
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a file (default: all layers)")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    _add_layers(check)
    check.set_defaults(run=_check)

    schema = actions.add_parser("schema", help="print the JSON schema of catalog files")
    schema.set_defaults(run=_schema)


def _add_layers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--catalog", type=Path, metavar="FILE", help="use this catalog instead of all layers")
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="folder whose .hydra-auto/catalog.yaml counts too"
    )


def _schema(_: argparse.Namespace) -> int:
    print(schema_text(), end="")
    return 0


def schema_text() -> str:
    """The JSON schema as ``catalogs/schema.json`` holds it."""
    from hydra_auto.adapters.catalog_fields import json_schema

    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _load(args: argparse.Namespace) -> LoadedCatalog:
    from hydra_auto.adapters.catalog_files import load_catalog

    if args.workspace is not None and not args.workspace.is_dir():
        raise UsageError(f"{args.workspace} is not a folder.", "Name the workspace's folder.")
    return load_catalog(file=args.catalog, workspace=args.workspace, trusted=True)


# show


def _show(args: argparse.Namespace) -> int:
    loaded = _load(args)
    words = [word.lower() for word in args.words]
    models = [m for m in loaded.catalog.models if all(word in f"{m.id} {m.name}".lower() for word in words)]
    if args.json:
        print(json.dumps(_as_json(loaded, models), ensure_ascii=False))
    elif not models:
        raise UsageError(f"No model's id or name holds {' and '.join(args.words)}.")
    elif args.origins:
        _print_origins(loaded.catalog, models)
    else:
        _print_table(loaded, models)
    return 0


def _as_json(loaded: LoadedCatalog, models: Sequence[ModelEntry]) -> dict[str, Any]:
    policy = loaded.catalog.routing
    return {
        "files": [
            {"layer": f.name.value, "path": str(f.path), "status": f.status.value} for f in loaded.files
        ],
        "routing": {
            "regime": policy.regime.value,
            "tau": policy.regime.tau if policy.tau is None else policy.tau,
            "weights": {c.value: policy.weights[c] for c in Capability},
            "cost_basis": policy.cost_basis.value,
            "allow": list(policy.allow),
            "deny": list(policy.deny),
            "vendors": list(policy.vendors),
            "max_price": policy.max_price,
            "origins": _origins_json(policy.origins),
        },
        "models": [_model_json(model) for model in models],
        "problems": [_problem_json(problem) for problem in loaded.problems],
    }


def _model_json(model: ModelEntry) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "match": [{k: v for k, v in asdict(match).items() if v is not None} for match in model.match],
        "price": asdict(model.price),
        "cost": None if model.cost is None else asdict(model.cost),
        "premium_multiplier": model.premium_multiplier,
        "context_window": model.context_window,
        "max_output_tokens": model.max_output_tokens,
        "supports": {"images": model.images, "tools": model.tools},
        "enabled": model.enabled,
        "capabilities": {c.value: model.capabilities.levels[c] for c in Capability},
        "estimated": model.estimated,
        "evidence": [{k: v for k, v in asdict(item).items() if v != ""} for item in model.evidence],
        "origins": _origins_json(model.origins),
    }


def _origins_json(origins: Mapping[str, Origin]) -> dict[str, dict[str, Any]]:
    return {key: {**asdict(origin), "layer": origin.layer.value} for key, origin in origins.items()}


def _print_table(loaded: LoadedCatalog, models: Sequence[ModelEntry]) -> None:
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
        table.add_column("window", justify="right", no_wrap=True, min_width=6)
        table.add_column("", no_wrap=True, min_width=2)
    for title in ("reason", "code", "debug", "tools"):
        table.add_column(title, no_wrap=True, min_width=cells + 5 if cells else 6)
    if layer:
        table.add_column("layer", no_wrap=True, style="dim", min_width=10)
    for model in models:
        levels = [model.capabilities.levels[c] for c in Capability]
        row: list[Text | str] = [
            Text(str(model.id), style="" if model.enabled else "strike dim"),
            f"{model.price.input:.3g}/{model.price.output:.3g}",
            f"{'' if model.cost else '~'}{task_cost(model):.2g}",
        ]
        if limits:
            row += [
                _tokens(model.context_window),
                f"{'i' if model.images else '·'}{'t' if model.tools else '·'}",
            ]
        row += [_level(level, cells, estimated=model.estimated) for level in levels]
        table.add_row(*row, *([_layers_of(model)] if layer else []))
    console.print(table)
    legend = (
        "price: USD per million tokens in/out. task: USD per agent task, ~ from list price. window: tokens. "
        "i images, t tools. Levels in [0, 1], ? estimated."
    )
    console.print(Text(legend, style="dim"))
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


def _print_origins(catalog: Catalog, models: Sequence[ModelEntry]) -> None:
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


# check


def _check(args: argparse.Namespace) -> int:
    if args.file is not None and args.catalog is not None:
        raise UsageError("FILE and --catalog name two files.", "Name one.")
    problems, summary = (
        _check_file(args.file or args.catalog) if args.file or args.catalog else _check_all(args)
    )
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if args.json:
        found = [_problem_json(problem) for problem in problems]
        print(json.dumps({"ok": errors == 0, "problems": found}, ensure_ascii=False))
        return 1 if errors else 0
    for problem in problems:
        print(problem)
    warnings = len(problems) - errors
    if errors:
        print(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    else:
        print(f"ok: {summary}" + (f", {_count(warnings, 'warning')}" if warnings else ""))
    return 1 if errors else 0


def _check_all(args: argparse.Namespace) -> tuple[Sequence[Problem], str]:
    from hydra_auto.adapters.catalog_files import CatalogProblems, FileStatus

    try:
        loaded = _load(args)
    except CatalogProblems as error:
        return error.problems, ""
    used = [file.name.value for file in loaded.files if file.status is FileStatus.USED]
    return loaded.problems, f"{_counts(loaded.catalog)} from {' + '.join(used)}"


def _check_file(path: Path) -> tuple[Sequence[Problem], str]:
    from hydra_auto.adapters.catalog_files import FileStatus, built_in_path, read_layer

    file, problems = read_layer(path, LayerName.USER)
    if file.status is FileStatus.ABSENT:
        raise UsageError(f"There is no file {path}.", "Check the path.")
    if file.layer is None:
        return problems, ""
    if _is_complete(file.layer):
        catalog, found = merge_layers([file.layer])
        how = "complete in itself"
    else:
        built_in, _ = read_layer(built_in_path(), LayerName.BUILT_IN)
        below = [] if built_in.layer is None else [built_in.layer]
        catalog, found = merge_layers([*below, file.layer])
        how = (
            f"{_count(len(file.layer.models), 'model')} of it from this file, on top of the built-in catalog"
        )
    return (*problems, *found), f"{_counts(catalog)}, {how}" if catalog else ""


def _is_complete(layer: CatalogLayer) -> bool:
    return bool(layer.models) and all(
        all(key in model.values for key in REQUIRED_MODEL_KEYS) for model in layer.models
    )


def _counts(catalog: Catalog) -> str:
    enabled = sum(model.enabled for model in catalog.models)
    off = "" if enabled == len(catalog.models) else f" ({enabled} switched on)"
    return f"{_count(len(catalog.models), 'model')}{off}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {**asdict(problem), "severity": problem.severity.value}
