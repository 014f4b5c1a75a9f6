"""Long pastes around a question: code and output from other real messages, where a user may put them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hydra_auto.adapters.fenced_blocks import fenced_blocks
from hydra_auto.training.annotations import Item

PASTE_TOKENS: Final = 5_000
SHORTEST: Final = 300  # characters of a block that is worth pasting
_BOUNDARY: Final = re.compile(r"(?<=[.!?:;,])\s+|\n+")


class Arrangement(Enum):
    """Where the question stands."""

    BEFORE = "question before"
    AFTER = "question after"
    BOTH_SIDES = "half before, half after"
    MIDDLE = "between two halves of the paste"


class Dressing(Enum):
    """How the paste is marked."""

    FENCED = "fenced"
    BARE = "no fence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Code or output that someone has pasted.

    Attributes:
        group: Conversation or problem it is from.
        tokens: How many tokens it has.
    """

    text: str
    group: str
    tokens: int


def blocks_of(items: Iterable[Item], count: Callable[[str], int]) -> list[Block]:
    """Fenced blocks of at least `SHORTEST` characters, each distinct one once.

    Args:
        items: Real messages.
        count: Tokens of a text.
    """
    found: dict[str, str] = {}
    for item in items:
        for text in fenced_blocks(item.text):
            if len(text.strip()) >= SHORTEST:
                found.setdefault(text.strip("\n"), item.group)
    return [Block(text=text, group=group, tokens=count(text)) for text, group in found.items()]


def paste_for(group: str, blocks: Sequence[Block], tokens: int, rng: random.Random) -> list[str]:
    """Blocks of other groups than ``group``, at least ``tokens`` in all; empty if there are none.

    They recur only after each has been taken.
    """
    others = [block for block in blocks if block.group != group and block.tokens > 0]
    taken: list[str] = []
    left = tokens
    while others and left > 0:
        for block in rng.sample(others, len(others)):
            if left > 0:
                taken.append(block.text)
                left -= block.tokens
    return taken


def arranged(question: str, paste: Sequence[str], arrangement: Arrangement, dressing: Dressing) -> str:
    """The message: question and paste, blank lines between."""

    def dressed(blocks: Sequence[str]) -> str:
        text = "\n\n".join(blocks)
        return f"```\n{text}\n```" if text and dressing is Dressing.FENCED else text

    first, second = halves(question)
    half = len(paste) // 2
    parts = {
        Arrangement.BEFORE: [question, dressed(paste)],
        Arrangement.AFTER: [dressed(paste), question],
        Arrangement.BOTH_SIDES: [first, dressed(paste), second],
        Arrangement.MIDDLE: [dressed(paste[:half]), question, dressed(paste[half:])],
    }[arrangement]
    return "\n\n".join(part for part in parts if part)


def halves(question: str) -> tuple[str, str]:
    """``question`` in two, at the end of the sentence, clause or line that is nearest to its middle.

    Where there is none it is cut between two words, or not at all.
    """
    text = question.strip()
    places = [found.span() for found in _BOUNDARY.finditer(text)]
    places = places or [found.span() for found in re.finditer(r"\s+", text)]
    if not places:
        return text, ""
    end, start = min(places, key=lambda place: abs(place[0] - len(text) / 2))
    return text[:end], text[start:]
