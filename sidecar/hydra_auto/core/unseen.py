"""Characters that nobody sees, which a name of the catalog may not hold."""

from __future__ import annotations

import re
import unicodedata

_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format and direction, halves of a pair, line breaks
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and marks without a shape
_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0d\U000e0100-\U000e01ef]")  # of a variant of a letter
_NO_CHARACTERS = "\ufffe\uffff"  # which YAML does not take, either


EMOJI_STYLES = "\ufe0e\ufe0f"
"""Characters that make a sign before them plain or coloured; names have them, ids have no use for them."""


def is_unseen(character: str) -> bool:
    """Whether one character has no shape and is no blank."""
    if unicodedata.category(character) in _CATEGORIES or character in _FILLERS + _NO_CHARACTERS:
        return True
    return _SELECTORS.fullmatch(character) is not None
