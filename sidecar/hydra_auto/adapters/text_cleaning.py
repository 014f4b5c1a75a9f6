"""Undoing tricks with characters before a text is scored: what looks like a word is read as that word.

The tokenizer folds what NFKC folds (full width, mathematical letters). What is left over are characters that
nobody sees, marks drawn through letters, and letters of another script that look like ours: each cuts a
word into odd pieces, and odd pieces sound hard to the encoder. Ordinary text of any language passes as it is:
hardly any text of the shared data changes, so what the encoder learnt still holds.
"""
# ruff: noqa: RUF001 - lookalike letters are meant

from __future__ import annotations

import re
import unicodedata
from typing import Final

from hydra_auto.adapters.text_window import valid_unicode
from hydra_auto.adapters.usual_writing import usual_writing

# Characters without a shape in any language: direction controls, invisible operators, soft hyphen, fillers,
# tags, and control characters other than white space.
_NEVER_SEEN: Final = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\uffa0\U000e0000-\U000e007f]"
)
_MARKS: Final = "\u0300-\u036f\u20d0-\u20f0"
_ALPHABETS: Final = "0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f"  # Latin, Greek, Cyrillic
# Zero-width spaces and joiners, and variation selectors, mean something in other scripts and in emoji, but
# nothing after a letter of these, unless a letter of another script follows.
_ZERO_WIDTH: Final = re.compile(
    f"(?<=[{_ALPHABETS}{_MARKS}])[\u200b-\u200d\ufe00-\ufe0f\ufeff]+(?![^\x00-\x7f{_ALPHABETS}{_MARKS}])"
)
# What stays apart from a Latin letter after composition is drawn over or through it.
_OVERLAID: Final = re.compile(f"(?<=[A-Za-z\u00c0-\u024f\u1e00-\u1eff])[{_MARKS}]+")
_MIXABLE: Final = re.compile("[A-Za-z\u0391-\u03c9\u0400-\u04ff]+")
_LATIN: Final = re.compile("[A-Za-z]")
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")

_LATIN_OF_CYRILLIC: Final = dict(
    zip(map(ord, "АВСЕНІЈКМОРЅТХУасеһіјорѕху"), "ABCEHIJKMOPSTXYacehijopsxy", strict=True)
)
_LATIN_OF_GREEK: Final = dict(zip(map(ord, "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧον"), "ABEZHIKMNOPTYXov", strict=True))
_TO_LATIN: Final = _LATIN_OF_CYRILLIC | _LATIN_OF_GREEK
# The other way round only letters that Russian, Ukrainian or Bulgarian have.
_TO_CYRILLIC: Final = {
    ord(latin): chr(cyrillic) for cyrillic, latin in _LATIN_OF_CYRILLIC.items() if latin not in "SsJjh"
}
_SMALL_CAPITALS: Final = dict(
    zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"), "abcdefghijklmnoprstuvwyz", strict=True)
)


def cleaned(text: str) -> str:
    """``text`` as the encoder reads it: valid Unicode, plain characters, written the usual way."""
    return usual_writing(plain_characters(valid_unicode(text)))


def plain_characters(text: str) -> str:
    """``text`` without invisible characters, overlaid marks and lookalike letters.

    Letters of two scripts within one word become one script, if every letter of the other script has a
    lookalike; a word of Cyrillic lookalikes only becomes Latin, if the text has no other Cyrillic word.

    Args:
        text: Valid Unicode.
    """
    if text.isascii() and text.isprintable():
        return text
    seen = _NEVER_SEEN.sub("", text)
    if seen.isascii():
        return seen
    seen = _ZERO_WIDTH.sub("", seen.translate(_SMALL_CAPITALS))
    if _OVERLAID.search(seen):
        seen = _OVERLAID.sub("", unicodedata.normalize("NFC", seen))
    return _one_script_a_word(seen)


def _one_script_a_word(text: str) -> str:
    words = [word for word in _MIXABLE.findall(text) if not word.isascii()]
    # A word of another script that is no disguise: lookalikes beside it are letters of that script.
    is_foreign = any(not _LATIN.search(word) and not word.translate(_TO_LATIN).isascii() for word in words)

    def fold(found: re.Match[str]) -> str:
        word = found[0]
        if word.isascii() or (not _LATIN.search(word) and (is_foreign or not _CYRILLIC.search(word))):
            return word
        latin = word.translate(_TO_LATIN)
        if latin.isascii():
            return latin
        cyrillic = word.translate(_TO_CYRILLIC)
        return word if _LATIN.search(cyrillic) or not _CYRILLIC.search(word) else cyrillic

    return _MIXABLE.sub(fold, text) if words else text
