"""Reading shouted and spread-out text as if it were typed the usual way.

The encoder has hardly seen words in capitals, in aLtErNaTiNg case or with their l e t t e r s apart; its
tokenizer cuts them into odd pieces, and odd pieces move the requirements up or down.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_READ: Final = 2000  # characters that tell how a text is typed
_ENOUGH: Final = 12  # letters after a letter: fewer may be an acronym
_LOUD: Final = 0.4  # share of them that are capitals; code with camelCase has at most 0.2
# Eight or more single letters or digits, one blank or more between two: words typed with their letters apart.
_APART: Final = re.compile(r"(?<!\S)\w(?:[ ]{1,4}\w){7,}(?!\S)")
_BETWEEN_WORDS: Final = re.compile("[ ]{2,}")


def usual_writing(text: str) -> str:
    """``text`` in lower case if most of its words are in capitals, with letters that stand apart joined.

    Args:
        text: Valid Unicode.
    """
    joined = _APART.sub(_join, text)
    inner = [second for first, second in pairwise(joined[:_READ]) if first.isalpha() and second.isalpha()]
    capitals = sum(letter.isupper() for letter in inner)
    return joined.lower() if len(inner) >= _ENOUGH and capitals > _LOUD * len(inner) else joined


def _join(found: re.Match[str]) -> str:
    """Words end where more than one blank is; where none is wider, nobody can tell, and all stays."""
    words = _BETWEEN_WORDS.split(found[0])
    return " ".join(word.replace(" ", "") for word in words) if len(words) > 1 else found[0]
