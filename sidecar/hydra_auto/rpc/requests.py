"""Wire params as the core's values."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from hydra_auto.app.service import TurnStep
from hydra_auto.app.turns import turn_key
from hydra_auto.core.catalog import LayerName, Origin
from hydra_auto.core.chat import (
    context_tokens,
    has_image,
    is_later_step,
    is_utility,
    turn_texts,
    user_words,
)
from hydra_auto.core.errors import InvalidParams
from hydra_auto.core.request import Overrides, RoutingRequest
from hydra_auto.rpc.converter import parse
from hydra_auto.rpc.protocol import RouteParams, Settings

log = logging.getLogger(__name__)


def routing_request(params: RouteParams, settings: Sequence[Overrides]) -> RoutingRequest:
    """What the params of ``router/route`` ask for.

    Raises:
        InvalidParams: A value is out of range.
    """
    messages = [message.value() for message in params.messages]
    return RoutingRequest(
        text=user_words(messages),
        needs_images=has_image(messages),
        needs_tools=params.tools > 0,
        context_tokens=context_tokens(messages),
        is_utility=is_utility(messages, tools=params.tools, initiator=params.initiator),
        available=tuple(model.value() for model in params.models),
        vetoed=tuple(veto.value() for veto in params.vetoed),
        overrides=(*settings, params.overrides()),
    )


def turn_step(params: RouteParams) -> TurnStep:
    """The request's place in its turn."""
    messages = [message.value() for message in params.messages]
    return TurnStep(
        key=turn_key(params.conversation_id, turn_texts(messages)), is_later=is_later_step(messages)
    )


def settings_overrides(settings: Any) -> tuple[Overrides, ...]:
    """The user's settings, weakest scope first. A setting with a bad value is left out, and logged.

    Args:
        settings: Setting name to ``{value, scope}``.
    """
    if not isinstance(settings, Mapping):
        return ()
    found = []
    for scope in ("user", "workspace"):
        for name, setting in sorted(settings.items()):  # tau comes after regime, and so wins over it
            if not isinstance(setting, Mapping) or setting.get("scope", "user") != scope:
                continue
            origin = Origin(layer=LayerName.SETTINGS, path=f"hydraAuto.{name} ({scope})")
            try:
                found.append(parse({name: setting.get("value")}, Settings).overrides(origin))
            except InvalidParams as error:
                log.warning("setting hydraAuto.%s ignored: %s", name, error.message)
    return tuple(found)
