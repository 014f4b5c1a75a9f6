"""Finds where in the format a cursor stands, in text that need not be valid YAML yet.

One forward pass over the lines. It knows the YAML that people write in catalogs: block mappings and lists by
indentation, brackets, quotes, block scalars, comments. What it does not know, it takes for plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hydra_auto.editing.cursor import ITEM, Cursor, Slot
from hydra_auto.editing.source_text import SourceText, Span

_A_MODEL = ("models", ITEM)

_KEY = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"
    | '(?:[^']|'')*'
    | [^\s"'\#\[\]{},&*!|>%@`-][^\n\#]*?
    | -[^\s\#][^\n\#]*?
    )[ \t]*:(?=[ \t]|$)""",
    re.VERBOSE,
)
_AFTER_FLOW_KEY = ("", " ", "\t", ",", "}", "]")
_DASH = re.compile(r"-(?=[ \t]|$)[ \t]*")
_WORD_END = re.compile(r"[ \t]+\#|[ \t]*$")


def find_cursor(source: SourceText, offset: int) -> Cursor | None:
    """Where ``offset`` stands; None inside a comment or a block scalar."""
    return _Scanner(source=source, target=offset).run()


@dataclass
class _Frame:
    column: int
    path: tuple[str, ...]
    is_list: bool
    written: dict[str, str] = field(default_factory=dict)
    last: str = ""
    pending: bool = False  # a key was written, its value not yet

    @property
    def inner(self) -> tuple[str, ...]:
        """Path of the value that comes next."""
        return (*self.path, ITEM) if self.is_list else (*self.path, self.last)


@dataclass
class _Scanner:
    source: SourceText
    target: int
    block: list[_Frame] = field(default_factory=lambda: [_Frame(column=0, path=(), is_list=False)])
    flow: list[_Frame] = field(default_factory=list)
    flow_column: int = 0
    quote: str = ""
    scalar_column: int | None = None
    found: tuple[tuple[str, ...], Slot, Span, _Frame, bool] | None = None
    model: _Frame | None = None  # the one around what was found; more of it may be read later

    def run(self) -> Cursor | None:
        for number in range(self.source.line_count):
            self.line(self.source.line_span(number))
        if self.found is None:
            return None
        path, slot, word, frame, in_flow = self.found
        written = {} if frame.is_list else frame.written
        model = self.model.written.get("id") if self.model else None
        return Cursor(path=path, slot=slot, word=word, written=written, model=model, in_flow=in_flow)

    def find(
        self, path: tuple[str, ...], slot: Slot, word: Span, frame: _Frame, *, in_flow: bool = False
    ) -> None:
        """Take what is at the cursor; a word beside it is not to be replaced."""
        if not word.start <= self.target <= word.end:
            word = Span(self.target, self.target)
        self.found = (path, slot, word, frame, in_flow)
        around = (open_frame for open_frame in (*self.block, *self.flow) if open_frame.path == _A_MODEL)
        self.model = next(around, None) if path[:2] == _A_MODEL else None

    # lines

    def line(self, span: Span) -> None:
        text = self.source.text[span.start : span.end]
        indent = len(text) - len(text.lstrip(" \t\ufeff"))
        rest = text[indent:]
        if self.scalar_column is not None:
            if not rest or indent > self.scalar_column:
                return
            self.scalar_column = None
        if self.quote:
            self.flow_text(text, 0, span)
            return
        if self.flow:
            starts_block = _KEY.match(rest) or _DASH.match(rest)
            if not (starts_block and indent <= self.flow_column):  # else a bracket was never closed
                self.flow_text(text, indent, span)
                return
            self.flow.clear()
        if rest.startswith(("---", "...", "%")):
            return
        self.block_line(text, indent, span)

    def block_line(self, text: str, position: int, span: Span) -> None:
        after_dash = False
        while dash := _DASH.match(text, position):
            self.open_list(position)
            position = dash.end()
            after_dash = True
        key = _KEY.match(text, position)
        column = position
        if key is None:
            self.loose_word(text, position, span, after_dash=after_dash)
            return
        frame = self.open_mapping(column, after_dash=after_dash)
        colon = text.index(":", key.end() - 1)
        name = text[position:colon].strip().strip("\"'")
        if span.start + position <= self.target <= span.start + colon:
            word = Span(span.start + position, span.start + position + len(text[position:colon].rstrip()))
            self.find(frame.path, Slot.KEY, word, frame)
        frame.last = name
        start = colon + 1
        while start < len(text) and text[start] in " \t":
            start += 1
        end = _value_end(text, start)
        frame.written.setdefault(name, text[start:end].strip("\"'"))
        self.value(text, start, span, frame.inner, frame, cursor_from=colon + 1)

    def loose_word(self, text: str, position: int, span: Span, *, after_dash: bool) -> None:
        """A line, or what follows a dash, without a key: nothing yet, half a key, or a plain value."""
        opening = text[position : position + 1]
        if opening == "#":
            return
        blank = not opening
        on_line = span.start <= self.target <= span.end
        column = self.target - span.start if blank and not after_dash else position
        frame, path = self.around(column, after_dash=after_dash)
        if opening and opening in "{['\"|>":
            self.value(text, position, span, path, frame, cursor_from=position)
            return
        word = Span(span.start + position, span.start + _value_end(text, position))
        if blank or self.target < word.start:
            word = Span(self.target, self.target)
        if on_line and word.start <= self.target <= word.end:
            known = frame if frame.path == path and not frame.is_list else _Frame(0, path, is_list=False)
            self.find(path, Slot.KEY, word, known)

    # frames of the block

    def open_list(self, column: int) -> None:
        while len(self.block) > 1 and self.block[-1].column > column:
            self.block.pop()
        top = self.block[-1]
        if not (top.is_list and top.column == column):
            self.block.append(_Frame(column=column, path=top.inner, is_list=True))

    def open_mapping(self, column: int, *, after_dash: bool) -> _Frame:
        self.close_until(column, after_dash=after_dash)
        top = self.block[-1]
        if (
            not after_dash
            and not top.is_list
            and (top.column == column or (len(self.block) == 1 and not top.last))
        ):
            top.column = column
            return top
        if not top.is_list and top.column == column:
            return top
        frame = _Frame(column=column, path=top.inner, is_list=False)
        self.block.append(frame)
        return frame

    def close_until(self, column: int, *, after_dash: bool) -> None:
        while len(self.block) > 1:
            top = self.block[-1]
            if top.column > column or (top.is_list and top.column == column and not after_dash):
                self.block.pop()
            else:
                return

    def around(self, column: int, *, after_dash: bool) -> tuple[_Frame, tuple[str, ...]]:
        """The frame that something at ``column`` would go into, and the path there; nothing is opened."""
        frames = list(self.block)
        while len(frames) > 1 and (
            frames[-1].column > column
            or (frames[-1].is_list and frames[-1].column == column and not after_dash)
        ):
            frames.pop()
        top = frames[-1]
        if not top.is_list and (top.column == column or (len(frames) == 1 and not top.last)):
            return top, top.path
        if not top.is_list and not top.last:
            return top, top.path
        return top, top.inner

    # values

    def value(
        self, text: str, start: int, span: Span, path: tuple[str, ...], frame: _Frame, *, cursor_from: int
    ) -> None:
        opening = text[start : start + 1]
        if opening in ("|", ">"):
            self.scalar_column = self.block[-1].column
            return
        if opening in ("{", "["):
            self.flow_column = self.block[-1].column
            self.flow.append(_Frame(column=0, path=path, is_list=opening == "["))
            if self.target == span.start + start:
                self.find(path, Slot.VALUE, Span(self.target, self.target), frame)
            self.flow_text(text, start + 1, span)
            return
        end = _value_end(text, start)
        if opening == "#":
            start = end = min(cursor_from + 1, start)
        elif opening in ("'", '"') and opening and _closing(text, start) is None:
            end = len(text)
        at = self.target - span.start
        if cursor_from <= at <= max(end, start):
            self.find(path, Slot.VALUE, Span(span.start + start, span.start + end), frame)

    # brackets

    def flow_text(self, text: str, position: int, span: Span) -> None:
        """Walk over text inside brackets; what is left of the line after the last one is not looked at."""
        start = position  # of the word that is being read
        while position < len(text) and (self.flow or self.quote):
            character = text[position]
            if self.quote:
                escaped = character == "\\" and self.quote == '"'
                position += 2 if escaped else 1
                self.quote = "" if character == self.quote else self.quote
                continue
            if character in "'\"" and not text[start:position].strip():
                self.quote = character
            elif character == "#" and (position == 0 or text[position - 1] in " \t"):
                self.flow_word(text, start, position, span)
                return
            elif character in ",{}[]":
                self.flow_word(text, start, position, span)
                self.flow_mark(character)
                start = position + 1
            elif character == ":" and text[position + 1 : position + 2] in self.after_flow_key:
                self.flow_key(text, start, position, span)
                start = position + 1
            position += 1
        if self.flow:
            self.flow_word(text, start, len(text), span)

    @property
    def after_flow_key(self) -> tuple[str, ...]:
        """What makes a colon that of a key; in a list ``vendor:`` is half of a pattern."""
        return (" ", "\t") if self.flow[-1].is_list else _AFTER_FLOW_KEY

    def flow_mark(self, character: str) -> None:
        """A comma or a bracket."""
        if character in "{[":
            path = self.flow[-1].inner
            self.flow.append(_Frame(column=0, path=path, is_list=character == "["))
        elif character == ",":
            self.flow[-1].pending = False
        else:
            self.flow.pop()

    def flow_key(self, text: str, start: int, end: int, span: Span) -> None:
        frame = self.flow[-1]
        word = _trimmed(text, start, end, span)
        if span.start + start <= self.target <= span.start + end and not frame.is_list:
            self.find(frame.path, Slot.KEY, word, frame, in_flow=True)
        frame.last, frame.pending = text[start:end].strip().strip("\"'"), True
        frame.written.setdefault(frame.last, "")

    def flow_word(self, text: str, start: int, end: int, span: Span) -> None:
        frame = self.flow[-1]
        word = _trimmed(text, start, end, span)
        is_value = frame.is_list or frame.pending
        if is_value and frame.pending and word.end > word.start:
            frame.written[frame.last] = self.source.text[word.start : word.end].strip("\"'")
        low, high = span.start + start, span.start + end
        if low <= self.target <= high:
            slot = Slot.VALUE if is_value else Slot.KEY
            path = frame.inner if is_value else frame.path
            self.find(path, slot, word, frame, in_flow=True)


def _trimmed(text: str, start: int, end: int, span: Span) -> Span:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    word = piece.strip()
    return Span(span.start + start + left, span.start + start + left + len(word))


def _closing(text: str, start: int) -> int | None:
    """Where a quoted text that begins at ``start`` ends, exclusive; None if not in this line."""
    quote, position = text[start], start + 1
    while position < len(text):
        if text[position] == "\\" and quote == '"':
            position += 1
        elif text[position] == quote:
            return position + 1
        position += 1
    return None


def _value_end(text: str, start: int) -> int:
    """Where a value of one line ends: before its comment and the blanks around."""
    if text[start : start + 1] in ("'", '"') and (end := _closing(text, start)) is not None:
        return end
    found = _WORD_END.search(text, start)
    return start if found is None else max(start, found.start())
