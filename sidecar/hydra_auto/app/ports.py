"""What the application needs from the outside world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol

from hydra_auto.core.catalog import Catalog, ModelEntry
from hydra_auto.core.layer_values import Problem
from hydra_auto.core.origin import LayerName
from hydra_auto.core.prediction import Prediction

Clock = Callable[[], float]
"""Seconds since some fixed moment."""


class RequirementPredictor(Protocol):
    """Scores texts. Implementations are safe to call from one thread at a time."""

    @property
    def model_version(self) -> str:
        """Short name of the weights, as in the model card."""
        ...

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order.

        Raises:
            InferenceFailed: The runtime refused the input.
        """
        ...


class CatalogSource(Protocol):
    """Where the catalog comes from."""

    def current(self) -> Catalog:
        """The newest catalog that was good.

        Raises:
            CatalogInvalid: There has never been a good one.
        """
        ...


class LayerFile(Protocol):
    """A file that may hold a catalog layer, and what became of it."""

    @property
    def name(self) -> LayerName:
        """Which layer."""
        ...

    @property
    def path(self) -> Path:
        """Where it is, or would be."""
        ...

    @property
    def status(self) -> Enum:
        """Used, absent, broken or untrusted."""
        ...


class LayeredCatalog(CatalogSource, Protocol):
    """A catalog source that follows its files."""

    def set_workspace(self, folder: Path | None, *, trusted: bool) -> None:
        """Take a workspace's layer into account, or leave it out."""
        ...

    def refresh(self) -> bool:
        """Reread what changed; says whether anything was read."""
        ...

    def with_models(self, text: str, entries: Sequence[ModelEntry]) -> str:
        """The text of a catalog file with more models.

        Raises:
            CatalogInvalid: The text has a mistake.
        """
        ...

    def on_change(self, call: Callable[[], None]) -> None:
        """Have ``call`` called after each reading, good or bad, on the thread that read."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong at the newest reading."""
        ...

    @property
    def files(self) -> Sequence[LayerFile]:
        """The files of the newest reading, weakest first."""
        ...
