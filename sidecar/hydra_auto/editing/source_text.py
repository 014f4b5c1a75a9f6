"""Text with positions as the Language Server Protocol counts them, and as YAML counts them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from hydra_auto.adapters.yaml_document import BREAK

_LSP_BREAK = re.compile(r"\r\n|\n|\r")
_LAST_OF_BMP = "\uffff"


class Encoding(Enum):
    """What a column counts: bytes of UTF-8, units of UTF-16, or characters."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place as the protocol names it: line from 0, ``character`` from 0 in units of an encoding."""

    line: int
    character: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of characters of a text: offsets from 0, the end exclusive."""

    start: int
    end: int

    def touches(self, other: Span) -> bool:
        """Whether the two share a character or an edge."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace the characters of ``span`` by ``text``."""

    span: Span
    text: str


class SourceText:
    """An unchanging text that finds its lines once.

    Offsets count characters (code points) and always mean the whole text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in _LSP_BREAK.finditer(text))]
        self._yaml_starts = [0, *(found.end() for found in BREAK.finditer(text))]

    @property
    def line_count(self) -> int:
        """How many lines the protocol sees; at least one."""
        return len(self._starts)

    def line_at(self, offset: int) -> int:
        """The protocol's line, from 0, that holds ``offset``."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def line_span(self, line: int) -> Span:
        """One line without its break."""
        start = self._starts[line]
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self.text)
        return Span(start, start + len(self.text[start:end].rstrip("\r\n")))

    def position(self, offset: int, encoding: Encoding) -> Position:
        """Where ``offset`` is; one outside the text is moved to its nearest end."""
        offset = min(max(offset, 0), len(self.text))
        line = self.line_at(offset)
        return Position(line, units(self.text[self._starts[line] : offset], encoding))

    def offset(self, position: Position, encoding: Encoding) -> int:
        """The offset of a position.

        A line or character too large means the end, as the protocol has it; one inside a
        character means its beginning.
        """
        if position.line < 0:
            return 0
        if position.line >= len(self._starts):
            return len(self.text)
        span = self.line_span(position.line)
        line = self.text[span.start : span.end]
        return span.start + _characters(line, max(0, position.character), encoding)

    def yaml_offset(self, line: int, column: int) -> int:
        """Offset of a place as ``Problem`` and ``Origin`` name it: from 1, by YAML's line breaks."""
        if line < 1:
            return 0
        if line > len(self._yaml_starts):
            return len(self.text)
        return min(self._yaml_starts[line - 1] + max(0, column - 1), len(self.text))

    def changed(self, edits: Iterable[Edit]) -> str:
        """The text after all ``edits``, whose spans are those of this text and do not overlap."""
        parts, end = [], 0
        for edit in sorted(edits, key=lambda edit: edit.span):
            parts += [self.text[end : edit.span.start], edit.text]
            end = edit.span.end
        return "".join([*parts, self.text[end:]])


def units(text: str, encoding: Encoding) -> int:
    """Length of ``text`` in units of ``encoding``."""
    if encoding is Encoding.UTF32 or text.isascii():
        return len(text)
    if encoding is Encoding.UTF16:
        return len(text) + sum(c > _LAST_OF_BMP for c in text)
    return len(text.encode("utf-8", "surrogatepass"))


def _characters(line: str, wanted: int, encoding: Encoding) -> int:
    if encoding is Encoding.UTF32 or line.isascii():
        return min(wanted, len(line))
    seen = 0
    for index, character in enumerate(line):
        seen += units(character, encoding)
        if seen > wanted:
            return index
    return len(line)
