"""Wire params as the core's values."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from hydra_auto.app.service import TurnStep
from hydra_auto.app.turns import turn_key
from hydra_auto.core.chat import (
    attached_files,
    context_tokens,
    has_image,
    is_later_step,
    is_utility,
    turn_texts,
    user_words,
)
from hydra_auto.core.errors import InvalidParams
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.patterns import relative_paths
from hydra_auto.core.request import Overrides, RoutingRequest
from hydra_auto.rpc.converter import parse
from hydra_auto.rpc.protocol import RouteParams, Settings

log = logging.getLogger(__name__)


def routing_request(
    params: RouteParams, settings: Sequence[Overrides], folders: Sequence[str] = ()
) -> RoutingRequest:
    """What the params of ``router/route`` ask for.

    Args:
        params: As they came.
        settings: The user's settings as overrides.
        folders: The workspace's, to make paths of attached files relative.

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
        paths=relative_paths([*params.paths, *attached_files(messages)], folders),
        available=tuple(model.value() for model in params.models),
        vetoed=tuple(veto.value() for veto in params.vetoed),
        overrides=(*settings, params.overrides()),
    )


def turn_step(params: RouteParams) -> TurnStep:
    """The request's place in its turn."""
    messages = [message.value() for message in params.messages]
    texts = turn_texts(messages)
    return TurnStep(
        key=turn_key(params.conversation_id, texts),
        is_later=is_later_step(messages),
        previous=turn_key(params.conversation_id, texts[:-1]) if len(texts) > 1 else None,
    )


SCOPES = ("user", "workspace")
"""Where a setting can be made, weakest first."""


def settings_overrides(settings: Any) -> tuple[Overrides, ...]:
    """The user's settings, weakest scope first. A setting with a bad value is left out, and logged.

    Args:
        settings: Scope to setting name to value; from clients before scopes could add up: setting name to
            ``{value, scope}``.
    """
    if not isinstance(settings, Mapping):
        return ()
    found = []
    for scope, named in _by_scope(settings):
        for name, value in sorted(named.items()):  # tau comes after regime, and so wins over it
            origin = Origin(layer=LayerName.SETTINGS, path=f"hydraAuto.{name} ({scope})")
            kept = _texts_only(value) if name in _LISTS else value
            if kept != value:
                log.warning("setting hydraAuto.%s: what is not text in it is ignored", name)
            if kept == [] != value:
                continue
            try:
                found.append(parse({name: kept}, Settings).overrides(origin))
            except InvalidParams as error:
                log.warning("setting hydraAuto.%s ignored: %s", name, error.message)
    return tuple(found)


_LISTS = ("allow", "deny", "vendors")


def _texts_only(value: Any) -> Any:
    """The list without what is no text, a single text as a list of it: a slip must not lift a restriction."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else value


def _by_scope(settings: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    scopes: dict[str, dict[str, Any]] = {scope: {} for scope in SCOPES}
    for name, value in settings.items():
        if name in scopes and isinstance(value, Mapping):
            scopes[name] |= {str(key): item for key, item in value.items()}
        elif isinstance(value, Mapping) and value.get("scope", "user") in scopes:
            scopes[value.get("scope", "user")][name] = value.get("value")
    return list(scopes.items())
