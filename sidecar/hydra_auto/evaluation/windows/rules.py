"""What is kept of a text that is longer than the window: rules as pure functions from text and ids to ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hydra_auto.adapters.fenced_blocks import with_short_blocks
from hydra_auto.adapters.text_window import (
    KEPT_LINES,
    SPECIAL_TOKENS,
    Tokenise,
    head_and_tail,
    readable_part,
)
from hydra_auto.evaluation.windows.own_words import own_words

Cut = Callable[[Sequence[int], int], list[int]]
"""From ids, with the special tokens at both ends, and the size of a window to the ids in the window."""
Part = Callable[[str, int], str]
"""From a text and the size of a window to what of the text is tokenised at all."""

_QUARTERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to fit a long text into a window.

    Attributes:
        parts: The first of which the ids fit is read; the last one is cut where none does.
        cut: What is read of ids that do not fit.
    """

    name: str
    parts: tuple[Part, ...]
    cut: Cut


def reading(rule: Rule, text: str, max_tokens: int, tokenise: Tokenise) -> list[int]:
    """Ids that the encoder reads of ``text``: all, if they fit; else what the rule leaves, at most so many.

    Args:
        rule: The rule.
        text: Any text.
        max_tokens: Size of the window, special tokens included; at least 8.
        tokenise: The encoder's.
    """
    ids = tokenise(text)
    for part in rule.parts:
        if len(ids) <= max_tokens:
            break
        ids = tokenise(part(text, max_tokens))
    return rule.cut(ids, max_tokens)


def parted(tail_quarters: int) -> Cut:
    """Keeps head and tail, so many quarters of the window from the end: 0 the head only, 4 the tail only.

    The special tokens at the ends stay in every case.
    """

    def cut(ids: Sequence[int], max_tokens: int) -> list[int]:
        if len(ids) <= max_tokens:
            return list(ids)
        tail = min(max_tokens - 1, max(1, max_tokens * tail_quarters // _QUARTERS))
        return [*ids[: max_tokens - tail], *ids[-tail:]]

    return cut


def middle(ids: Sequence[int], max_tokens: int) -> list[int]:
    """Keeps the middle, as much left out before it as after it, between the special tokens."""
    if len(ids) <= max_tokens:
        return list(ids)
    inside = max_tokens - SPECIAL_TOKENS
    start = (len(ids) - inside) // 2
    return [ids[0], *ids[start : start + inside], ids[-1]]


def _whole(text: str, _max_tokens: int) -> str:
    return text


def _as_served(text: str, max_tokens: int) -> str:
    return readable_part(text, max_tokens)[0]


def _shortened(shorten: Callable[[str, int], str]) -> tuple[Part, ...]:
    """The served part of a text, then of it with as many lines of each paste as fit."""

    def shortened(kept_lines: int) -> Part:
        return lambda text, max_tokens: _as_served(shorten(text, kept_lines), max_tokens)

    return (_as_served, *map(shortened, KEPT_LINES))


SERVED: Final = Rule(name="fences short, then 3:1", parts=_shortened(with_short_blocks), cut=head_and_tail)
"""What `adapters.text_window.window_ids` does."""
RULES: Final = (
    SERVED,
    Rule(name="own words, then 3:1", parts=_shortened(own_words), cut=head_and_tail),
    Rule(name="head and tail 3:1", parts=(_as_served,), cut=head_and_tail),
    Rule(name="head and tail 1:1", parts=(_whole,), cut=parted(2)),
    Rule(name="head and tail 1:3", parts=(_whole,), cut=parted(3)),
    Rule(name="head", parts=(_whole,), cut=parted(0)),
    Rule(name="middle", parts=(_whole,), cut=middle),
    Rule(name="tail", parts=(_whole,), cut=parted(4)),
)
"""The served rule first."""
