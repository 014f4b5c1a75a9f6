"""Disguises: words around a message that change how hard it sounds and nothing of what it needs.

Keyword stuffing moved 12 % of requests to the dearest model in the HyDRA paper. Here the training set shows
that lists of hard-sounding terms, personas, pleas, claims of difficulty or ease, pasted code that is not
asked about, and what editors, scripts and mails wrap around a message carry no requirement: it keeps its
numbers under any of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hydra_auto.training.annotations import ENGLISH, Item
from hydra_auto.training.disguise_texts import (
    DRESS_DOWN,
    DRESS_UP,
    JOINERS,
    LISTS,
    PASTE_NOTES,
    PASTES,
    TERMS,
    WRAPPERS,
)

_HALF: Final = 0.5
_WRAPPED: Final = 0.12  # share of disguises that wrap the message
_SPACED_CHARACTERS: Final = 120
_HARD: Final = 0.7  # largest requirement from which a message lends its phrases
_PHRASE_WORDS: Final = (2, 5)
_PHRASE_LETTERS: Final = (4, 10)  # in a script without spaces
_FENCED: Final = re.compile(r"```[\s\S]*?```")
_BLOCK_CHARACTERS: Final = (40, 700)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What disguises take from training messages.

    Attributes:
        phrases: By language, runs of two to five words out of hard messages (four to ten letters where a
            script has no spaces): how demanding messages sound.
        code: Fenced blocks of messages, easy or hard.
    """

    phrases: Mapping[str, tuple[str, ...]]
    code: tuple[str, ...]


def borrowed(items: Sequence[Item]) -> Borrowed:
    """Phrases of the hard ones among ``items``, and the code that any of them quotes."""
    phrases: dict[str, set[str]] = {}
    code: set[str] = set()
    low, high = _BLOCK_CHARACTERS
    for item in items:
        for language, text in item.texts.items():
            if max(item.requirements) >= _HARD:
                phrases.setdefault(language, set()).update(_phrases(text))
            if language == ENGLISH:
                code.update(block for block in _FENCED.findall(text) if low <= len(block) <= high)
    return Borrowed({k: tuple(sorted(v)) for k, v in sorted(phrases.items()) if v}, tuple(sorted(code)))


def _phrases(text: str) -> Iterator[str]:
    for part in re.split(r"[^\w\s'-]+|\n", text):
        words = part.split()
        low, high = _PHRASE_WORDS
        between = " "
        if len(words) < low and not part.isascii():
            words, between = list(part.strip()), ""
            low, high = _PHRASE_LETTERS
        for start in range(0, len(words) - low + 1, high):
            yield between.join(words[start : start + high])


def stuffing(rng: random.Random, phrases: Mapping[str, Sequence[str]]) -> str:
    """A line of 4 to 14 hard-sounding terms in a random form: ours, or ``phrases`` of one language."""
    source: Sequence[str] = TERMS
    if phrases and rng.random() < _HALF:
        english = ENGLISH in phrases and rng.random() < _HALF
        source = phrases[ENGLISH if english else rng.choice(sorted(phrases))]
    terms = rng.sample(source, min(len(source), rng.randint(4, 14)))
    return rng.choice(LISTS).format(rng.choice(JOINERS).join(terms))


def paste(rng: random.Random, code: Sequence[str] = ()) -> str:
    """Code or a log that has nothing to do with the message: ours, or of another message."""
    source = code if code and rng.random() < _HALF else PASTES
    return f"{rng.choice(PASTE_NOTES)}\n{rng.choice(source)}".strip()


def disguise(text: str, rng: random.Random, lent: Borrowed) -> str:
    """``text`` with one disguise before or after it, or wrapped."""
    if rng.random() < _WRAPPED:
        before, after = rng.choice(WRAPPERS)
        return f"{before}{text}{after}"
    kinds = (
        stuffing(rng, lent.phrases),
        rng.choice(DRESS_UP),
        rng.choice(DRESS_DOWN),
        paste(rng, lent.code),
    )
    words = rng.choices(kinds, (4, 2, 1, 2))[0]
    gap = rng.choice(("\n", "\n\n", " "))
    return f"{text}{gap}{words}" if rng.random() < _HALF else f"{words}{gap}{text}"


def _swapped(text: str, rng: random.Random) -> str:
    """``text`` with two neighbouring letters swapped."""
    place = rng.randrange(max(1, len(text) - 1))
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def surface(text: str, rng: random.Random) -> str:
    """``text`` typed otherwise: case, final punctuation, white space, a typo, or letters set apart."""
    ways: tuple[Callable[[], str], ...] = (
        text.lower,
        text.lower,
        text.upper,
        lambda: text.rstrip(" .!?。！？"),  # noqa: RUF001 - other scripts' punctuation is meant
        lambda: f"  {text}\n",
        lambda: "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text)),
        lambda: " ".join(text) if len(text) <= _SPACED_CHARACTERS else _swapped(text, rng),
        lambda: _swapped(text, rng),
    )
    return rng.choice(ways)()
