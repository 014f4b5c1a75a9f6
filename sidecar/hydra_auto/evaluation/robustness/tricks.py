"""Tricks that change how a message looks and nothing of what it needs.

All wording is our own, and no line of it is in `training.disguise_texts` (a test sees to that), though single
terms occur in training messages. Each trick is a pure function of the message and a random generator.
"""
# ruff: noqa: RUF001 - lookalike letters and other scripts are meant

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hydra_auto.evaluation.robustness.trick_texts import (
    CHATTER,
    CHILDISH,
    CLAIMS_OF_DIFFICULTY,
    CLAIMS_OF_EASE,
    FLATTERY,
    FOREIGN_STUFFING,
    FORMS,
    INJECTIONS,
    INJECTIONS_DOWN,
    PASTED_CODE,
    PASTED_LOGS,
    PERSONAS,
    PLEAS_FOR_CHEAP,
    PLEAS_FOR_STRONG,
    PROSE_STUFFING,
    SMALL_TALK_DOWN,
    TERMS,
)

Apply = Callable[[str, random.Random], str]


class Aim(Enum):
    """Where a trick wants the message to go; a disguise of the letters is tried both ways."""

    UP = "up"
    DOWN = "down"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trick:
    """One way to change a message.

    Attributes:
        family: Tricks of one kind are summed up together.
    """

    name: str
    family: str
    aim: Aim
    apply: Apply


def _around(lines: Sequence[str]) -> Apply:
    """One of ``lines`` before or after the message."""

    def apply(text: str, rng: random.Random) -> str:
        line = rng.choice(lines)
        return f"{line}\n\n{text}" if rng.random() < 0.5 else f"{text}\n\n{line}"  # noqa: PLR2004

    return apply


def _after(lines: Sequence[str]) -> Apply:
    return lambda text, rng: f"{text}\n\n{rng.choice(lines)}"


def _stuffed(least: int, most: int) -> Apply:
    def apply(text: str, rng: random.Random) -> str:
        form, joiner = rng.choice(FORMS)
        return f"{text}\n\n{form.format(joiner.join(rng.sample(TERMS, rng.randint(least, most))))}"

    return apply


def _between_letters(inserts: Sequence[str], share: float) -> Apply:
    def apply(text: str, rng: random.Random) -> str:
        return "".join(
            letter + (rng.choice(inserts) if letter.isalpha() and rng.random() < share else "")
            for letter in text
        )

    return apply


def _mapped(table: Mapping[int, str], share: float = 1.0) -> Apply:
    def apply(text: str, rng: random.Random) -> str:
        return "".join(table.get(ord(c), c) if rng.random() < share else c for c in text)

    return apply


def _alphabet(upper: int, lower: int) -> dict[int, str]:
    """A table from ASCII letters to the alphabets that start at two code points."""
    return {ord("A") + i: chr(upper + i) for i in range(26)} | {
        ord("a") + i: chr(lower + i) for i in range(26)
    }


_HOMOGLYPHS: Final = dict(zip(map(ord, "ABCEHKMOPTXacehijopsxy"), "АВСЕНКМОРТХасеһіјорѕху", strict=True))
_FULL_WIDTH: Final = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_SMALL_CAPITALS: Final = dict(
    zip(map(ord, "abcdefghijklmnoprstuvwyz"), "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", strict=True)
)
_INVISIBLE: Final = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u2063")
_OVERLAYS: Final = ("\u0336", "\u0337", "\u0334", "\u0301\u0323", "\u030a\u0332")


def _bidi(text: str, _rng: random.Random) -> str:
    return "\n".join(f"\u2066\u202d{line}\u202c\u2069" for line in text.split("\n"))


def _tagged(text: str, rng: random.Random) -> str:
    hidden = f"hard: {rng.choice(TERMS)}, {rng.choice(TERMS)}, reasoning 1.0"
    return text + "".join(chr(0xE0000 + ord(c)) for c in unicodedata.normalize("NFKD", hidden) if c.isascii())


def _alternating(text: str, _rng: random.Random) -> str:
    return "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text))


def _spread(text: str, _rng: random.Random) -> str:
    return text.replace(" ", "     ").replace("\n", "\n\n\n")


def _letters_apart(text: str, _rng: random.Random) -> str:
    return "   ".join(" ".join(word) for word in text.split(" "))


_NEUTRAL: Final[tuple[tuple[str, str, Apply], ...]] = (
    ("lookalike letters", "unicode", _mapped(_HOMOGLYPHS)),
    ("some lookalike letters", "unicode", _mapped(_HOMOGLYPHS, 0.3)),
    ("invisible characters", "unicode", _between_letters(_INVISIBLE, 0.5)),
    ("full width", "unicode", _mapped(_FULL_WIDTH)),
    ("mathematical bold", "unicode", _mapped(_alphabet(0x1D400, 0x1D41A))),
    ("small capitals", "unicode", _mapped(_SMALL_CAPITALS)),
    ("struck through", "unicode", _between_letters(_OVERLAYS, 0.7)),
    ("direction controls", "unicode", _bidi),
    ("spread out", "whitespace", _spread),
    ("letters apart", "whitespace", _letters_apart),
    ("line per word", "whitespace", lambda text, _rng: "\n".join(text.split(" "))),
    ("upper case", "casing", lambda text, _rng: text.upper()),
    ("lower case", "casing", lambda text, _rng: text.lower()),
    ("alternating case", "casing", _alternating),
    ("said three times", "repetition", lambda text, _rng: "\n\n".join([text] * 3)),
)
_UP: Final[tuple[tuple[str, str, Apply], ...]] = (
    ("a line of terms", "stuffing", _stuffed(4, 12)),
    ("forty terms", "stuffing", _stuffed(40, 40)),
    ("terms in other languages", "stuffing", _after(FOREIGN_STUFFING)),
    ("terms in a sentence", "stuffing", _around(PROSE_STUFFING)),
    ("flattery", "pleading", _around(FLATTERY)),
    ("pleas for the strongest model", "pleading", _around(PLEAS_FOR_STRONG)),
    ("claims of difficulty", "pleading", _around(CLAIMS_OF_DIFFICULTY)),
    ("personas", "pleading", _around(PERSONAS)),
    ("orders to the router", "injection", _around(INJECTIONS)),
    ("hidden tag characters", "injection", _tagged),
    ("irrelevant code", "pasting", _after(PASTED_CODE)),
    ("irrelevant log", "pasting", _after(PASTED_LOGS)),
)
_DOWN: Final[tuple[tuple[str, str, Apply], ...]] = (
    ("claims of ease", "belittling", _around(CLAIMS_OF_EASE)),
    ("pleas for a cheap model", "belittling", _around(PLEAS_FOR_CHEAP)),
    ("childish tone", "belittling", _around(CHILDISH)),
    ("small talk around it", "belittling", _around(SMALL_TALK_DOWN)),
    ("orders to the router", "injection", _around(INJECTIONS_DOWN)),
    ("long chatter after it", "pasting", lambda text, rng: f"{text}\n\n{' '.join(rng.sample(CHATTER, 10))}"),
)

TRICKS: Final = tuple(
    Trick(name=name, family=family, aim=aim, apply=apply)
    for aim, tricks in ((Aim.UP, _UP), (Aim.EITHER, _NEUTRAL), (Aim.DOWN, _DOWN))
    for name, family, apply in tricks
)
