"""Sentences and lines of a text in any of our scripts, roughly."""
# ruff: noqa: RUF001 - other scripts' punctuation is meant

from __future__ import annotations

import itertools
import re
from typing import Final

STOPS: Final = ".!?。！？।؟"
_BREAK: Final = re.compile(rf"(?<=[{STOPS}])(?:\s+|(?<=[。！？]))|\n+")


def sentences(text: str) -> list[str]:
    """Sentences of a text, without the white space around them."""
    return [part.strip() for part in parts(text)]


def parts(text: str) -> list[str]:
    """Sentences and lines, each with the white space after it.

    Joined they are ``text``, but for blank lines at its start.
    """
    cuts = [0, *(found.end() for found in _BREAK.finditer(text)), len(text)]
    found: list[str] = []
    for start, end in itertools.pairwise(cuts):
        piece = text[start:end]
        if piece.strip():
            found.append(piece)
        elif found:
            found[-1] += piece
    return found
