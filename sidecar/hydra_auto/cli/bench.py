"""``hydra-auto bench``: how fast the sidecar decides, measured through the real process."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.options import add_model_option

if TYPE_CHECKING:  # measure imports pygls, which only a run needs
    from rich.table import Table

    from hydra_auto.cli.measure import Figures

DEFAULT_DATA = Path("../shared/data")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "bench",
        help="measure the sidecar's speed and size",
        description="Starts the real sidecar, sends it real messages over stdio, and reports the time to "
        "the first decision, the median and 95th percentile of router/route, and its memory.",
    )
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="folder with prompts/prompts.jsonl.gz"
    )
    parser.add_argument(
        "--messages", type=Path, metavar="FILE", help="JSONL with id and text, instead of --data"
    )
    parser.add_argument(
        "--sample", type=int, default=400, metavar="N", help="how many messages (default: 400)"
    )
    parser.add_argument(
        "--starts", type=int, default=5, metavar="N", help="how many cold starts (default: 5)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which sample (default: 0)")
    parser.add_argument(
        "--yardstick",
        action="store_true",
        help="time the encoder beside an int8 one of ModernBERT-base's size instead (needs the train extra)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_model_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure and show."""
    if args.yardstick:
        return _run_yardstick(args)
    from hydra_auto.cli.measure import measure, sample_texts

    if args.sample < 1 or args.starts < 1:
        raise UsageError("--sample and --starts are at least 1.")
    source = args.messages or args.data / "prompts" / "prompts.jsonl.gz"
    if not source.exists():
        raise UsageError(
            f"There is no {source}.", "Name a folder with --data, or a JSONL file with --messages."
        )
    figures = measure(
        sample_texts(source, args.sample, args.seed), starts=args.starts, model_dir=args.model_dir
    )
    if args.json:
        print(json.dumps(figures.as_dict()))
    else:
        _show(figures)
    return 0


def _run_yardstick(args: argparse.Namespace) -> int:
    from hydra_auto.adapters.model_files import open_model_files
    from hydra_auto.cli.train import check_extra

    check_extra()
    from rich.console import Console

    from hydra_auto.training.yardstick import time_beside

    files = open_model_files(args.model_dir)
    with Console(stderr=True).status("Writing and timing an encoder of ModernBERT-base's size"):
        found = time_beside(files.encoder)
    if args.json:
        print(json.dumps({tokens: {"ours_ms": a, "base_ms": b} for tokens, (a, b) in found.items()}))
        return 0
    table = _table("tokens", files.version, "ModernBERT-base's size", "ratio")
    for tokens, (ours, base) in found.items():
        table.add_row(str(tokens), f"{ours:.1f} ms", f"{base:.1f} ms", f"{base / ours:.1f}")
    Console(highlight=False).print(table)
    return 0


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index else "left")
    return table


def _show(figures: Figures) -> None:
    from rich.console import Console

    table = _table("", "p50", "p95", "max")
    rows = (
        ("router/route, ms", figures.route_ms),
        ("  of that in the sidecar, ms", figures.sidecar_ms),
        ("start to first decision, s", figures.first_decision_s),
        ("tokens of a message", figures.tokens),
    )
    for what, spread in rows:
        table.add_row(what, *(f"{value:,.1f}" for value in spread))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{figures.messages} messages, one thread, {figures.model_version}; ", end="")
    console.print(f"largest resident size {figures.rss_mb} MB")
