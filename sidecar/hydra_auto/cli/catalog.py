"""``hydra-auto catalog``: show the catalog in use, check, start and compare its files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hydra_auto.cli import catalog_add, catalog_diff
from hydra_auto.cli.catalog_view import as_json, print_origins, print_table, problem_json
from hydra_auto.cli.errors import UsageError
from hydra_auto.core.catalog import Catalog
from hydra_auto.core.layer_values import Problem, Severity
from hydra_auto.core.layers import is_complete, merge_layers
from hydra_auto.core.origin import LayerName

if TYPE_CHECKING:
    from hydra_auto.adapters.catalog_files import LoadedCatalog


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
        "that is complete in itself is checked alone, any other on top of the built-in catalog; "
        ".hydra-auto/catalog.yaml as a workspace's, on top of the built-in catalog and your own.",
    )
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a file (default: all layers)")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    _add_layers(check)
    check.set_defaults(run=_check)

    init = actions.add_parser("init", help="start a catalog file of your own, or of a workspace")
    init.add_argument("--workspace", type=Path, metavar="DIR", help="start the layer of this workspace")
    init.set_defaults(run=_init)

    catalog_diff.register(actions)
    catalog_add.register(actions)

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
    from hydra_auto.adapters.catalog_schema import json_schema

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
        print(json.dumps(as_json(loaded, models), ensure_ascii=False))
    elif not models:
        raise UsageError(f"No model's id or name holds {' and '.join(args.words)}.")
    elif args.origins:
        print_origins(loaded.catalog, models)
    else:
        print_table(loaded, models)
    return 0


# init


def _init(args: argparse.Namespace) -> int:
    from hydra_auto.adapters.catalog_files import user_path, workspace_path
    from hydra_auto.cli.catalog_edit import write_template

    if args.workspace is not None and not args.workspace.is_dir():
        raise UsageError(f"{args.workspace} is not a folder.", "Name the workspace's folder.")
    path = user_path() if args.workspace is None else workspace_path(args.workspace)
    write_template(path)
    print(f"{path}: written; it changes nothing until you edit it")
    return 0


# check


def _check(args: argparse.Namespace) -> int:
    if args.file is not None and args.catalog is not None:
        raise UsageError("FILE and --catalog name two files.", "Name one.")
    problems, summary = (
        _check_file(args.file or args.catalog) if args.file or args.catalog else _check_all(args)
    )
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if args.json:
        found = [problem_json(problem) for problem in problems]
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
    from hydra_auto.adapters.catalog_files import (
        WORKSPACE_FILE,
        FileStatus,
        built_in_path,
        read_layer,
        user_path,
    )

    whole = path.absolute()
    of_workspace = whole.parts[-2:] == WORKSPACE_FILE.parts
    name, inside = (LayerName.WORKSPACE, whole.parents[1]) if of_workspace else (LayerName.USER, None)
    file, problems = read_layer(path, name, inside=inside)
    if file.status is FileStatus.ABSENT:
        raise UsageError(f"There is no file {path}.", "Check the path.")
    if file.layer is None or file.status is FileStatus.BROKEN:
        return problems, ""
    if is_complete(file.layer) and not of_workspace:
        catalog, found = merge_layers([file.layer])
        how = "complete in itself"
    else:
        lower = [read_layer(built_in_path(), LayerName.BUILT_IN)[0]]
        lower += [read_layer(user_path(), LayerName.USER)[0]] if of_workspace else []
        below = [one.layer for one in lower if one.layer is not None]
        catalog, found = merge_layers([*below, file.layer])
        which = "the built-in and your own catalog" if len(below) > 1 else "the built-in catalog"
        how = f"{_count(len(file.layer.models), 'model')} of it from this file, on top of {which}"
    return (*problems, *found), f"{_counts(catalog)}, {how}" if catalog else ""


def _counts(catalog: Catalog) -> str:
    enabled = sum(model.enabled for model in catalog.models)
    off = "" if enabled == len(catalog.models) else f" ({enabled} switched on)"
    return f"{_count(len(catalog.models), 'model')}{off}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
