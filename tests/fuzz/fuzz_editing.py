"""Any text in the editor: no language feature raises or points outside it.

The property tests call ``use_every_feature``, and so does ``python -m fuzz`` (``__main__.py``).
"""

from __future__ import annotations

from editing_builders import document
from hydra_auto.core.origin import LayerName
from hydra_auto.editing.additions import additions
from hydra_auto.editing.completion import complete
from hydra_auto.editing.definition import define
from hydra_auto.editing.diagnostics import diagnose
from hydra_auto.editing.fixes import fixes
from hydra_auto.editing.formatting import format_edits
from hydra_auto.editing.hover import hover
from hydra_auto.editing.outline import Symbol, hints, symbols
from hydra_auto.editing.source_text import Edit, Span


def use_every_feature(text: str, layer: LayerName, at: int) -> None:
    """Ask for all that an editor can, with the cursor at ``at``; raises only if the program has a mistake."""
    doc = document(text, layer)
    for one in diagnose(doc):
        inside(one.span, text)
        assert one.message
    for fix in (*fixes(doc, Span(0, len(text))), *additions(doc, Span(at, at))):
        apart(fix.edits, text)
        inside(fix.span, text)
        assert document(doc.source.changed(fix.edits), layer).unreadable is None
    for symbol in symbols(doc):
        nested(symbol, text)
    for hint in hints(doc, Span(0, len(text))):
        assert 0 <= hint.offset <= len(text)
    for suggestion in complete(doc, at):
        inside(suggestion.edit.span, text)
        assert suggestion.edit.span.start <= at <= suggestion.edit.span.end
        assert "\n" not in text[suggestion.edit.span.start : suggestion.edit.span.end]
    if (told := hover(doc, at)) is not None:
        inside(told.span, text)
        assert told.span.start <= at <= told.span.end
    define(doc, at)
    apart(format_edits(text), text)


def inside(span: Span, text: str) -> None:
    assert 0 <= span.start <= span.end <= len(text)


def apart(edits: tuple[Edit, ...] | list[Edit], text: str) -> None:
    end = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        inside(edit.span, text)
        assert edit.span.start >= end
        end = edit.span.end


def nested(symbol: Symbol, text: str) -> None:
    inside(symbol.span, text)
    assert symbol.span.start <= symbol.selection.start <= symbol.selection.end <= symbol.span.end
    for child in symbol.children:
        assert symbol.span.start <= child.span.start <= child.span.end <= symbol.span.end
        nested(child, text)


def use_bytes(content: bytes) -> None:
    """The first byte says where the cursor is and which layer the file is, the rest is its text."""
    text = content[1:].decode("utf-8", "surrogateescape")
    first = content[0] if content else 0
    layers = (LayerName.USER, LayerName.WORKSPACE, LayerName.BUILT_IN, LayerName.FILE)
    use_every_feature(text, layers[first % 4], first * len(text) // 255)
