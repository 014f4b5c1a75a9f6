"""Indentation and spacing of a catalog file made uniform; comments and content stay.

Only what lies between the tokens of YAML is rewritten, so that every scalar and every comment is kept as it
is. The result is read again, and if it does not say the same as before, nothing is changed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import yaml

from hydra_auto.adapters.yaml_document import MAX_BYTES, Unreadable, compose
from hydra_auto.editing.fixes import newline_of
from hydra_auto.editing.source_text import Edit, SourceText, Span

INDENT = 2

# libyaml where the wheel has it, as in the adapters.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ODD = ("\x85", "\u2028", "\u2029", "\ufeff")
"""Line breaks of YAML that are none to an editor, and byte order marks that are none."""

_FLOW_START = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_FLOW_END = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def format_edits(text: str) -> list[Edit]:
    """The edits that format ``text``; none if it is not valid YAML or uses what the formatter does not know.

    Two blanks a level, lists indented below their key, one blank after ``:``, ``,`` and ``-``, none inside
    brackets, two before a comment, at most one empty line in a row, a line break at the end.
    """
    base = 1 if text.startswith("\ufeff") else 0
    body = text[base:]
    if len(body) > MAX_BYTES or any(odd in body for odd in _ODD):
        return []
    try:
        before = compose(body, "")
        if before is None:
            return []
        edits = list(_Formatter(body).edits())
        after = compose(SourceText(body).changed(edits), "")
    except (Unreadable, _Unknown, yaml.YAMLError):
        return []
    if not same_content(before, after):
        return []
    return [Edit(span=Span(e.span.start + base, e.span.end + base), text=e.text) for e in edits]


def same_content(one: yaml.Node | None, other: yaml.Node | None) -> bool:
    """Whether two trees say the same, wherever it stands."""
    pairs = [(one, other)]
    seen: set[tuple[int, int]] = set()
    while pairs:
        left, right = pairs.pop()
        if left is None or right is None:
            if left is not right:
                return False
            continue
        if (id(left), id(right)) in seen:
            continue
        seen.add((id(left), id(right)))
        if type(left) is not type(right) or left.tag != right.tag:
            return False
        if isinstance(left, yaml.ScalarNode):
            if left.value != right.value:
                return False
            continue
        if len(left.value) != len(right.value):
            return False
        for mine, theirs in zip(left.value, right.value, strict=True):
            pairs += zip(mine, theirs, strict=True) if isinstance(mine, tuple) else [(mine, theirs)]
    return True


class _Unknown(Exception):
    """YAML that the formatter leaves alone: directives, keys written with ``?``."""


@dataclass
class _Block:
    """A mapping or list that is open: the column it has, and the one it is to have."""

    old: int
    new: int
    is_list: bool
    implicit: bool = False  # a list at the column of its key


@dataclass
class _Formatter:
    text: str
    blocks: list[_Block] = field(default_factory=list)
    closed: list[_Block] = field(default_factory=list)  # since the last token
    depth: int = 0
    end: int = 0  # of the last token
    last: yaml.Token | None = None
    is_key: bool = False

    def edits(self) -> Iterator[Edit]:
        newline = newline_of(self.text)
        for token in yaml.scan(self.text, Loader=_LOADER):
            span = Span(token.start_mark.index, token.end_mark.index)
            if isinstance(token, (yaml.StreamStartToken, yaml.StreamEndToken)):
                continue
            if isinstance(token, (yaml.DirectiveToken, yaml.DocumentEndToken)):
                raise _Unknown
            if self.structure(token, span):
                continue
            yield from self.gap(token, span, newline)
            yield from self.continuation(token, span)
            self.after(token, span)
        tail = Span(self.end, len(self.text))
        yield from self.replaced(tail, self.tail(newline))

    def structure(self, token: yaml.Token, span: Span) -> bool:
        """Take a token without text of its own into account; whether it was one."""
        column = token.start_mark.column
        if isinstance(token, (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)):
            is_list = isinstance(token, yaml.BlockSequenceStartToken)
            self.blocks.append(_Block(column, self.inner_column(), is_list))
        elif isinstance(token, yaml.BlockEndToken):
            self.close_implicit()
            self.closed.append(self.blocks.pop())
        elif isinstance(token, yaml.KeyToken):
            if span.end > span.start:
                raise _Unknown
            if not self.depth:
                self.close_implicit()
                self.is_key = True
        elif isinstance(token, yaml.BlockEntryToken):
            if not self.blocks or not self.blocks[-1].is_list:
                self.blocks.append(_Block(column, self.inner_column(), is_list=True, implicit=True))
            return False
        else:
            return False
        return True

    def close_implicit(self) -> None:
        if self.blocks and self.blocks[-1].implicit:
            self.closed.append(self.blocks.pop())

    def inner_column(self) -> int:
        """Where something inside the innermost block is to begin."""
        return self.blocks[-1].new + INDENT if self.blocks else 0

    def after(self, token: yaml.Token, span: Span) -> None:
        if isinstance(token, _FLOW_START):
            self.depth += 1
        elif isinstance(token, _FLOW_END):
            self.depth -= 1
        self.last, self.end = token, span.end
        self.is_key = False
        self.closed.clear()

    # what stands between two tokens

    def gap(self, token: yaml.Token, span: Span, newline: str) -> Iterator[Edit]:
        gap = self.text[self.end : span.start]
        at_line_start = self.end == 0 or self.text[self.end - 1] in "\r\n"
        if not at_line_start and "\n" not in gap and "\r" not in gap:
            yield from self.replaced(Span(self.end, span.start), self.spacing(token, gap))
            return
        column = self.column_of(token)
        lines = _lines(gap)
        out = [] if at_line_start else [_trailing(lines.pop(0))]
        out += self.comments(lines[:-1], token, column)
        if self.end == 0:
            while out and not out[0]:
                out.pop(0)
        new = newline.join([*out, " " * column])
        yield from self.replaced(Span(self.end, span.start), new)

    def column_of(self, token: yaml.Token) -> int:
        """The column of a token that is the first of its line."""
        if self.depth:
            level = self.depth - isinstance(token, _FLOW_END)
            return (self.blocks[-1].new if self.blocks else 0) + INDENT * max(
                level, 1 if self.blocks else level
            )
        if isinstance(token, yaml.BlockEntryToken) or self.is_key:
            return self.blocks[-1].new if self.blocks else 0
        if isinstance(token, yaml.DocumentStartToken):
            return 0
        if isinstance(self.last, (yaml.AnchorToken, yaml.TagToken)) or not self.blocks:
            return self.inner_column()
        return self.inner_column()

    def comments(self, lines: list[str], token: yaml.Token | None, column: int) -> list[str]:
        """Comment lines and empty ones before a token (None: the end) that is to begin at ``column``."""
        out: list[str] = []
        for line in lines:
            comment = line.strip()
            if not comment:
                if not out or out[-1]:
                    out.append("")
                continue
            old = len(line) - len(line.lstrip(" \t"))
            out.append(" " * self.comment_column(old, token, column) + comment)
        return out

    def comment_column(self, old: int, token: yaml.Token | None, column: int) -> int:
        if self.depth:
            return column + (INDENT if isinstance(token, _FLOW_END) else 0)
        if old == 0:
            return 0
        if token is not None and old == token.start_mark.column:
            return column
        known = [*self.blocks, *self.closed]
        below = [block for block in known if block.old <= old]
        return max(below, key=lambda block: (block.old, block.new)).new if below else 0

    def spacing(self, token: yaml.Token, gap: str) -> str:
        last = self.last
        if last is None:
            return ""
        if isinstance(token, yaml.ValueToken):
            return " " if isinstance(last, (yaml.AliasToken, yaml.AnchorToken, yaml.TagToken)) else ""
        if isinstance(last, _FLOW_START) or isinstance(token, (yaml.FlowEntryToken, *_FLOW_END)):
            odd = isinstance(last, (yaml.ValueToken, yaml.AliasToken, yaml.AnchorToken, yaml.TagToken))
            return " " if odd and gap else ""
        return " "

    def tail(self, newline: str) -> str:
        gap = self.text[self.end :]
        at_line_start = self.end == 0 or self.text[self.end - 1] in "\r\n"
        lines = _lines(gap)
        out = [] if at_line_start else [_trailing(lines.pop(0))]
        out += self.comments(lines, None, 0)
        while out and not out[-1]:
            out.pop()
        if at_line_start:
            return "".join(f"{line}{newline}" for line in out)
        if not out:
            out = [""]
        return newline.join(out) + newline

    def replaced(self, span: Span, new: str) -> Iterable[Edit]:
        return () if self.text[span.start : span.end] == new else (Edit(span=span, text=new),)

    # scalars of several lines

    def continuation(self, token: yaml.Token, span: Span) -> Iterator[Edit]:
        """Move the further lines of a scalar along with its block."""
        if not isinstance(token, yaml.ScalarToken):
            return
        source = SourceText(self.text[span.start : span.end])
        if source.line_count == 1:
            return
        moved = self.blocks[-1].new - self.blocks[-1].old if self.blocks else 0
        for number in range(1, source.line_count):
            line = source.line_span(number)
            written = source.text[line.start : line.end]
            indent = len(written) - len(written.lstrip(" "))
            if token.style in ("|", ">"):
                new = max(0, indent + moved) if written.strip(" ") else indent
            elif self.depth:
                new = indent
            else:
                new = self.inner_column() if written.strip() else indent
                indent = len(written) - len(written.lstrip(" \t")) if written.strip() else indent
            start = span.start + line.start
            yield from self.replaced(Span(start, start + indent), " " * new)


def _lines(gap: str) -> list[str]:
    source = SourceText(gap)
    spans = [source.line_span(number) for number in range(source.line_count)]
    return [gap[span.start : span.end] for span in spans]


def _trailing(rest: str) -> str:
    """What stands behind a token on its line: nothing, or a comment."""
    comment = rest.strip()
    return f"  {comment}" if comment else ""
