"""The user's own words in a message with pastes: code blocks, logs and traces cut to their ends.

What is pasted is told by the lines alone, in any language: fenced blocks, as in what is served
(`adapters.text_window`), and runs of paragraphs whose lines are indented or full of signs. A few lines by
themselves are a paste only if they are very long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from hydra_auto.adapters.fenced_blocks import fenced_lines, with_ends_of

_FEWEST: Final = 6  # lines of a paste without a fence
_LONG: Final = 600  # characters, from which on fewer lines are one, too
_SIGNS_SHARE: Final = 0.1  # of the characters of a pasted line

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
        kept_lines: As of `adapters.fenced_blocks.with_ends_of`.
    """
    lines = text.split("\n")
    return with_ends_of(lines, pastes_in(lines), kept_lines)


def pastes_in(lines: Sequence[str]) -> list[range]:
    """Numbers of the lines of each paste, in order; the fences themselves are not part of it."""
    found: list[range] = []
    at = 0
    for block in fenced_lines(lines):
        found += _runs(lines, range(at, block.start - 1))
        found.append(block)
        at = block.stop + 1
    return [*found, *_runs(lines, range(at, len(lines)))]


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
