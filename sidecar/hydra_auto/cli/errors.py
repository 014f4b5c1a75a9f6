"""Errors that only a command line can have."""

from __future__ import annotations

from hydra_auto.core.errors import RouterError


class UsageError(RouterError):
    """A command that cannot be carried out as it was given."""

    reference = "usage"
