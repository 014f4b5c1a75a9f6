"""The user's own words in a message with pastes: code blocks, logs and traces cut to their ends.

What is pasted is told by the lines alone, in any language: fenced blocks, and runs of paragraphs whose lines
are indented or full of signs. A few lines by themselves are a paste only if they are very long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

WIDTH: Final = 160  # characters of a pasted line
LEFT_OUT: Final = "…"
_FEWEST: Final = 6  # lines of a paste without a fence
_LONG: Final = 600  # characters, from which on fewer lines are one, too
_SIGNS_SHARE: Final = 0.1  # of the characters of a pasted line

_FENCE: Final = re.compile(r"^[ \t]*(`{3,}|~{3,})[^`~]*$")
_SIGN: Final = re.compile(r"[0-9{}()\[\];=<>_/\\|$#@*&^%+~]")
_LIST_ITEM: Final = re.compile(r"^ {0,3}(?:[-*+•]|\d{1,2}[.)])\s")
# Indented, a comment or a prompt, or a word of code that starts no sentence.
_CODE_LINE: Final = re.compile(
    r"^(?: {2,}|\t|#|//|/\*|\$ |>>>|<|@|"
    r"(?:import|package|using|def|class|public|private|static|const|var|func)\s\S|"
    r"(?:else|end|try|begin|do|fi|done|then)[:;]?$)"
)


def own_words(text: str, kept_lines: int) -> str:
    """``text`` with each paste cut to its first and last lines; everything else stays as it is.

    Args:
        text: Any text.
        kept_lines: So many stay at each end of a paste, blank ones left out, each cut to `WIDTH` characters;
            at least 1.
    """
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    for paste in pastes_in(lines):
        kept += lines[at : paste.start]
        kept += _ends([lines[i] for i in paste], kept_lines)
        at = paste.stop
    return "\n".join([*kept, *lines[at:]])


def fenced_blocks(text: str) -> list[str]:
    """What stands between fences that are closed."""
    lines = text.split("\n")
    return ["\n".join(lines[i] for i in block) for block in _fenced(lines)]


def pastes_in(lines: Sequence[str]) -> list[range]:
    """Numbers of the lines of each paste, in order; the fences themselves are not part of it."""
    found: list[range] = []
    at = 0
    for block in _fenced(lines):
        found += _runs(lines, range(at, block.start - 1))
        found.append(block)
        at = block.stop + 1
    return [*found, *_runs(lines, range(at, len(lines)))]


def _fenced(lines: Sequence[str]) -> Iterator[range]:
    """Lines inside of each closed fence; one that is never closed is none."""
    opened: tuple[int, str] | None = None
    for i, line in enumerate(lines):
        if not (fence := _FENCE.match(line)):
            continue
        if opened is None:
            opened = i, fence[1]
        elif fence[1].startswith(opened[1]) and line.strip() == fence[1]:
            yield range(opened[0] + 1, i)
            opened = None


def _runs(lines: Sequence[str], among: range) -> Iterator[range]:
    """Runs of paragraphs that look pasted, long enough to be a paste."""
    run: list[range] = []
    for paragraph in [*_paragraphs(lines, among), None]:
        if paragraph and _looks_pasted([lines[i] for i in paragraph]):
            run.append(paragraph)
            continue
        characters = sum(len(lines[i]) for part in run for i in part)
        if sum(map(len, run)) >= _FEWEST or characters >= _LONG:
            yield range(run[0].start, run[-1].stop)
        run = []


def _paragraphs(lines: Sequence[str], among: range) -> list[range]:
    """Lines without a blank one between them."""
    found: list[range] = []
    for blank, some in groupby(among, lambda i: not lines[i].strip()):
        numbers = list(some)
        if not blank:
            found.append(range(numbers[0], numbers[-1] + 1))
    return found


def _looks_pasted(paragraph: Sequence[str]) -> bool:
    """Whether at least half of the lines do."""
    return 2 * sum(map(_is_code, paragraph)) >= len(paragraph)


def _is_code(line: str) -> bool:
    if _LIST_ITEM.match(line):
        return False
    words = line.strip()
    signs = len(_SIGN.findall(words))
    return bool(_CODE_LINE.match(line) or signs >= _SIGNS_SHARE * len(words))


def _ends(paste: Sequence[str], kept_lines: int) -> list[str]:
    lines = [line[:WIDTH] for line in paste if line.strip()]
    if len(lines) <= 2 * kept_lines:
        return lines
    return [*lines[:kept_lines], LEFT_OUT, *lines[-kept_lines:]]
