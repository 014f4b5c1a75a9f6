"""How messages travel: by pygls's protocol, with the params and results of our own methods left plain."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs
from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCResponseMessage, LanguageServerProtocol, default_converter, lsp_method

from hydra_auto.rpc import protocol

Handled = Generator[Any, Any, None]


@attrs.define
class RawRequest:
    """A ``router/*`` request with its params left as they came, so that bad ones get an answer.

    pygls hands the handler ``params`` alone.
    """

    id: str | int | None = None
    method: str = ""
    jsonrpc: str = "2.0"
    params: Any = None


class RouterProtocol(LanguageServerProtocol):
    """pygls's protocol with raw params for our methods and our version at initialize.

    It keeps no texts: pygls breaks lines where Python does, which is not where editors do.
    """

    # The base method is lru_cache-wrapped, hence the ignore.
    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """Our messages arrive raw."""
        ours = method in protocol.REQUESTS or method == protocol.OFFERED_MODELS
        return RawRequest if ours else super().get_message_type(method)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Answer a request that has not the shape of its method, which pygls leaves without an answer.

        Raises:
            JsonRpcException: The message has not that shape; the loop that reads messages goes on.
        """
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Say which protocol version we speak."""
        result = yield from super().lsp_initialize(params)
        result.capabilities.experimental = {"hydraAuto": {"protocolVersion": protocol.PROTOCOL_VERSION}}
        return result

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Handled:
        """Leave it to our own handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Handled:
        """Leave it to our own handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Handled:
        """Leave it to our own handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None


def message_converter() -> Converter:
    """A converter as pygls uses, which leaves our results alone: plain data of some hundred objects."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls 2.1 leaves it untyped

    def unstructured(message: JsonRPCResponseMessage) -> dict[str, Any]:
        result = message.result
        plain = result if type(result) is dict else converter.unstructure(result)
        return {"id": message.id, "jsonrpc": message.jsonrpc, "result": plain}

    converter.register_unstructure_hook(JsonRPCResponseMessage, unstructured)
    return converter
