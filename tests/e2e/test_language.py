"""The language features over raw stdio, as any editor would use them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.protocol import default_converter

from hydra_auto.adapters.catalog_files import built_in_path
from sidecar_process import Sidecar, Start

HEAD = "schema_version: 1\n"
CONVERTER = default_converter()
SONNET = "anthropic/claude-sonnet-5"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


class Editor:
    """An editor with catalog files open in a sidecar."""

    def __init__(self, sidecar: Sidecar) -> None:
        self.sidecar = sidecar
        self.versions: dict[str, int] = {}

    def open(self, path: Path, text: str) -> str:
        write(path, text)
        uri = path.as_uri()
        self.versions[uri] = 1
        item = types.TextDocumentItem(uri=uri, language_id="yaml", version=1, text=text)
        self.sidecar.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
        return uri

    def change(self, uri: str, line: int, start: int, end: int, text: str) -> None:
        self.versions[uri] += 1
        span = types.Range(start=types.Position(line, start), end=types.Position(line, end))
        self.sidecar.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri]),
                content_changes=[types.TextDocumentContentChangePartial(range=span, text=text)],
            )
        )

    async def diagnostics(
        self, uri: str, until: Callable[[list[types.Diagnostic]], bool] = lambda _: True
    ) -> list[types.Diagnostic]:
        """Those of the file's newest version, once ``until`` holds of them."""
        while True:
            told = await asyncio.wait_for(self.sidecar.diagnostics.get(), 60)
            newest = told.version in (None, self.versions.get(uri))
            if told.uri == uri and newest and until(list(told.diagnostics)):
                return list(told.diagnostics)

    async def ask(self, method: str, uri: str, line: int, character: int) -> Any:
        return await self.request(method, uri, position={"line": line, "character": character})

    async def request(self, method: str, uri: str, **params: object) -> Any:
        shape = types.METHOD_TO_TYPES[method][2]
        typed = CONVERTER.structure({"textDocument": {"uri": uri}, **params}, shape)
        return await self.sidecar.ask(method, typed)


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's catalog would be."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "hydra-auto" / "catalog.yaml"


@pytest.fixture
async def sidecar(start: Start, home: Path) -> Sidecar:
    assert home
    return await start("--language-only", catalog=None)


async def editor_of(sidecar: Sidecar, *encodings: str, **options: object) -> Editor:
    if encodings:
        general = types.GeneralClientCapabilities(position_encodings=list(encodings))
        sidecar.capabilities = types.ClientCapabilities(general=general)
    await sidecar.initialize(**options)
    return Editor(sidecar)


async def test_what_the_server_can_do_is_told_at_initialize(sidecar: Sidecar) -> None:
    can = (await sidecar.initialize()).capabilities
    assert can.text_document_sync.change is types.TextDocumentSyncKind.Incremental
    assert can.completion_provider.trigger_characters
    assert can.hover_provider and can.definition_provider and can.document_symbol_provider  # noqa: PT018
    assert can.inlay_hint_provider and can.document_formatting_provider  # noqa: PT018
    assert set(can.code_action_provider.code_action_kinds) == {"quickfix", "refactor.rewrite"}
    assert can.position_encoding == "utf-16"


@pytest.mark.parametrize(("encoding", "column"), [("utf-16", 26), ("utf-8", 32), ("utf-32", 25)])
async def test_columns_behind_emoji_and_ideographs_are_in_the_agreed_encoding(
    sidecar: Sidecar, home: Path, encoding: str, column: int
) -> None:
    editor = await editor_of(sidecar, encoding)
    uri = editor.open(home, HEAD + 'routing: {"中😀文": 1, tau: 7}\n')
    _, last, of_file = await editor.diagnostics(uri, lambda found: len(found) == 3)
    assert (last.range.start.line, last.range.start.character) == (1, column)
    assert last.range.end.character == column + 1
    assert "until this file is mended" in of_file.message  # what is saved; the change is not
    editor.change(uri, 1, column, column + 1, "0.1")
    only, _ = await editor.diagnostics(uri, lambda found: len(found) == 2)
    assert only.code == "unknown-key"


async def test_unsaved_text_is_diagnosed_and_the_user_s_own_file_mended_again(
    sidecar: Sidecar, home: Path
) -> None:
    editor = await editor_of(sidecar)
    uri = editor.open(home, HEAD + "routing: {tau: 0.1}\n")
    assert await editor.diagnostics(uri) == []
    editor.change(uri, 1, 15, 18, "9")
    [found] = await editor.diagnostics(uri, bool)
    assert (found.source, found.code, found.severity) == (
        "HyDRA Auto",
        "catalog-invalid",
        types.DiagnosticSeverity.Error,
    )
    [action] = await editor.request(
        types.TEXT_DOCUMENT_CODE_ACTION,
        uri,
        range={"start": {"line": 1, "character": 15}, "end": {"line": 1, "character": 16}},
        context={"diagnostics": [CONVERTER.unstructure(found)]},
    )
    assert (action.title, action.is_preferred, len(action.diagnostics)) == ("Change to 1", True, 1)
    [edit] = action.edit.changes[uri]
    assert (edit.new_text, edit.range.start.character, edit.range.end.character) == ("1", 15, 16)


async def test_every_feature_answers_for_the_user_s_catalog(sidecar: Sidecar, home: Path) -> None:
    editor = await editor_of(sidecar)
    text = HEAD + f"models:\n  - id: {SONNET}\n    price: {{input:   3}}\n    enabled: \n"
    uri = editor.open(home, text)
    told = await editor.ask(types.TEXT_DOCUMENT_HOVER, uri, 2, 10)
    assert "Claude Sonnet 5" in told.contents.value
    [place] = await editor.ask(types.TEXT_DOCUMENT_DEFINITION, uri, 2, 10)
    assert place.uri.endswith("default.yaml")
    lines = built_in_path().read_text(encoding="utf-8").splitlines()
    span = place.range
    assert lines[span.start.line][span.start.character : span.end.character] == SONNET
    flags = await editor.ask(types.TEXT_DOCUMENT_COMPLETION, uri, 4, 13)
    assert [item.label for item in flags.items] == ["true", "false"]
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    shown = await editor.request(types.TEXT_DOCUMENT_INLAY_HINT, uri, range=whole)
    assert any("cached_input" in hint.label for hint in shown)
    outline = await editor.request(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, uri)
    assert outline[1].children[0].name == SONNET
    options = {"tabSize": 2, "insertSpaces": True}
    edits = await editor.request(types.TEXT_DOCUMENT_FORMATTING, uri, options=options)
    assert [edit.new_text for edit in edits] == [" ", "\n"]


async def test_what_vs_code_offers_is_known_to_completion_matches_and_actions(
    sidecar: Sidecar, home: Path
) -> None:
    editor = await editor_of(sidecar)
    uri = editor.open(
        home, HEAD + f"models:\n  - id: {SONNET}\n    match: [{{vendor: byok, family: gone}}]\n"
    )
    assert "dead-match" not in [one.code for one in await editor.diagnostics(uri)]
    offered = [{"vendor": "byok", "id": "sonnet-9", "family": "claude-sonnet-9", "name": "Sonnet 9"}]
    sidecar.client.protocol.notify("router/offeredModels", {"models": offered})
    [dead] = await editor.diagnostics(uri, lambda found: "dead-match" in [one.code for one in found])
    assert (dead.code, dead.severity) == ("dead-match", types.DiagnosticSeverity.Warning)
    families = await editor.ask(types.TEXT_DOCUMENT_COMPLETION, uri, 3, 38)
    assert "claude-sonnet-9" in [item.label for item in families.items]
    assert not families.is_incomplete
    [add] = await editor.request(
        types.TEXT_DOCUMENT_CODE_ACTION,
        uri,
        range={"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 2}},
        context={"diagnostics": [], "only": ["refactor"]},
    )
    assert add.title.startswith("Add byok/sonnet-9, estimated from Claude Sonnet")


async def test_an_editor_asks_again_while_more_models_are_offered_than_it_was_told(
    sidecar: Sidecar, home: Path
) -> None:
    editor = await editor_of(sidecar)
    uri = editor.open(home, HEAD + "models:\n  - id: mine\n    match: [{vendor: many, family: m4")
    offered = [{"vendor": "many", "id": f"m{n}", "family": f"m{n}"} for n in range(500)]
    sidecar.client.protocol.notify("router/offeredModels", {"models": offered})
    first = await editor.ask(types.TEXT_DOCUMENT_COMPLETION, uri, 3, 36)
    assert (len(first.items), first.is_incomplete) == (200, True)
    again = await editor.ask(types.TEXT_DOCUMENT_COMPLETION, uri, 3, 38)
    assert ("m499" in [item.label for item in again.items], again.is_incomplete) == (True, False)


async def test_the_files_of_all_layers_are_catalogs_and_others_are_not(
    sidecar: Sidecar, tmp_path: Path
) -> None:
    editor = await editor_of(sidecar)
    bad = HEAD + "routing: {tau: 7}\n"
    for name in (".hydra-auto/catalog.yaml", "mine.hydra-auto.yaml"):
        [found] = await editor.diagnostics(editor.open(tmp_path / "work" / name, bad))
        assert "in [0, 1]" in found.message
    other = editor.open(tmp_path / "work" / "catalog.yaml", bad)
    assert await editor.ask(types.TEXT_DOCUMENT_HOVER, other, 1, 10) is None


async def test_a_lower_layer_that_is_open_counts_as_it_stands_in_the_editor(
    sidecar: Sidecar, home: Path, tmp_path: Path
) -> None:
    editor = await editor_of(sidecar, workspaceFolder=str(tmp_path), workspaceTrusted=True)
    mine = editor.open(home, HEAD + f"models: [{{id: {SONNET}, name: First}}]\n")
    upper = editor.open(tmp_path / ".hydra-auto" / "catalog.yaml", HEAD + f"models: [{{id: {SONNET}}}]\n")
    assert "First" in (await editor.ask(types.TEXT_DOCUMENT_HOVER, upper, 1, 20)).contents.value
    start = len(f"models: [{{id: {SONNET}, name: ")
    editor.change(mine, 1, start, start + 5, "Second")
    assert "Second" in (await editor.ask(types.TEXT_DOCUMENT_HOVER, upper, 1, 20)).contents.value
    places = await editor.ask(types.TEXT_DOCUMENT_DEFINITION, upper, 1, 20)
    assert [place.uri == mine for place in places] == [True, False]


async def test_problems_of_a_closed_file_are_told_and_taken_back(sidecar: Sidecar, home: Path) -> None:
    write(home, HEAD + "routing: {regime: 😀, tau: 7}\n")
    editor = await editor_of(sidecar)
    found = await editor.diagnostics(home.as_uri(), lambda told: len(told) == 3)
    assert [one.range.start.character for one in found] == [18, 27, 0]
    assert "nothing of it counts" in found[2].message
    write(home, HEAD)
    await sidecar.ask("router/catalog", {})
    assert await editor.diagnostics(home.as_uri(), lambda told: not told) == []


async def test_saving_has_the_router_read_the_file(sidecar: Sidecar, home: Path) -> None:
    editor = await editor_of(sidecar)
    uri = editor.open(home, HEAD)
    await asyncio.wait_for(sidecar.catalog_changes.get(), 60)
    write(home, HEAD + f"models: [{{id: {SONNET}, enabled: false}}]\n")
    saved = types.DidSaveTextDocumentParams(text_document=types.TextDocumentIdentifier(uri=uri))
    sidecar.client.text_document_did_save(saved)
    await asyncio.wait_for(sidecar.catalog_changes.get(), 60)
    catalog = await sidecar.ask("router/catalog", {})
    assert next(model.enabled for model in catalog.models if model.id == SONNET) is False


async def test_hostile_files_get_a_diagnostic_and_the_server_lives(
    sidecar: Sidecar, home: Path, tmp_path: Path
) -> None:
    editor = await editor_of(sidecar)
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
    )
    for number, (text, words) in enumerate(
        [("x: " + "[" * 5_000, "nest"), (bomb, "aliases"), ("# " + "x" * 1_200_000, "larger than")]
    ):
        uri = editor.open(tmp_path / f"{number}.hydra-auto.yaml", text)
        [found] = await editor.diagnostics(uri)
        assert words in found.message
        assert await editor.ask(types.TEXT_DOCUMENT_HOVER, uri, 0, 1) is None
    assert (await sidecar.ask("router/status", {})).catalog.models >= 30
    assert "language feature failed" not in sidecar.log()
    assert home


async def test_changes_out_of_any_place_do_no_harm(sidecar: Sidecar, home: Path) -> None:
    editor = await editor_of(sidecar)
    uri = editor.open(home, HEAD)
    editor.change(uri, 99, 5, 2, "routing: {tau: 7}\n")
    [found] = await editor.diagnostics(uri, bool)
    assert found.range.start.line == 1


async def test_a_cancelled_request_is_answered_at_once_and_others_go_on(
    sidecar: Sidecar, tmp_path: Path
) -> None:
    editor = await editor_of(sidecar)
    big = HEAD + "models:\n" + "".join(f"  - {{id: me/{n}, enabled: true}}\n" for n in range(8_000))
    uri = editor.open(tmp_path / "big.hydra-auto.yaml", big)
    protocol = sidecar.client.protocol
    asked = types.DocumentSymbolParams(text_document=types.TextDocumentIdentifier(uri=uri))
    slow = protocol.send_request(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, asked)
    number = next(key for key, future in protocol._request_futures.items() if future is slow)
    sidecar.client.cancel_request(types.CancelParams(id=number))
    with pytest.raises(Exception, match="ancel"):
        await asyncio.wait_for(asyncio.wrap_future(slow), 30)
    assert (await sidecar.ask("router/status", {})).pid


async def test_a_sidecar_for_editing_alone_says_so_when_asked_to_route(sidecar: Sidecar) -> None:
    await sidecar.initialize()
    status = await asyncio.wait_for(sidecar.status_changes.get(), 60)
    assert (status.state, "--language-only" in status.error.message) == ("failed", True)
    assert await sidecar.stop() == 0
    assert "ERROR" not in sidecar.stderr.read_text(encoding="utf-8")  # it was asked for
