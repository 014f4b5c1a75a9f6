"""What of a text the encoder reads: the one cutting rule, used in training and at inference.

Head and tail are kept, 3:1: people say what they want first, and once more after the paste. The annotators,
too, read the first 980 and the last 420 characters of a long message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SPECIAL_TOKENS: Final = 2  # one at each end
_TAIL_PART: Final = 4  # a quarter of the window
_CHARACTERS_PER_TOKEN: Final = 32


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
