"""Tables of the reports, for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.table import Table as RichTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled table of text; the first column is left-aligned, the others are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def to_rich(table: Table) -> RichTable:
    """For the terminal."""
    made = RichTable(title=table.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for i, name in enumerate(table.columns):
        made.add_column(name, justify="right" if i else "left", header_style="dim")
    for row in table.rows:
        made.add_row(*row)
    if table.note:
        made.caption, made.caption_justify = table.note, "left"
    return made


def to_markdown(table: Table) -> str:
    """As a Markdown section."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rule = "|---|" + "---:|" * (len(table.columns) - 1)
    body = [line(table.columns), rule, *(line(row) for row in table.rows)]
    return "\n".join([f"**{table.title}**", "", *body, *(["", table.note] if table.note else [])])


CONSTANT: Final = "constant"
"""For None, in place of a correlation: one side is the same everywhere and orders nothing."""


def number(values: Sequence[float] | None, digits: int = 3, *, ends: bool = True) -> str:
    """``[value, low, high]`` as ``0.123 (0.100-0.150)``; `CONSTANT` for None."""
    if values is None:
        return CONSTANT
    value, low, high = (f"{v:.{digits}f}" for v in values)
    joined = f"{low} to {high}" if min(values) < 0 else f"{low}-{high}"
    return f"{value} ({joined})" if ends else value


def percent(values: Sequence[float], *, ends: bool = True) -> str:
    """The same for a share, in percent."""
    value, low, high = (f"{100 * v:.1f}" for v in values)
    return f"{value} % ({low}-{high})" if ends else f"{value} %"


def pool_table(report: dict[str, Any]) -> Table:
    """Which models are in use; a part of every report that decides."""
    rows = []
    for pool in report["pools"]:
        for regime, rungs in pool["ladders"].items():
            used = ", ".join(f"{r['id']} {100 * r['share']:.0f} %" for r in rungs)
            rows.append((f"{pool['name']}, {regime}", str(pool["models"]), str(len(rungs)), used))
    return Table(
        title="Models in use, if the encoder were always right",
        columns=("pool, regime", "available", "in use", "cheapest first, with share of messages"),
        rows=tuple(rows),
        note="Annotated requirements of the English messages of the test split.",
    )
