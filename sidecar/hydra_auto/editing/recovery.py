"""What is left of a text that is not valid YAML, so that help goes on while a line is half written."""

from __future__ import annotations

import re

from hydra_auto.adapters.yaml_document import Unreadable, compose
from hydra_auto.editing.source_text import SourceText

MOST_LINES = 8
"""A text with more lines in error than this is not looked into."""

MOST_CHARACTERS = 300_000
"""Each line costs another reading of the text, while somebody types."""

_VISIBLE = re.compile(r"[^\r\n\x85\u2028\u2029]")
_DASHES = re.compile(r"[ \t]*(?:-[ \t]+)*")


def sound_part(text: str, path: str) -> str | None:
    """``text`` with blanks in place of the lines that are no YAML; every other character stays where it is.

    The dash of an item is kept, so that its further lines do not become the item's before.

    Returns:
        None if the text is refused for anything but its syntax, or too much is wrong with it.
    """
    if len(text) > MOST_CHARACTERS:
        return None
    for _ in range(MOST_LINES + 1):
        try:
            compose(text, path)
        except Unreadable as error:
            if not error.is_syntax or not error.problem.line:
                return None
            blanked = _without_line(text, error.problem.line)
            if blanked == text:
                return None
            text = blanked
        else:
            return text
    return None


def _without_line(text: str, number: int) -> str:
    source = SourceText(text)
    start, end = source.yaml_offset(number, 1), source.yaml_offset(number + 1, 1)
    line = text[start:end]
    dashes = _DASHES.match(line)
    kept = dashes.end() if dashes and not line[dashes.end() :].isspace() else 0
    return text[:start] + line[:kept] + _VISIBLE.sub(" ", line[kept:]) + text[end:]
