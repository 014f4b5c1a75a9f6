"""One strict converter from wire params to our dataclasses: camelCase, no guessing between types."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, override

from hydra_auto.app.report import camel
from hydra_auto.core.errors import InvalidParams

T = TypeVar("T")


class WireError(ValueError):
    """A value of the wrong kind; says what was expected, never what was sent."""


def _exactly(kind: type) -> Any:
    def structure(value: Any, _: type) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise WireError(f"expected {kind.__name__}")
        return value

    return structure


def _enum(value: Any, kind: type[Enum]) -> Enum:
    for member in kind:
        if member.value == value:
            return member
    raise WireError(f"expected one of {', '.join(str(m.value) for m in kind)}")


def _dataclass(kind: type) -> Any:
    names = {f.name: override(rename=camel(f.name)) for f in dataclasses.fields(kind)}
    return make_dict_structure_fn(kind, converter, **names)  # type: ignore[arg-type]  # **names: cattrs types them as flags


def _format(error: BaseException, _: type | None) -> str:
    if isinstance(error, WireError):
        return str(error)
    if isinstance(error, KeyError):
        return f"{camel(str(error.args[0]))} is missing"
    return "wrong type"


converter = cattrs.Converter(detailed_validation=True)
for _kind in (str, int, bool, float):
    converter.register_structure_hook(_kind, _exactly(_kind))
converter.register_structure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _enum)
converter.register_structure_hook_factory(dataclasses.is_dataclass, _dataclass)


def parse(raw: Any, shape: type[T]) -> T:
    """``raw`` as ``shape``. Unknown keys are ignored.

    Raises:
        InvalidParams: Names each wrong or missing value by its path.
    """
    if not isinstance(raw, dict):
        raise InvalidParams("params must be an object")
    try:
        return converter.structure(raw, shape)
    except cattrs.BaseValidationError as error:
        told = cattrs.transform_error(error, format_exception=_format)
        raise InvalidParams("; ".join(map(_as_on_the_wire, told))) from None


def _as_on_the_wire(told: str) -> str:
    """The path at the end of a message in camelCase, as the client wrote it."""
    words, at, path = told.rpartition(" @ ")
    return words + at + ".".join(map(camel, path.split(".")))
