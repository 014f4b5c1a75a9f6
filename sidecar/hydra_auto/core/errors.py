"""Everything the router reports on purpose (STYLE.md section 6)."""

from __future__ import annotations

from typing import ClassVar


class RouterError(Exception):
    """An expected failure: ``message`` says what happened, ``hint`` says what to do about it.

    ``reference`` is stable and kebab-case, one per subclass: clients switch on it, people read
    the rest. Neither text ever holds prompt text.
    """

    reference: ClassVar[str] = "router-error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidParams(RouterError):
    """A request that cannot be understood."""

    reference = "invalid-params"


class CatalogInvalid(RouterError):
    """A catalog file with at least one problem; ``message`` lists them all with their places."""

    reference = "catalog-invalid"


class ModelFileMissing(RouterError):
    """A file of the encoder is not in the model folder."""

    reference = "model-file-missing"


class ModelChecksum(RouterError):
    """A file of the encoder is not the one its model card describes."""

    reference = "model-checksum"


class ModelHeadOrder(RouterError):
    """The encoder's heads are not our capabilities in our order."""

    reference = "model-head-order"


class InferenceFailed(RouterError):
    """The encoder could not score a text."""

    reference = "inference-failed"
