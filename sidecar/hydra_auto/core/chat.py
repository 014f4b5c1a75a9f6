"""Taking the user's words out of what an editor's chat sends (DESIGN.md section 2).

The chat view wraps the prompt (``<userRequest>`` in Agent mode, ``<prompt>`` in Ask mode) and surrounds it
with environment, attachments and reminders. The words are scored; the harness is not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of the request.

    Attributes:
        text: Its text parts, joined; may be left empty for other roles than the user's.
        chars: Length of everything that it holds, tool calls and results included.
        images: How many images.
        tool_results: How many results of tool calls.
    """

    role: Role
    text: str = ""
    chars: int = 0
    images: int = 0
    tool_results: int = 0


CHARS_PER_TOKEN = 3.5
"""Code and prose as chat models count them, rounded to the safe side (fewer characters, more tokens)."""
TOKENS_PER_IMAGE = 1_500
"""About what the large vendors bill for a full-size image."""

_CHAT_VIEW = "github.copilot-chat"
_WRAPPERS = ("userRequest", "prompt")
# Harness blocks as the built-in chat and common agents write them; each starts on a line of its own.
_HARNESS = (
    "attachment",
    "attachments",
    "context",
    "editorContext",
    "environment_info",
    "instructions",
    "reminder",
    "reminderInstructions",
    "repoMemory",
    "sessionMemory",
    "userMemory",
    "system-reminder",
    "system_reminder",
    "toolReferences",
    "tool_references",
    "workspace_info",
    "environment_details",
    "conversation-summary",
)
_TAGS = "|".join(_HARNESS)
_OPENING = re.compile(rf"^[ \t]*<({_TAGS})(?:\s[^>\n]*)?>", re.MULTILINE)
_FILE_PATH = re.compile(r'\sfilePath="([^"\n]+)"')
_FILE_ID = re.compile(r'\sid="file:([^"\n]+)"')
_CLOSING = re.compile(rf"</({_TAGS})>[ \t]*$", re.MULTILINE)


def unwrap(text: str) -> str:
    """The user's own words in one message; empty if the message is all harness."""
    bare = _without_harness(text)
    for tag in _WRAPPERS:
        opening = re.search(rf"^[ \t]*<{tag}>", bare, re.MULTILINE)
        end = bare.rfind(f"</{tag}>")
        if opening and end >= opening.end():
            return bare[opening.end() : end].strip()
    return bare.strip()


def _without_harness(text: str) -> str:
    """``text`` without its harness blocks; one pass, since what is attached may be long and hostile."""
    ends: dict[str, list[int]] = {}
    for closing in _CLOSING.finditer(text):
        ends.setdefault(closing[1], []).append(closing.end())
    kept: list[str] = []
    at = 0
    for opening in _OPENING.finditer(text):
        own = ends.get(opening[1], [])
        end = bisect_right(own, opening.end())
        if opening.start() >= at and end < len(own):  # else it lies inside a block, or is never closed
            kept.append(text[at : opening.start()])
            at = own[end]
    return "".join([*kept, text[at:]])


def user_words(messages: Sequence[ChatMessage]) -> str:
    """Words of the newest user message that has any; empty if none has.

    Later steps of an agent turn end in tool results without text, hence the look back.
    """
    spoken = (unwrap(m.text) for m in reversed(messages) if m.role is Role.USER)
    return next((words for words in spoken if words), "")


def attached_files(messages: Sequence[ChatMessage]) -> tuple[str, ...]:
    """Paths of the files attached to the newest user message that has words, as the chat view writes them.

    They may be absolute, or a bare name.
    """
    newest = next((m.text for m in reversed(messages) if m.role is Role.USER and unwrap(m.text)), "")
    found = []
    for opening in _OPENING.finditer(newest):
        if opening[1] == "attachment":
            named = _FILE_PATH.search(opening[0]) or _FILE_ID.search(opening[0])
            found += [named[1]] if named else []
    return tuple(dict.fromkeys(found))


def turn_texts(messages: Sequence[ChatMessage]) -> tuple[str, ...]:
    """All words of the user so far, oldest first: the same for every step of one agent turn."""
    spoken = (unwrap(m.text) for m in messages if m.role is Role.USER)
    return tuple(words for words in spoken if words)


def is_later_step(messages: Sequence[ChatMessage]) -> bool:
    """Whether the request goes on with a turn: something follows the user's newest words."""
    for message in reversed(messages):
        if message.role is Role.ASSISTANT or message.tool_results:
            return True
        if message.role is Role.USER and unwrap(message.text):
            return False
    return False


def is_utility(messages: Sequence[ChatMessage], *, tools: int, initiator: str | None) -> bool:
    """Whether the chat view asks for itself (a title, a progress message), not the user.

    Its utility requests offer no tools and do not wrap the prompt, as it does with the user's own.
    """
    newest = next((m.text for m in reversed(messages) if m.role is Role.USER and m.text.strip()), "")
    wrapped = any(re.search(rf"^[ \t]*<{tag}>", newest, re.MULTILINE) for tag in _WRAPPERS)
    return initiator == _CHAT_VIEW and tools == 0 and not wrapped


def has_image(messages: Sequence[ChatMessage]) -> bool:
    """Whether the chosen model must read an image anywhere in the conversation."""
    return any(m.images for m in messages)


def context_tokens(messages: Sequence[ChatMessage]) -> int:
    """Estimated tokens of the whole conversation."""
    chars = sum(max(m.chars, len(m.text)) for m in messages)
    return round(chars / CHARS_PER_TOKEN) + TOKENS_PER_IMAGE * sum(m.images for m in messages)
