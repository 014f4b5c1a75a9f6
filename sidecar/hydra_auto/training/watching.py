"""Bars for steps of which nobody can say how far they are, such as one call into a solver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress


@contextmanager
def unknown_time(progress: Progress, label: str) -> Iterator[None]:
    """Shows a bar that only moves, with the time since it began, until the block ends."""
    task = progress.add_task(label, total=None)
    yield
    progress.update(task, total=1, completed=1)
