"""Catalog layers as values: what one source of catalog values says, and where it says it.

A layer is flat. Routing and each model map a dotted key (``tau``, ``weights.debugging``,
``price.input``) to a value and its origin, so that merging is replacing keys.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TypeVar

from hydra_auto.core.catalog import Evidence, ModelId, ModelMatch
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis, Rule, UnknownModels

T = TypeVar("T")

Value = (
    str
    | int
    | float
    | bool
    | Regime
    | CostBasis
    | UnknownModels
    | tuple[str, ...]
    | tuple[ModelMatch, ...]
    | tuple[Evidence, ...]
    | tuple[Rule, ...]
    | None
)
"""What a catalog key may hold; None stands for a written ``null``, which unsets an optional key."""


class Severity(Enum):
    """An error makes a file unusable; a warning is worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong at one place of a catalog file.

    Lines and columns count from 1, columns in characters (not UTF-16 units); the end is exclusive.
    Line 0 stands for a file as a whole.
    """

    path: str
    message: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    severity: Severity = Severity.ERROR

    @property
    def place(self) -> str:
        """``file:line:column``, or just the file."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path

    def __str__(self) -> str:
        return f"{self.place}: {self.severity.value}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerValue:
    """One value as a layer sets it."""

    value: Value
    origin: Origin


Values = Mapping[str, LayerValue]
"""Dotted key to value."""

NO_VALUES: Values = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerModel:
    """What one layer says about one model; ``origin`` is where it names it."""

    id: ModelId
    origin: Origin
    values: Values = field(default_factory=lambda: NO_VALUES)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogLayer:
    """One source of catalog values. Model ids are distinct."""

    name: LayerName
    path: str = ""
    routing: Values = field(default_factory=lambda: NO_VALUES)
    models: tuple[LayerModel, ...] = ()

    def __post_init__(self) -> None:
        ids = [model.id for model in self.models]
        if len(set(ids)) != len(ids):
            raise ValueError("layer names a model id twice")


def is_unset(values: Values, key: str) -> bool:
    """Whether no layer sets a key, or the strongest that does unsets it."""
    return key not in values or values[key].value is None


def optional_value(values: Values, key: str, kind: type[T]) -> T | None:
    """The value of a key, None if it is unset; a whole number is taken for a ``float``, too.

    Raises:
        TypeError: The value is of another kind; no layer that was read holds such a one.
    """
    if is_unset(values, key):
        return None
    value = values[key].value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind):
        raise TypeError(f"{key} holds {type(value).__name__}, not {kind.__name__}")
    return value


def value_or(values: Values, key: str, kind: type[T], default: T) -> T:
    """As ``optional_value``, with ``default`` for a key that is unset."""
    found = optional_value(values, key, kind)
    return default if found is None else found


def items_of(values: Values, key: str, kind: type[T]) -> tuple[T, ...]:
    """The items of a list, as far as they are of ``kind``; none if the key is unset."""
    return tuple(item for item in value_or(values, key, tuple, ()) if isinstance(item, kind))


MOST_HINTS = 20
"""How many problems of a catalog get a hint: looking for a likely spelling takes long."""


def problem_at(origin: Origin, message: str, severity: Severity = Severity.ERROR) -> Problem:
    """A problem at the place where a value was set."""
    return Problem(
        path=origin.path or origin.layer.value,
        line=origin.line,
        column=origin.column,
        end_line=origin.line,
        end_column=origin.column + 1 if origin.line else 0,
        message=message,
        severity=severity,
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` for the closest known word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
