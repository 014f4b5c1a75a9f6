"""What the language features find, as values of the Language Server Protocol."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lsprotocol import types
from pygls.uris import from_fs_path

from hydra_auto.core.origin import Origin
from hydra_auto.editing.advice import Diagnostic, Level
from hydra_auto.editing.completion import Sort, Suggestion
from hydra_auto.editing.fixes import Fix
from hydra_auto.editing.hover import Hover
from hydra_auto.editing.outline import Hint, Symbol
from hydra_auto.editing.source_text import Edit, Encoding, Position, SourceText, Span

SOURCE = "HyDRA Auto"

_SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.INFORMATION: types.DiagnosticSeverity.Information,
}
_KINDS = {
    Sort.KEY: types.CompletionItemKind.Property,
    Sort.MODEL: types.CompletionItemKind.Class,
    Sort.CHOICE: types.CompletionItemKind.EnumMember,
    Sort.VALUE: types.CompletionItemKind.Value,
    Sort.NAME: types.CompletionItemKind.Text,
}
_WORD = re.compile(r"""[^\s,}\]#]*""")


def position_of(position: types.Position) -> Position:
    """Ours, from the protocol's."""
    return Position(position.line, position.character)


class Converter:
    """Converts for one text and one encoding of positions."""

    def __init__(self, source: SourceText, encoding: Encoding) -> None:
        self.source = source
        self.encoding = encoding

    def offset(self, position: types.Position) -> int:
        """The offset of the protocol's position."""
        return self.source.offset(position_of(position), self.encoding)

    def span(self, found: types.Range) -> Span:
        """The span of the protocol's range."""
        start = self.offset(found.start)
        return Span(start, max(start, self.offset(found.end)))

    def position(self, offset: int) -> types.Position:
        """The protocol's position of an offset."""
        found = self.source.position(offset, self.encoding)
        return types.Position(line=found.line, character=found.character)

    def range(self, span: Span) -> types.Range:
        """The protocol's range of a span."""
        return types.Range(start=self.position(span.start), end=self.position(span.end))

    def diagnostic(self, found: Diagnostic) -> types.Diagnostic:
        """One finding."""
        return types.Diagnostic(
            range=self.range(found.span),
            message=found.message,
            severity=_SEVERITIES[found.level],
            code=found.code,
            source=SOURCE,
            tags=[types.DiagnosticTag.Unnecessary] if found.unnecessary else None,
        )

    def edit(self, edit: Edit) -> types.TextEdit:
        """One edit."""
        return types.TextEdit(range=self.range(edit.span), new_text=edit.text)

    def action(
        self, fix: Fix, uri: str, kind: types.CodeActionKind, diagnostics: Sequence[types.Diagnostic]
    ) -> types.CodeAction:
        """A fix as a code action for those of ``diagnostics`` that it mends."""
        marked = self.range(fix.span)
        mended = [one for one in diagnostics if one.range == marked and one.source == SOURCE]
        return types.CodeAction(
            title=fix.title,
            kind=kind,
            diagnostics=mended or None,
            is_preferred=fix.preferred or None,
            edit=types.WorkspaceEdit(changes={uri: [self.edit(edit) for edit in fix.edits]}),
        )

    def suggestion(self, found: Suggestion, number: int, *, snippets: bool) -> types.CompletionItem:
        """One completion; ``number`` keeps the order."""
        edit = found.edit
        use_snippet = bool(found.snippet) and snippets
        text = found.snippet if use_snippet else edit.text
        quoted = edit.text.strip()[:1] in ("'", '"')
        typed = self.source.text[edit.span.start : edit.span.start + 1] in ("'", '"')
        return types.CompletionItem(
            label=found.label,
            kind=_KINDS[found.sort],
            detail=found.detail or None,
            documentation=found.doc or None,
            sort_text=f"{number:04}",
            filter_text=edit.text.strip() if quoted and typed else None,
            text_edit=types.TextEdit(range=self.range(edit.span), new_text=text),
            insert_text_format=types.InsertTextFormat.Snippet if use_snippet else None,
        )

    def hover(self, found: Hover) -> types.Hover:
        """Hover in Markdown."""
        contents = types.MarkupContent(kind=types.MarkupKind.Markdown, value=found.markdown)
        return types.Hover(contents=contents, range=self.range(found.span))

    def symbol(self, found: Symbol) -> types.DocumentSymbol:
        """An entry of the outline with what is below it."""
        return types.DocumentSymbol(
            name=found.name,
            detail=found.detail or None,
            kind=types.SymbolKind.Class if found.is_model else types.SymbolKind.Property,
            range=self.range(found.span),
            selection_range=self.range(found.selection),
            children=[self.symbol(child) for child in found.children] or None,
        )

    def hint(self, found: Hint) -> types.InlayHint:
        """An inlay hint."""
        return types.InlayHint(
            position=self.position(found.offset),
            label=found.text,
            tooltip=found.tooltip or None,
            padding_left=True,
        )

    def location(self, origin: Origin) -> types.Location:
        """Where a value of this text, which has the path of ``origin``, was set."""
        bom = 1 if origin.line == 1 and self.source.text.startswith("\ufeff") else 0
        start = self.source.yaml_offset(origin.line, origin.column) + bom
        word = _WORD.match(self.source.text, start)
        span = Span(start, word.end() if word else start)
        return types.Location(uri=from_fs_path(origin.path) or "", range=self.range(span))
