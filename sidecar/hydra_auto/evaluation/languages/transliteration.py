"""Russian and Hindi in Latin letters, as people type them who have no such keyboard at hand.

Informal spelling without diacritics, because that is what reaches a chat; everything else stays as it is.
"""
# ruff: noqa: RUF001, SIM905 - other scripts' letters are meant; word lists read better

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_RUSSIAN: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch . y . e yu ya".split(),
        strict=True,
    )
) | {"ъ": "", "ь": ""}
_CONSONANTS: Final[Mapping[str, str]] = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ",
        "k kh g gh n ch chh j jh n t th d dh n t th d dh n p ph b bh m y r l v sh sh s h l".split(),
        strict=True,
    )
)
_VOWELS: Final[Mapping[str, str]] = dict(
    zip("अआइईउऊऋएऐओऔऑऍ", "a aa i ee u oo ri e ai o au o e".split(), strict=True)
)
_SIGNS: Final[Mapping[str, str]] = dict(zip("ािीुूृेैोौॉॅ", "aa i ee u oo ri e ai o au o e".split(), strict=True))
_MARKS: Final[Mapping[str, str]] = {"ं": "n", "ँ": "n", "ः": "h", "़": "", "।": ".", "\u200d": "", "\u200c": ""}
_DIGITS: Final = str.maketrans("०१२३४५६७८९", "0123456789")
_VIRAMA: Final = "्"
_NUKTA: Final = "़"
_HINDI_WORD: Final = re.compile(r"[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")


def russian_in_latin(text: str) -> str:
    """``text`` with Cyrillic letters in Latin ones; a capital stays one."""
    made = []
    for letter in text:
        latin = _RUSSIAN.get(letter.lower())
        made.append(letter if latin is None else latin.capitalize() if letter.isupper() else latin)
    return "".join(made)


def hindi_in_latin(text: str) -> str:
    """``text`` with Devanagari in Latin letters; the unspoken vowel at a word's end is left out."""
    return _HINDI_WORD.sub(lambda word: _hindi_word(word[0]), text).translate(_DIGITS).replace("।", ".")


def _hindi_word(word: str) -> str:
    made: list[str] = []
    spoken = False  # the last letter was a consonant, whose vowel is not settled yet
    for letter in word.replace(_NUKTA, ""):
        if letter in _CONSONANTS:
            made.append(("a" if spoken else "") + _CONSONANTS[letter])
            spoken = True
        elif letter == _VIRAMA:
            spoken = False
        elif letter in _SIGNS:
            made.append(_SIGNS[letter])
            spoken = False
        else:
            made.append(("a" if spoken else "") + (_VOWELS.get(letter) or _MARKS.get(letter, letter)))
            spoken = False
    return "".join(made)


ROMANISED: Final = {"ru": russian_in_latin, "hi": hindi_in_latin}
"""By language."""
