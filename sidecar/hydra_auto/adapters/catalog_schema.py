"""The JSON schema of catalog files, for editors without a language server."""

from __future__ import annotations

from typing import Any

from hydra_auto.adapters.catalog_fields import ROOT, SCHEMA_VERSION
from hydra_auto.adapters.field_kinds import LONGEST_NAME, LONGEST_TEXT, Field, Kind
from hydra_auto.adapters.routing_fields import RULES

_UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064"
    r"\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    r"\u180b-\u180d\u180f\ufe00-\ufe0d"
)
"""Characters of the basic plane that the reader refuses in names."""

_NAME = rf"^(?=.*\S)[^{_UNSEEN}]+$"
_ID = rf"^[^\s*\ufe0e\ufe0f{_UNSEEN}]+$"
_VENDOR = rf"^(?=.*\S)[^*?{_UNSEEN}]+$"
_PATH = rf"^(?![/~\s])(?!.:)(?!(.*/)?\.\.(/|$))(?!.*\s$)[^\\{_UNSEEN}]+$"
_DATE = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"


def json_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a catalog file.

    It takes all that the reader takes, and refuses what a schema can: not two models of one id, numbers
    such as ``1.0`` where a whole one is wanted, or days that a month does not have.
    """
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "HyDRA Auto model catalog",
        **_schema(ROOT),
    }
    schema["properties"]["schema_version"] = {
        "const": SCHEMA_VERSION,
        "description": "Version of this format.",
    }
    return schema


def _text(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "maxLength": LONGEST_NAME}


_SIMPLE: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string", "pattern": r"\S", "maxLength": LONGEST_TEXT},
    Kind.NAME: _text(_NAME),
    Kind.ID: _text(_ID),
    # YAML reads 2026 as a number, and some readers 2026-02-17 as a date, which they hand on as text.
    Kind.DATE: {"type": ["string", "integer"], "pattern": _DATE, "minimum": 1000, "maximum": 9999},
    Kind.NUMBER: {"type": "number"},
    Kind.INTEGER: {"type": "integer"},
    Kind.FLAG: {"type": "boolean"},
}
_NAMES = {"vendors": _text(_VENDOR), "paths": _text(_PATH)}


def _schema(field: Field) -> dict[str, Any]:
    if field.kind is Kind.MAPPING:
        shape = _object(field)
    elif field.kind is Kind.RECORDS:
        shape = {"type": "array", "items": _record(field)}
    elif field.kind is Kind.NAMES:
        shape = {"type": "array", "items": _NAMES.get(field.key, _SIMPLE[Kind.NAME])}
    elif field.kind is Kind.CHOICE:
        shape = {"enum": list(field.choices)}
    else:
        shape = dict(_SIMPLE[field.kind])
    for name, bound in (("minimum", field.minimum), ("maximum", field.maximum)):
        if bound is not None:
            shape[name] = bound
    if field.key == "paths":
        shape["minItems"] = 1
    elif field.kind in (Kind.MAPPING, Kind.RECORDS, Kind.NAMES) or (field.nullable and "type" in shape):
        shape["type"] = [shape["type"], "null"]  # nothing behind a key is no mistake
    elif field.nullable:
        shape["enum"].append(None)
    return {**shape, "description": field.doc}


def _record(field: Field) -> dict[str, Any]:
    shape = _object(field)
    if field is RULES:  # one that only says when
        shape["not"] = {"required": ["paths"], "maxProperties": 1}
    return shape


def _object(field: Field) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {child.key: _schema(child) for child in field.fields},
    }
    required = [child.key for child in field.fields if child.required]
    return {**shape, "required": required} if required else shape
