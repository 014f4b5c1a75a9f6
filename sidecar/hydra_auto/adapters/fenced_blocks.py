"""Code blocks between fences in a message: found, and shortened to their first and last lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

WIDTH: Final = 160  # characters of a line of a shortened block
LEFT_OUT: Final = "…"
_FENCE: Final = re.compile(r"^[ \t]*(`{3,}|~{3,})[^`~]*$")


def fenced_lines(lines: Sequence[str]) -> Iterator[range]:
    """Numbers of the lines inside of each closed fence, in order; one that is never closed is none."""
    opened: tuple[int, str] | None = None
    for i, line in enumerate(lines):
        if not (fence := _FENCE.match(line)):
            continue
        if opened is None:
            opened = i, fence[1]
        elif fence[1].startswith(opened[1]) and line.strip() == fence[1]:
            yield range(opened[0] + 1, i)
            opened = None


def fenced_blocks(text: str) -> list[str]:
    """What stands between fences that are closed."""
    lines = text.split("\n")
    return ["\n".join(lines[i] for i in block) for block in fenced_lines(lines)]


def with_short_blocks(text: str, kept_lines: int) -> str:
    """``text`` with each fenced block cut to its first and last lines; everything else stays as it is.

    Args:
        text: Any text.
        kept_lines: As of `with_ends_of`.
    """
    lines = text.split("\n")
    return with_ends_of(lines, fenced_lines(lines), kept_lines)


def with_ends_of(lines: Sequence[str], blocks: Iterable[range], kept_lines: int) -> str:
    """``lines`` as a text with some of them cut to the ends of their block.

    Args:
        lines: All of a text.
        blocks: Numbers of the lines of each block, in order.
        kept_lines: So many stay at each end of a block, blank ones left out, each cut to `WIDTH` characters;
            at least 1.
    """
    kept: list[str] = []
    at = 0
    for block in blocks:
        kept += lines[at : block.start]
        kept += _ends([lines[i] for i in block], kept_lines)
        at = block.stop
    return "\n".join([*kept, *lines[at:]])


def _ends(block: Sequence[str], kept_lines: int) -> list[str]:
    lines = [line[:WIDTH] for line in block if line.strip()]
    if len(lines) <= 2 * kept_lines:
        return lines
    return [*lines[:kept_lines], LEFT_OUT, *lines[-kept_lines:]]
