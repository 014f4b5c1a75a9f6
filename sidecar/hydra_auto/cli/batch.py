"""Doing one thing to every line of a JSONL file, with progress, resumable."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.options import decode

Item = tuple[str, dict[str, Any]]
"""Place and object of one line."""


def run_batch(
    items: Sequence[Item],
    work: Callable[[str, dict[str, Any]], dict[str, Any]],
    out: Path | None,
    *,
    what: str,
    resume: bool,
) -> int:
    """Write one JSON line an item, in the order of ``items``.

    A file is written under the name ``OUT.part`` and renamed when it is whole, so that a file without that
    ending is always complete. With ``resume``, lines that an interrupted run left in ``OUT.part`` are kept
    and not done again.

    Args:
        items: What is to be done.
        work: Makes the output object of one item.
        out: Where to; None prints.
        what: The word before the progress bar.
        resume: Whether to go on where an interrupted run stopped.

    Returns:
        How many lines the output has.

    Raises:
        UsageError: ``OUT.part`` belongs to other input.
    """
    if out is None:
        for place, item in items:
            print(json.dumps(work(place, item)))
        return len(items)
    part = out.with_name(out.name + ".part")
    done = _kept(part, items) if resume else 0
    with part.open("r+b" if done else "wb") as file, progress_bars() as progress:
        file.seek(0, os.SEEK_END)
        task = progress.add_task(what, total=len(items), completed=done)
        for place, item in items[done:]:
            file.write(json.dumps(work(place, item)).encode() + b"\n")
            progress.advance(task)
    part.replace(out)
    return len(items)


def _kept(part: Path, items: Sequence[Item]) -> int:
    """How many whole lines ``part`` has for the first ``items``; an unfinished line is cut off."""
    if not part.exists():
        return 0
    data = part.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    lines = decode(whole, str(part)).splitlines()
    try:
        ids = [json.loads(line)["id"] for line in lines]
    except (json.JSONDecodeError, KeyError, TypeError):
        ids = [None]
    if ids != [item["id"] for _, item in items[: len(ids)]]:
        raise UsageError(f"{part} was left by a run over other input.", "Delete it to start afresh.")
    with part.open("r+b") as file:
        file.truncate(len(whole))
    return len(lines)


def progress_bars() -> Progress:
    """Bars on standard error, where that is a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        disable=not sys.stderr.isatty(),
    )
