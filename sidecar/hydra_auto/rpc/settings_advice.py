"""Tells the user once about an entry of ``hydraAuto.allow``, ``deny`` or ``vendors`` that means no model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from hydra_auto.app.ports import CatalogSource
from hydra_auto.core.errors import RouterError
from hydra_auto.core.request import AvailableModel, Overrides
from hydra_auto.core.settings_advice import IdlePattern, idle_patterns, written_patterns

log = logging.getLogger(__name__)

MOST_TOLD = 3
"""Sentences in one message."""


class SettingsAdvice:
    """Looks again whenever settings, catalog or offer changed. Methods are for the event loop.

    Until it is known what VS Code offers nothing is told: the lists may mean models of the offer.
    """

    def __init__(
        self, catalogs: CatalogSource, worker: ThreadPoolExecutor, tell: Callable[[str], None]
    ) -> None:
        """Nothing is known yet.

        Args:
            catalogs: Read on ``worker`` only.
            worker: Has one thread.
            tell: Shows a message to the user.
        """
        self._catalogs = catalogs
        self._worker = worker
        self._tell = tell
        self._settings: tuple[Overrides, ...] = ()
        self._offered: tuple[AvailableModel, ...] | None = None
        self._told: set[tuple[str, str]] = set()

    def settings_are(self, settings: tuple[Overrides, ...]) -> None:
        """The settings changed. What was told of an entry that is still there is not told again."""
        self._settings = settings
        self._told &= set(written_patterns(settings))
        self.look()

    def offers_are(self, offered: tuple[AvailableModel, ...]) -> None:
        """What VS Code offers now."""
        if offered != self._offered:
            self._offered = offered
            self.look()

    def look(self) -> None:
        """Look on the worker, and tell what is new."""
        offered, settings = self._offered, self._settings
        if offered is None:
            return
        loop = asyncio.get_running_loop()

        def work() -> None:
            try:
                found = idle_patterns(settings, self._catalogs.current(), offered)
            except RouterError as error:
                log.info("settings not looked at: %s", error.reference)
                return
            loop.call_soon_threadsafe(self._found, settings, found)

        self._worker.submit(work)

    def _found(self, settings: tuple[Overrides, ...], found: Sequence[IdlePattern]) -> None:
        new = [one for one in found if (one.setting, one.pattern) not in self._told]
        if settings is not self._settings or not new:
            return
        self._told |= {(one.setting, one.pattern) for one in new}
        for one in new:
            log.warning("setting %s", one.text)
        more = f" And {len(new) - MOST_TOLD} more, see the log." if len(new) > MOST_TOLD else ""
        self._tell(" ".join(one.text for one in new[:MOST_TOLD]) + more)
