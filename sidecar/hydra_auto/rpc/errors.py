"""Our errors as JSON-RPC errors (STYLE.md section 6, docs/PROTOCOL.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcServerNotInitialized

from hydra_auto.core.errors import InvalidParams, RouterError
from hydra_auto.core.fallback import Barred, Bars

REQUEST_FAILED = -32803


class Undecided(Exception):
    """No decision was made, and whom a fallback may not use all the same."""

    def __init__(self, error: RouterError, bars: Bars) -> None:
        super().__init__(error.message)
        self.error = error
        self.bars = bars


def to_json_rpc(error: RouterError, bars: Bars | None = None) -> JsonRpcException:
    """``error`` with a code for machines, a reference for clients and words for people."""
    data: dict[str, Any] = {"reference": error.reference, "hint": error.hint}
    if bars is not None:
        data |= bars_result(bars)
    if isinstance(error, InvalidParams):
        return JsonRpcInvalidParams(error.message, data=data)
    return JsonRpcException(error.message, code=REQUEST_FAILED, data=data)


def bars_result(bars: Bars) -> dict[str, list[dict[str, Any]]]:
    """Offered models that a fallback may not use, as plain data."""
    return {"barred": _barred_result(bars.here), "barredAnywhere": _barred_result(bars.anywhere)}


def _barred_result(barred: Sequence[Barred]) -> list[dict[str, Any]]:
    return [
        {
            "vendor": one.model.vendor,
            "id": one.model.id,
            "reason": one.reason,
            "ignored": one.ignored,
            "bySettings": one.by_settings,
        }
        for one in barred
    ]


def not_initialized() -> JsonRpcException:
    """The answer to a request before initialize."""
    return JsonRpcServerNotInitialized("initialize has not been called yet")
