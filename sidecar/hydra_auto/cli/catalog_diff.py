"""``hydra-auto catalog diff``: what each layer changes, and which messages would be routed differently."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.options import read_jsonl, workspace_paths
from hydra_auto.core.catalog import Catalog
from hydra_auto.core.chat import unwrap
from hydra_auto.core.cost import workload_of
from hydra_auto.core.layer_values import CatalogLayer, Problem
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.matcher import decide
from hydra_auto.core.origin import LayerName
from hydra_auto.core.policy import resolve
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.request import RoutingRequest

if TYPE_CHECKING:
    from hydra_auto.adapters.catalog_files import CatalogFile

_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to try."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerouted:
    """A message that another model would get; None means that nobody is chosen."""

    message: Message
    before: str | None
    after: str | None


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the action."""
    diff = actions.add_parser(
        "diff",
        help="show what your own and the workspace's layers change",
        description="What each layer on top of the built-in catalog changes, a line a value, and which of "
        "some sample messages would be routed differently. With FILE: what that file would change as your "
        "own layer.",
    )
    diff.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a file in place of your own layer")
    diff.add_argument("--workspace", type=Path, metavar="DIR", help="folder whose layer counts too")
    messages = diff.add_mutually_exclusive_group()
    messages.add_argument(
        "--messages",
        type=Path,
        metavar="JSONL",
        help='messages to try, a line {"id", "text"} each (default: 32 that come with the program)',
    )
    messages.add_argument("--values-only", action="store_true", help="try no messages")
    diff.add_argument(
        "--path", action="append", default=[], metavar="PATH", help="a file that the messages are about"
    )
    diff.add_argument("--json", action="store_true", help="print one JSON object")
    diff.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from hydra_auto.cli.catalog_edit import differences

    if args.workspace is not None and not args.workspace.is_dir():
        raise UsageError(f"{args.workspace} is not a folder.", "Name the workspace's folder.")
    paths = workspace_paths(args)
    messages = [] if args.values_only else read_messages(args.messages)
    stages, problems = _stages(args.file, args.workspace)
    changes = [(file, list(differences(before, after))) for (_, before), (file, after) in pairwise(stages)]
    changed = any(lines for _, lines in changes)
    moved: list[Rerouted] = []
    if changed and messages:
        moved = rerouted(messages, stages[0][1], stages[-1][1], paths)
    if args.json:
        print(json.dumps(_as_json(changes, moved, len(messages), problems), ensure_ascii=False))
        return 0
    for file, lines in changes:
        if lines:
            print(f"{file.name.value} {file.path}")
            print("\n".join(f"  {line}" for line in lines))
    if not changed:
        print("no changes to the built-in catalog")
    elif messages:
        print(f"\n{len(moved)} of {len(messages)} messages would be routed differently")
        for one in moved:
            text = " ".join(one.message.text.split())
            short = text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
            print(f"  {one.message.id}: {one.before or 'nobody'} -> {one.after or 'nobody'}  ({short})")
    for problem in problems:
        print(problem)
    return 0


def read_messages(path: Path | None) -> list[Message]:
    """Messages of a JSONL file, or our own samples.

    Raises:
        UsageError: A line is not an object with ``id`` and ``text``.
    """
    if path is not None:
        items = [item for _, item in read_jsonl(path)]
    else:
        content = files("hydra_auto.samples").joinpath("messages.jsonl").read_text(encoding="utf-8")
        items = [json.loads(line) for line in content.splitlines()]
    return [Message(id=str(item["id"]), text=item["text"]) for item in items if item["text"].strip()]


def rerouted(
    messages: Sequence[Message], before: Catalog, after: Catalog, paths: Sequence[str]
) -> list[Rerouted]:
    """The messages that ``after`` sends elsewhere; every model of the catalogs counts as available."""
    from hydra_auto.cli.wiring import load_predictor

    predictions = load_predictor().predict([unwrap(message.text) or message.text for message in messages])
    found = []
    for message, prediction in zip(messages, predictions, strict=True):
        old, new = (_chosen(prediction, catalog, paths) for catalog in (before, after))
        if old != new:
            found.append(Rerouted(message=message, before=old, after=new))
    return found


def _chosen(prediction: Prediction, catalog: Catalog, paths: Sequence[str]) -> str | None:
    request = RoutingRequest(text="x", paths=tuple(paths))
    policy = resolve(catalog.routing, (), request.paths)
    decision = decide(prediction, request, catalog, policy, workload_of(0, prediction.tokens))
    return decision.chosen.model.id if decision.chosen else None


def _stages(
    own: Path | None, workspace: Path | None
) -> tuple[list[tuple[CatalogFile, Catalog]], tuple[Problem, ...]]:
    """The catalog after each file, weakest first, and the problems of the last one.

    Raises:
        UsageError: The named file is not there.
        CatalogInvalid: A file has an error, or nothing is left to route by.
    """
    from hydra_auto.adapters.catalog_files import (
        FileStatus,
        built_in_path,
        raise_if_invalid,
        read_layer,
        user_path,
        workspace_path,
    )

    wanted: list[tuple[LayerName, Path, Path | None]] = [
        (LayerName.BUILT_IN, built_in_path(), None),
        (LayerName.USER, own or user_path(), None),
    ]
    if workspace is not None:
        wanted.append((LayerName.WORKSPACE, workspace_path(workspace), workspace))
    layers: list[CatalogLayer] = []
    stages = []
    problems: tuple[Problem, ...] = ()
    for name, path, inside in wanted:
        file, own_problems = read_layer(path, name, inside=inside)
        raise_if_invalid(own_problems)
        if file.status is FileStatus.ABSENT and path == own:
            raise UsageError(f"There is no file {path}.", "Check the path.")
        if file.layer is None:
            continue
        layers.append(file.layer)
        catalog, problems = merge_layers(layers)
        if catalog is None:
            raise_if_invalid(problems)
            continue
        stages.append((file, catalog))
    return stages, problems


def _as_json(
    changes: Sequence[tuple[CatalogFile, list[str]]],
    moved: Sequence[Rerouted],
    tried: int,
    problems: Sequence[Problem],
) -> dict[str, Any]:
    from hydra_auto.cli.catalog_view import problem_json

    return {
        "layers": [
            {"layer": file.name.value, "path": str(file.path), "changes": lines} for file, lines in changes
        ],
        "messages": tried,
        "rerouted": [{"id": one.message.id, "before": one.before, "after": one.after} for one in moved],
        "problems": [problem_json(problem) for problem in problems],
    }
