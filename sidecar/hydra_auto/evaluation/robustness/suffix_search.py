"""An attacker who knows the encoder: a suffix of words, found by greedy coordinate search against it.

He may score as many texts as the budget allows and sees all four numbers; gradients are not used, so that the
shipped ONNX encoder itself is attacked, whichever it is. One word of the suffix at
a time is tried against random words of a list, and the best stays.
"""

# ruff: noqa: SIM905 - word lists read better

from __future__ import annotations

import collections
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hydra_auto.evaluation.robustness.trick_texts import TERMS
from hydra_auto.evaluation.sentences import STOPS, parts
from hydra_auto.training.annotations import ENGLISH, Item

_STARTS: Final = 8  # random suffixes that the search begins with the best of
_TRIED: Final = 8  # words tried at one place before the next one's turn
_TAKEN: Final = 300  # words of the easiest or hardest items
_LEAST_ITEMS: Final = 5
_ATTACKED_PARTS: Final = 2
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_-]{3,}")
# Things that are no terms of the trade and may still move an encoder.
_OTHERS: Final = (
    *"why how because therefore across every all without must exactly concurrent unknown".split(),
    *"intermittent then after before end-to-end production correctness invariant worst-case".split(),
    *"##### ``` !!! ??? >>> => /* */ \\n TODO FIXME O(n^2) 0x7fff".split(),
)
# Small words and small tasks, for the way down.
_SMALL: Final = (
    *"thanks please hello hi ok yes no cheers just simply only tiny small quick trivial easy obvious".split(),
    *"typo rename comment title colour synonym translate word sentence emoji greeting lunch weekend".split(),
    *"one-liner already done nevermind anyway :) ... \u2764 1 + 2".split(),
)

Objective = Callable[[Sequence[str]], Sequence[float]]
"""What the attacker wants large, one number a text."""
Placement = Callable[[str, str], str]
"""Where words go in a message: an attacked message of the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """How hard the attacker tries.

    Attributes:
        words: Length of the suffix.
        budget: Texts scored at most, over all messages of the search.
    """

    words: int = 8
    budget: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffix:
    """What a search found.

    Attributes:
        gain: Mean of the objective with the suffix less without it.
        scored: Texts that were scored for it.
    """

    text: str
    gain: float
    scored: int


def with_suffix(message: str, suffix: str) -> str:
    """The attacked message."""
    return f"{message}\n{suffix}"


def within_sentences(message: str, words: str) -> str:
    """The words at the end of each of the first two sentences or lines, before the closing stop.

    Who reads only a part of the message still reads them, if the first or the second sentence is in it.
    """
    found = parts(message)
    attacked = [_with_words(part, words) for part in found[:_ATTACKED_PARTS]]
    return "".join([*attacked, *found[_ATTACKED_PARTS:]])


def _with_words(part: str, words: str) -> str:
    plain = part.rstrip()
    stem = plain.rstrip(STOPS)
    return f"{stem} {words}{plain[len(stem) :]}{part[len(plain) :]}"


def attack_words(items: Iterable[Item]) -> list[str]:
    """Words to build suffixes of: terms, a few others, and the English words that hard items have most.

    Args:
        items: Annotated messages that the attacker knows: those of the train split.
    """
    means = _mean_needs(items)
    hard = sorted(means, key=lambda word: (-means[word], word))[:_TAKEN]
    return list(dict.fromkeys([*TERMS, *_OTHERS, *hard]))


def belittling_words(items: Iterable[Item]) -> list[str]:
    """The same for the way down: small words, and the English words that easy items have most."""
    means = _mean_needs(items)
    easy = sorted(means, key=lambda word: (means[word], word))[:_TAKEN]
    return list(dict.fromkeys([*_SMALL, *easy]))


def _mean_needs(items: Iterable[Item]) -> dict[str, float]:
    """Mean largest requirement of the items that have a word, by word."""
    needs: dict[str, list[float]] = collections.defaultdict(list)
    for item in items:
        for word in set(_WORD.findall(item.texts.get(ENGLISH, ""))):
            needs[word].append(max(item.requirements))
    return {w: sum(found) / len(found) for w, found in needs.items() if len(found) >= _LEAST_ITEMS}


def search(
    messages: Sequence[str],
    objective: Objective,
    words: Sequence[str],
    config: SearchConfig,
    rng: random.Random,
    place: Placement = with_suffix,
) -> Suffix:
    """The best suffix for ``messages`` within the budget; one message, or several at once.

    Args:
        messages: At least one.
        objective: Scores attacked messages.
        words: What suffixes are made of.
        config: Length and budget; a budget too small for two suffixes returns a random one.
        rng: Decides what is tried.
        place: Where the suffix goes; as one by default.
    """
    scored = 0

    def value(suffix: Sequence[str]) -> float:
        nonlocal scored
        scored += len(messages)
        found = objective([place(message, " ".join(suffix)) for message in messages])
        return sum(found) / len(messages)

    plain = objective(messages)
    tries = max(1, (config.budget - len(messages)) // len(messages))
    starts = [[rng.choice(words) for _ in range(config.words)] for _ in range(min(_STARTS, tries))]
    ranked = sorted(((value(start), i) for i, start in enumerate(starts)), reverse=True)
    best_value, best = ranked[0][0], starts[ranked[0][1]]
    left = tries - len(starts)
    spot = 0
    while left > 0:
        for word in rng.sample(list(words), min(_TRIED, left, len(words))):
            changed = [*best[:spot], word, *best[spot + 1 :]]
            if (found := value(changed)) > best_value:
                best_value, best = found, changed
            left -= 1
        spot = (spot + 1) % config.words
    gain = best_value - sum(plain) / len(messages)
    return Suffix(text=" ".join(best), gain=gain, scored=scored + len(messages))
