"""``hydra-auto bench``: how fast the sidecar decides, measured through the real process."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.options import add_model_option

if TYPE_CHECKING:  # measure imports pygls, which only a run needs
    from rich.table import Table

    from hydra_auto.cli.measure import Figures, Times
    from hydra_auto.cli.sample import Message

DEFAULT_DATA = Path("../shared/data")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "bench",
        help="measure the sidecar's speed and size",
        description="Starts the real sidecar, sends it people's messages over stdio, and reports the "
        "time to the first decision, the median and 95th percentile of router/route, also for each kind of "
        "message, and its memory.",
    )
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="folder with prompts/prompts.jsonl.gz"
    )
    parser.add_argument(
        "--messages", type=Path, metavar="FILE", help="JSONL with text and perhaps set, instead of --data"
    )
    parser.add_argument(
        "--sample",
        type=int,
        default=400,
        metavar="N",
        help="how many messages are drawn (default: 400); of rare kinds "
        "so many more that each has a quarter of that",
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
    parser.add_argument(
        "--steps",
        action="store_true",
        help="time what each step of making the encoder fast gains instead: fp32, int8 with and without "
        "SkipLayerNormalization, weights only in 8 and 4 bits (needs the train extra)",
    )
    parser.add_argument(
        "--run",
        type=Path,
        dest="folder",
        metavar="DIR",
        help="with --steps: take the encoder and its fp32 graph from this run of train, and tell how far "
        "levels of --sample messages move (default: random weights of the encoder's shape)",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=15,
        metavar="N",
        help="with --steps or --yardstick: how often each encoder runs; the fastest counts (default: 15)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_model_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure and show.

    Raises:
        UsageError: An option is out of its range, or there are no messages.
        RouterError: The encoder is missing, the sidecar does not answer, or the train extra is needed.
    """
    if args.sample < 1 or args.starts < 1 or args.rounds < 1:
        raise UsageError("--sample, --starts and --rounds are at least 1.")
    if args.steps and args.yardstick:
        raise UsageError("--steps and --yardstick are two measurements: ask for one.")
    if args.folder and not args.steps:
        raise UsageError("--run is for --steps; name another encoder with --model-dir.")
    if args.yardstick or args.steps:
        from hydra_auto.cli.train import check_extra

        check_extra()
        return _run_steps(args) if args.steps else _run_yardstick(args)
    from hydra_auto.cli.batch import progress_bars
    from hydra_auto.cli.measure import measure

    messages = _messages(args)
    with progress_bars() as progress:
        figures = measure(messages, starts=args.starts, model_dir=args.model_dir, progress=progress)
    if args.json:
        print(json.dumps(figures.as_dict()))
    else:
        _show(figures)
    return 0


def _messages(args: argparse.Namespace) -> list[Message]:
    from hydra_auto.cli.sample import sample_messages

    source = args.messages or args.data / "prompts" / "prompts.jsonl.gz"
    if not source.exists():
        raise UsageError(
            f"There is no {source}.", "Name a folder with --data, or a JSONL file with --messages."
        )
    return sample_messages(source, args.sample, args.seed)


def _run_steps(args: argparse.Namespace) -> int:
    from rich.console import Console

    from hydra_auto.adapters.model_files import open_model_files
    from hydra_auto.cli.batch import progress_bars
    from hydra_auto.training.speed_steps import time_steps

    files = open_model_files(args.folder / "export" if args.folder else args.model_dir)
    texts = [message.text for message in _messages(args) if message.drawn] if args.folder else []
    with progress_bars() as progress:
        steps = time_steps(files, progress, texts, is_run=args.folder is not None, rounds=args.rounds)
    if args.json:
        print(json.dumps([dataclasses.asdict(step) for step in steps]))
        return 0
    lengths = sorted({tokens for step in steps for tokens in step.milliseconds})
    table = _table(
        "ms, one thread", *(f"{tokens} tokens" for tokens in lengths), *(["from fp32"] if texts else [])
    )
    for step in steps:
        times = (step.milliseconds.get(tokens) for tokens in lengths)
        cells = ["-" if time is None else f"{time:.1f}" for time in times]
        if texts:
            cells.append("" if step.difference is None else f"{step.difference:.4f}")
        table.add_row(step.name, *cells)
    console = Console(highlight=False)
    console.print(table)
    weights = f"weights of {args.folder}, {len(texts)} messages" if texts else "random weights of its shape"
    console.print(
        f"{files.version}, {weights}; fastest of {args.rounds} in turns. It reads {files.max_tokens} tokens."
    )
    return 0


def _run_yardstick(args: argparse.Namespace) -> int:
    from rich.console import Console

    from hydra_auto.adapters.model_files import open_model_files
    from hydra_auto.training.yardstick import lengths_up_to, time_beside

    files = open_model_files(args.model_dir)
    with Console(stderr=True).status("Writing and timing an encoder of ModernBERT-base's size"):
        found = time_beside(files.encoder, lengths_up_to(files.max_tokens), args.rounds)
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
        table.add_column(heading, justify="right" if index else "left", no_wrap=not index)
    return table


def _show(figures: Figures) -> None:
    from rich.console import Console

    drawn = figures.drawn
    table = _table("", "p50", "p95", "max")
    rows = (
        ("router/route, ms", drawn.route_ms),
        ("  of that in the sidecar, ms", drawn.sidecar_ms),
        ("start to first decision, s", figures.first_decision_s),
        ("tokens of a message", drawn.tokens),
    )
    for what, spread in rows:
        table.add_row(what, *(f"{value:,.1f}" for value in spread))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{drawn.messages} messages, one thread, {figures.model_version}; ", end="")
    console.print(f"largest resident size {figures.rss_mb} MB")
    if figures.kinds:
        console.print()
        console.print(_kinds_table(figures.kinds))


def _kinds_table(kinds: Mapping[str, Times]) -> Table:
    table = _table("by kind", "messages", "tokens p50", "p95", "route ms p50", "p95", "cut")
    for kind, times in kinds.items():
        spreads = (times.tokens.p50, times.tokens.p95, times.route_ms.p50, times.route_ms.p95)
        cells = (f"{value:,.1f}" for value in spreads)
        table.add_row(kind, str(times.messages), *cells, f"{times.truncated:.0%}")
    return table
