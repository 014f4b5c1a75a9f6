"""YAML text to a node tree, within bounds: catalog files may come with somebody else's repository."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

import yaml

from hydra_auto.core.layer_values import Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
MAX_NODES = 200_000
"""Nodes of a file with each alias counted as what it stands for."""

_WIDE = {  # the longer marks first: one begins with another
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# They make text look different from what it is, in comments as well ("trojan source").
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")

BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""Line breaks as YAML counts them."""

_IN_BRACKETS = ("while parsing a flow mapping", "while parsing a flow sequence")

# libyaml where the wheel has it (20 times faster), the same grammar in Python where not.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Unreadable(Exception):
    """The text is not one YAML document within the bounds; carries the problem.

    Attributes:
        is_syntax: It is no YAML, rather than YAML that is refused.
    """

    def __init__(self, problem: Problem, *, is_syntax: bool = False) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.is_syntax = is_syntax


def decode(content: bytes, path: str) -> str:
    """UTF-8 text of a file, without a byte order mark.

    Raises:
        Unreadable: Too large, or not UTF-8; with the place of the first bad byte.
    """
    if len(content) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES:,} bytes; a catalog is much smaller"
        raise Unreadable(Problem(path=path, message=message))
    wide = next((name for mark, name in _WIDE.items() if content.startswith(mark)), None)
    if wide is None and b"\0" in content[:4]:
        wide = "UTF-16 or UTF-32"  # without its mark, as four of the first bytes tell
    if wide is not None:
        raise Unreadable(_problem(path, f"the file is {wide}; save it as UTF-8", 1, 1))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        byte = content[error.start]
        message = f"byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"
        raise Unreadable(_problem_after(before, path, message)) from error


def compose(text: str, path: str) -> yaml.Node | None:
    """Root node of the text; None if it holds nothing but comments.

    Raises:
        Unreadable: Not YAML, several documents, or out of bounds.
    """
    odd = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if odd:
        message = f"character U+{ord(odd.group()):04X} is not allowed in YAML"
        raise Unreadable(_problem_after(text[: odd.start()], path, message))
    turned = _DIRECTION.search(text)
    if turned:
        message = (
            f"holds the invisible character U+{ord(turned.group()):04X}, which turns text around; remove it"
        )
        raise Unreadable(_problem_after(text[: turned.start()], path, message))
    try:
        bounds = _Bounds(path=path)
        for event in yaml.parse(text, Loader=_LOADER):
            bounds.see(event)
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax_problem(error, text, path), is_syntax=True) from error
    except yaml.YAMLError as error:
        raise Unreadable(_problem(path, f"not valid YAML: {error}", 0, 0)) from error


@dataclass
class _Bounds:
    """Refuses deep nesting, alias bombs, recursion and further documents, before recursive code runs."""

    path: str
    documents: int = 0
    open_anchors: list[str | None] = field(default_factory=list)
    open_sizes: list[int] = field(default_factory=lambda: [0])
    sizes: dict[str | None, int] = field(default_factory=dict)  # closed anchor to nodes it stands for

    def see(self, event: yaml.Event) -> None:
        """Take the next event into account."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.refuse(event, "a second document starts here; a catalog is one, remove the ---")
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self.open_anchors) >= MAX_DEPTH:
                raise self.refuse(event, f"nested more than {MAX_DEPTH} levels deep")
            self.open_anchors.append(event.anchor)
            self.open_sizes.append(1)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.add(self.open_anchors.pop(), self.open_sizes.pop())
        elif isinstance(event, yaml.ScalarEvent):
            self.add(event.anchor, 1)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor in self.open_anchors:
                raise self.refuse(event, f"alias *{event.anchor} contains itself")
            # an unknown alias is the composer's to report
            self.add(None, self.sizes.get(event.anchor, 1))
        if sum(self.open_sizes) > MAX_NODES:
            raise self.refuse(event, f"more than {MAX_NODES:,} values, aliases written out; use fewer")

    def add(self, anchor: str | None, size: int) -> None:
        """Count a finished node towards its parent, and remember what its anchor stands for."""
        self.open_sizes[-1] += size
        if anchor:
            self.sizes[anchor] = size

    def refuse(self, event: yaml.Event, message: str) -> Unreadable:
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return Unreadable(_problem(self.path, message, line, column))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, path: str) -> Problem:
    """Where the mistake is, which is often before the place where the parser noticed it."""
    mark = error.problem_mark or error.context_mark
    what = error.problem or error.context or "cannot be read"
    if mark is None:
        return _problem(path, f"not valid YAML: {what}", 0, 0)
    lines = BREAK.split(text.rstrip("\r\n\x85\u2028\u2029 "))
    opened, context = error.context_mark, error.context or ""
    if opened is not None and (opened.line < mark.line or mark.index >= len(text)):
        if what == "could not find expected ':'":  # a key that is only half written
            length = len(lines[opened.line][opened.column :].partition(" #")[0].rstrip())
            return _problem(path, f"not valid YAML: {what}", opened.line + 1, opened.column + 1, length)
        if context == "while scanning a quoted scalar":
            return _problem(
                path, "not valid YAML: this quote is not closed", opened.line + 1, opened.column + 1
            )
        left = mark.line >= len(lines) or _indent(lines[mark.line]) <= _indent(lines[opened.line])
        closing = mark.line < len(lines) and lines[mark.line].lstrip()[:1] in ("]", "}")
        if context in _IN_BRACKETS and left and not closing:
            message = "not valid YAML: this bracket is not closed"
            return _problem(path, message, opened.line + 1, opened.column + 1)
    line, column = mark.line + 1, mark.column + 1
    if line > len(lines):  # the end of the text is where something was missing
        line, column = len(lines), len(lines[-1]) + 1
    hint = " (indent with spaces, not tabs)" if _has_tab(lines[line - 1]) else ""
    return _problem(path, f"not valid YAML: {what}{hint}", line, column)


def _indent(line: str) -> int:
    """Column of the first key or value, behind the dash of an item."""
    return len(line) - len(line.lstrip(" \t-"))


def _has_tab(line: str) -> bool:
    return "\t" in line[: len(line) - len(line.lstrip())]


def _problem_after(before: str, path: str, message: str) -> Problem:
    lines = BREAK.split(before)
    return _problem(path, message, len(lines), len(lines[-1]) + 1)


def _problem(path: str, message: str, line: int, column: int, length: int = 1) -> Problem:
    end_column = column + length if line else 0
    return Problem(path=path, message=message, line=line, column=column, end_line=line, end_column=end_column)
