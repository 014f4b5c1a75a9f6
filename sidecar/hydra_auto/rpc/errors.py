"""Our errors as JSON-RPC errors (STYLE.md section 6, docs/PROTOCOL.md)."""

from __future__ import annotations

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcServerNotInitialized

from hydra_auto.core.errors import InvalidParams, RouterError

REQUEST_FAILED = -32803


def to_json_rpc(error: RouterError) -> JsonRpcException:
    """``error`` with a code for machines, a reference for clients and words for people."""
    data = {"reference": error.reference, "hint": error.hint}
    if isinstance(error, InvalidParams):
        return JsonRpcInvalidParams(error.message, data=data)
    return JsonRpcException(error.message, code=REQUEST_FAILED, data=data)


def not_initialized() -> JsonRpcException:
    """The answer to a request before initialize."""
    return JsonRpcServerNotInitialized("initialize has not been called yet")
