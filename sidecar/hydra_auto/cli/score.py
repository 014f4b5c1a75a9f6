"""``hydra-auto score``: requirements alone, for many texts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from hydra_auto.cli.options import add_model_option, read_jsonl


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "score",
        help="predict the requirements of many texts",
        description='Predicts the four requirements of every line {"id", "text"} of a JSONL file. A run '
        "that was interrupted goes on where it stopped.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="JSONL file; - is standard input")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: print)")
    add_model_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Score and write."""
    from hydra_auto.cli.batch import run_batch
    from hydra_auto.cli.wiring import load_predictor

    items = list(read_jsonl(args.file))
    predictor = load_predictor(args.model_dir)

    def score(_place: str, item: dict[str, Any]) -> dict[str, Any]:
        # One at a time: int8 activations are scaled per batch, so company would change the numbers.
        prediction = predictor.predict([item["text"]])[0]
        levels = {c.value: round(level, 6) for c, level in prediction.requirements.items()}
        return {"id": item["id"], "requirements": levels}

    run_batch(items, score, args.out, what="Scoring", resume=True)
    return 0
