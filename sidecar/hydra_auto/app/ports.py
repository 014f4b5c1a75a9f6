"""What the application needs from the outside world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from hydra_auto.core.catalog import Catalog
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
