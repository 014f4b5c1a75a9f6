"""What of a text the encoder reads: the one cutting rule, used in training and at inference.

Of a text that does not fit, fenced blocks are shortened first, so that the user's own words between them are
read; then head and tail are kept, 3:1: people say what they want first, and once more after the paste. The
annotators, too, read the first 980 and the last 420 characters of a long message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hydra_auto.adapters.fenced_blocks import with_short_blocks

Tokenise = Callable[[str], Sequence[int]]
"""From a text to its ids, special tokens included."""

KEPT_LINES: Final = (8, 2)
"""At each end of a fenced block: the first number with which a text fits, or the last one."""
SPECIAL_TOKENS: Final = 2  # one at each end
_TAIL_PART: Final = 4  # a quarter of the window
_CHARACTERS_PER_TOKEN: Final = 32
_MOST_SHORTENED: Final = 500_000  # characters; looking for fences takes time on every line


def window_ids(text: str, max_tokens: int, tokenise: Tokenise) -> tuple[list[int], int]:
    """What the encoder reads of ``text``.

    Args:
        text: Any text.
        max_tokens: Size of the window, special tokens included; at least 8.
        tokenise: The encoder's; sees at most 32 characters a token of the window.

    Returns:
        Ids in the window, and the tokens of the whole text; of a text so long that only parts of it are
        tokenised, an estimate.
    """
    part, share = readable_part(text, max_tokens)
    ids = tokenise(part)
    tokens = round(len(ids) / share)
    for kept_lines in KEPT_LINES if len(text) <= _MOST_SHORTENED else ():
        if len(ids) <= max_tokens or (shorter := with_short_blocks(text, kept_lines)) == text:
            break
        ids = tokenise(readable_part(shorter, max_tokens)[0])
    return head_and_tail(ids, max_tokens), tokens


def head_and_tail(ids: Sequence[int], max_tokens: int) -> list[int]:
    """At most ``max_tokens`` of ``ids``: three quarters from the start, the rest from the end.

    Args:
        ids: Token ids with the special tokens at both ends, which stay.
        max_tokens: Size of the window, special tokens included; at least 8.
    """
    if len(ids) <= max_tokens:
        return list(ids)
    tail = max_tokens // _TAIL_PART
    return [*ids[: max_tokens - tail], *ids[-tail:]]


def valid_unicode(text: str) -> str:
    """``text`` with surrogate pairs joined and every lone surrogate replaced by U+FFFD.

    Python strings that came out of JSON can hold lone surrogates; the tokenizer refuses them.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def readable_part(text: str, max_tokens: int) -> tuple[str, float]:
    """Cuts what surely lies outside the window before the tokenizer, whose time grows with length, sees it.

    Args:
        text: Any text.
        max_tokens: Size of the window.

    Returns:
        The text, or its first and last parts of ``16 * max_tokens`` characters each (runs of white space
        count as one character, because the tokenizer merges them), and the share of characters kept, in
        (0, 1].
    """
    part = _CHARACTERS_PER_TOKEN // 2 * max_tokens
    if len(text) <= 2 * part:
        return text, 1.0
    # White space is merged on a bounded part only: enough for a paste that is mostly indentation.
    head = " ".join(text[: 8 * part].split())[:part]
    tail = " ".join(text[-8 * part :].split())[-part:]
    return f"{head} {tail}", 2 * part / len(text)
