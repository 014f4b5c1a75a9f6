"""The Language Server Protocol for catalog files: each handler asks one feature and converts its answer."""

from __future__ import annotations

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer

from hydra_auto.editing.additions import additions
from hydra_auto.editing.completion import MOST, complete
from hydra_auto.editing.definition import define
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.fixes import fixes
from hydra_auto.editing.formatting import format_edits
from hydra_auto.editing.hover import hover
from hydra_auto.editing.outline import hints, symbols
from hydra_auto.rpc.documents import Change
from hydra_auto.rpc.language import Language, plain_word
from hydra_auto.rpc.lsp_values import Converter, position_of


def add_language_features(server: LanguageServer, language: Language) -> None:
    """Register all handlers, and with them the capabilities."""
    _add_synchronisation(server, language)
    _add_reading(server, language)
    _add_writing(server, language)


def _add_synchronisation(server: LanguageServer, language: Language) -> None:
    files = language.open_files

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        if (file := files.open(item.uri, item.text, item.version)) is not None:
            language.diagnose_soon(file)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        changes = [
            Change(position_of(one.range.start), position_of(one.range.end), one.text)
            if isinstance(one, types.TextDocumentContentChangePartial)
            else Change(None, None, one.text)
            for one in params.content_changes
        ]
        item = params.text_document
        if files.change(item.uri, changes, item.version, language.encoding) is not None:
            language.refresh()  # the other open ones may lie above this one

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        if files.close(params.text_document.uri) is not None:
            language.closed(params.text_document.uri)
            language.refresh()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        if files.get(params.text_document.uri) is not None:
            language.read_catalog()


def _add_reading(server: LanguageServer, language: Language) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        def work(document: CatalogDocument, convert: Converter) -> types.Hover | None:
            found = hover(document, convert.offset(params.position))
            return convert.hover(found) if found else None

        return await language.ask(params.text_document.uri, work, None)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: types.DefinitionParams) -> list[types.Location]:
        texts, encoding = language.open_files.texts(), language.encoding

        def work(document: CatalogDocument, convert: Converter) -> list[types.Location]:
            return language.locations(define(document, convert.offset(params.position)), encoding, texts)

        return await language.ask(params.text_document.uri, work, [])

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def outlined(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        def work(document: CatalogDocument, convert: Converter) -> list[types.DocumentSymbol]:
            return [convert.symbol(found) for found in symbols(document)]

        return await language.ask(params.text_document.uri, work, [])

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hinted(params: types.InlayHintParams) -> list[types.InlayHint]:
        def work(document: CatalogDocument, convert: Converter) -> list[types.InlayHint]:
            return [convert.hint(found) for found in hints(document, convert.span(params.range))]

        return await language.ask(params.text_document.uri, work, [])


def _add_writing(server: LanguageServer, language: Language) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", "{", "[", "/", '"'])
    )
    async def completed(params: types.CompletionParams) -> types.CompletionList:
        client = server.client_capabilities
        snippets = bool(get_capability(client, "text_document.completion.completion_item.snippet_support"))

        def work(document: CatalogDocument, convert: Converter) -> types.CompletionList:
            found = complete(document, convert.offset(params.position))
            items = [convert.suggestion(one, number, snippets=snippets) for number, one in enumerate(found)]
            return types.CompletionList(is_incomplete=len(items) >= MOST, items=items)

        nothing = types.CompletionList(is_incomplete=False, items=[])
        return await language.ask(params.text_document.uri, work, nothing)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(
            code_action_kinds=[types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite]
        ),
    )
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, wanted = params.text_document.uri, params.context.only
        kinds = {
            types.CodeActionKind.QuickFix: fixes,
            types.CodeActionKind.RefactorRewrite: additions,
        }

        def work(document: CatalogDocument, convert: Converter) -> list[types.CodeAction]:
            span = convert.span(params.range)
            return [
                convert.action(found, uri, kind, params.context.diagnostics)
                for kind, find in kinds.items()
                if wanted is None or any(_within(kind, one) for one in wanted)
                for found in find(document, span)
            ]

        return await language.ask(uri, work, [])

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def formatted(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        def work(document: CatalogDocument, convert: Converter) -> list[types.TextEdit]:
            return [convert.edit(edit) for edit in format_edits(document.text)]

        return await language.ask(params.text_document.uri, work, [])


def _within(kind: str, wanted: str) -> bool:
    one, other = plain_word(kind), plain_word(wanted)
    return one == other or one.startswith(f"{other}.") or not other
