"""``hydra-auto route``: decide about one message, or about many."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from hydra_auto.app.report import outcome_report, rendered
from hydra_auto.app.service import RoutingService
from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.options import (
    add_model_option,
    add_policy_options,
    policy_overrides,
    read_jsonl,
    read_stdin,
    token_count,
    workspace_paths,
)
from hydra_auto.core.chat import unwrap
from hydra_auto.core.request import Overrides, RoutingRequest


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "route",
        help="decide which model a message should go to",
        description="Decides which model a message should go to, and says why.",
        epilog="Many: hydra-auto route --jsonl IN --out OUT, with a line "
        '{"id", "text", "image"?, "tools"?, "context_tokens"?} a message.',
    )
    parser.add_argument(
        "text", nargs="?", metavar="TEXT", help="the message; - or nothing reads standard input"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--jsonl", type=Path, metavar="FILE", help="decide about every line of a JSONL file")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="with --jsonl: where to write (default: print)"
    )
    add_policy_options(parser)
    parser.add_argument("--image", action="store_true", help="the message comes with an image")
    parser.add_argument("--tools", action="store_true", help="the model must be able to call tools")
    parser.add_argument(
        "--context-tokens", type=token_count, default=0, metavar="N", help="tokens the model has to read"
    )
    parser.add_argument(
        "--path", action="append", default=[], metavar="PATH", help="a file of the workspace that it is about"
    )
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="folder whose .hydra-auto/catalog.yaml counts too"
    )
    parser.add_argument("--all", action="store_true", help="show every model, not only the nearest ones")
    parser.add_argument("--color", choices=["auto", "always", "never"], default="auto")
    add_model_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Decide and show."""
    from hydra_auto.cli.wiring import load_service

    if args.out and not args.jsonl:
        raise UsageError("--out goes with --jsonl.", "For one message, redirect the output of --json.")
    if args.jsonl and args.text is not None:
        raise UsageError("Give a TEXT or --jsonl FILE, not both.")
    if args.workspace is not None and not args.workspace.is_dir():
        raise UsageError(f"{args.workspace} is not a folder.", "Name the workspace's folder.")
    text = None if args.jsonl else _text(args.text)
    service, loaded = load_service(args.catalog, args.model_dir, args.workspace)
    for problem in loaded.problems:
        print(f"{problem.place}: {problem.severity.value}: {problem.message}", file=sys.stderr)
    if text is None:
        return _run_many(args, service)
    request = _request(text, args, image=args.image, tools=args.tools, context_tokens=args.context_tokens)
    outcome = service.route(request)
    if args.json:
        print(json.dumps(rendered(outcome_report(outcome)), ensure_ascii=not _writes_utf8()))
    else:
        from hydra_auto.cli.view import show_outcome

        show_outcome(outcome, color=args.color, show_all=args.all)
    return 0 if outcome.decision.chosen else 1


def _text(argument: str | None) -> str:
    if argument is None and sys.stdin.isatty():
        raise UsageError("Nothing to route.", 'Give a message: hydra-auto route "rename this variable".')
    text = read_stdin() if argument in {None, "-"} else argument
    if text is None or not text.strip():
        raise UsageError("Nothing to route: the text is empty.")
    return text


def _request(
    text: str, args: argparse.Namespace, *, image: bool, tools: bool, context_tokens: int
) -> RoutingRequest:
    overrides: tuple[Overrides, ...] = policy_overrides(args)
    return RoutingRequest(
        text=unwrap(text) or text,
        needs_images=image,
        needs_tools=tools,
        context_tokens=context_tokens,
        paths=workspace_paths(args),
        overrides=overrides,
    )


def _run_many(args: argparse.Namespace, service: RoutingService) -> int:
    from hydra_auto.cli.batch import run_batch

    def decide(place: str, item: dict[str, Any]) -> dict[str, Any]:
        request = _request(
            item["text"],
            args,
            image=_flag(item, "image", place) or args.image,
            tools=_flag(item, "tools", place) or args.tools,
            context_tokens=_count(item, "context_tokens", place, args.context_tokens),
        )
        report = rendered(outcome_report(service.route(request)))
        return {"id": item["id"], **report}

    items = list(read_jsonl(args.jsonl))
    for place, item in items:  # all lines are checked before the first is decided
        _flag(item, "image", place)
        _flag(item, "tools", place)
        _count(item, "context_tokens", place, 0)
    rows = run_batch(items, decide, args.out, what="Routing", resume=False)
    return 0 if rows == len(items) else 1


def _flag(item: dict[str, Any], key: str, place: str) -> bool:
    value = item.get(key, False)
    if not isinstance(value, bool):
        raise UsageError(f'{place}: "{key}" must be true or false')
    return value


def _count(item: dict[str, Any], key: str, place: str, default: int) -> int:
    value = item.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UsageError(f'{place}: "{key}" must be a whole number >= 0')
    return value


def _writes_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
