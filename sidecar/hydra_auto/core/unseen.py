"""Characters that nobody sees, which a name of the catalog may not hold."""

from __future__ import annotations

import unicodedata

_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format and direction, halves of a pair, line breaks
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and marks without a shape
_NO_CHARACTERS = "\ufffe\uffff"  # which YAML does not take, either


def is_unseen(character: str) -> bool:
    """Whether one character has no shape and is no blank."""
    return unicodedata.category(character) in _CATEGORIES or character in _FILLERS + _NO_CHARACTERS
