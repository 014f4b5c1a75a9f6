"""Messages that no handler sees."""

from __future__ import annotations

import json

import pytest
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from hydra_auto.rpc.messages import RouterProtocol, message_converter


class Writer:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("position", [{"line": -1, "character": 0}, {"line": "my prompt"}, None, "my prompt"])
def test_a_request_of_the_wrong_shape_is_answered_without_its_words(position: object) -> None:
    server = LanguageServer("x", "1", protocol_cls=RouterProtocol, converter_factory=message_converter)
    writer = Writer()
    server.protocol.set_writer(writer)
    params = {"textDocument": {"uri": "file:///x.yaml"}, "position": position}
    ask = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": params})
    with pytest.raises(JsonRpcException):
        json.loads(ask, object_hook=server.protocol.structure_message)
    [sent] = writer.sent
    answer = json.loads(sent.partition(b"\r\n\r\n")[2])
    assert (answer["id"], answer["error"]["code"]) == (7, -32602)
    assert b"my prompt" not in sent
