"""Single values out of YAML nodes, with the traps of YAML 1.1 said aloud."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import yaml

from hydra_auto.adapters.field_kinds import LONGEST_NAME, LONGEST_TEXT, Field, Kind
from hydra_auto.core.layer_values import did_you_mean
from hydra_auto.core.patterns import VENDOR_PREFIX
from hydra_auto.core.unseen import EMOJI_STYLES, is_unseen

_STR = "tag:yaml.org,2002:str"
_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_BOOL = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"

DECIMAL = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
"""A number as people write it, whatever YAML takes it for."""

_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_LONGEST_EXPONENT = 3
_MOST_DIGITS = 18
_LONGEST_QUOTE = 60


class BadValue(Exception):
    """A value that its field does not take; the text says why and what to write instead."""


def is_null(node: yaml.Node) -> bool:
    """Whether the node is ``null``, ``~`` or nothing at all."""
    return bool(node.tag == _NULL)


def kind_of(node: yaml.Node) -> str:
    """The node in a few words, quoted as it stands in the file."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if is_null(node):
        return "nothing"
    value = str(node.value)
    short = value if len(value) <= _LONGEST_QUOTE else f"{value[:_LONGEST_QUOTE]}..."
    known = {_STR: "text", _BOOL: "true/false", _INT: "number", _FLOAT: "number", _TIMESTAMP: "date"}
    return f"{known.get(node.tag, 'tagged')} {short!r}"


def read_scalar(node: yaml.Node, field: Field) -> str | int | float | bool:
    """The value of a field that is not a list or mapping.

    Raises:
        BadValue: Wrong type, out of range, not one of the choices.
    """
    if not isinstance(node, yaml.ScalarNode):
        raise BadValue(f"expected {_WANTED[field.kind]}, got {kind_of(node)}")
    match field.kind:
        case Kind.NUMBER | Kind.INTEGER:
            return _number(node, field)
        case Kind.FLAG:
            if node.tag != _BOOL:
                raise BadValue(f"expected true or false, got {kind_of(node)}")
            return node.value.lower() in ("true", "yes", "on")
        case Kind.DATE:
            if not _DATE.fullmatch(node.value):
                raise BadValue(f"expected a date such as 2026-02 or 2026-02-17, got {kind_of(node)}")
            if not _is_in_calendar(node.value):
                raise BadValue(f"there is no {node.value} in the calendar")
            return str(node.value)
        case Kind.CHOICE:
            if node.value not in field.choices or node.tag != _STR:
                choices = ", ".join(field.choices)
                hint = did_you_mean(node.value, field.choices)
                raise BadValue(f"expected one of {choices}; got {kind_of(node)}.{hint}")
            return str(node.value)
        case _:
            return _text(node, field)


def _is_in_calendar(written: str) -> bool:
    year, month, day = (*map(int, written.split("-")), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_WANTED = {
    Kind.TEXT: "text",
    Kind.NAME: "a name",
    Kind.ID: "an id",
    Kind.DATE: "a date",
    Kind.NUMBER: "a number",
    Kind.INTEGER: "a whole number",
    Kind.FLAG: "true or false",
    Kind.CHOICE: "a word",
    Kind.NAMES: "a name",
}


def _number(node: yaml.ScalarNode, field: Field) -> int | float:
    written = node.value
    wanted = _range(field)
    plain = DECIMAL.fullmatch(written) is not None
    if node.tag == _STR:
        if not plain:
            raise BadValue(f"expected {wanted}, got {kind_of(node)}")
        if node.style in ("'", '"'):
            raise BadValue(f"expected {wanted}, got the text {written!r}; remove the quotes")
        plainly = in_yaml(written, field)
        raise BadValue(f"expected {wanted}; YAML reads {written} as text, write {plainly}")
    if node.tag not in (_INT, _FLOAT):
        raise BadValue(f"expected {wanted}, got {kind_of(node)}")
    if not plain:
        raise BadValue(_odd_number(written, wanted))
    digits = written.lstrip("+-").replace("_", "")
    if node.tag == _INT and len(digits) > 1 and digits.startswith("0"):
        raise BadValue(f"expected {wanted}; YAML reads {written} as octal, write {digits.lstrip('0') or '0'}")
    if field.kind is Kind.INTEGER and node.tag == _FLOAT:
        raise BadValue(f"expected {wanted}, got {written}")
    number = float(written.replace("_", ""))
    low, high = field.minimum, field.maximum
    if number in (float("inf"), float("-inf")):
        raise BadValue(f"expected {wanted}, got {written}, which is too large")
    if (low is not None and number < low) or (high is not None and number > high):
        raise BadValue(f"expected {wanted}, got {written}")
    return int(number) if field.kind is Kind.INTEGER else number


def _odd_number(written: str, wanted: str) -> str:
    if ":" in written:
        return f"expected {wanted}; YAML reads {written} in base 60, write a plain number"
    if "nan" in written.lower() or "inf" in written.lower():
        return f"expected {wanted}, got {written}; it must be a finite number"
    return f"expected {wanted}, got {written}; write it in decimal"


def in_yaml(written: str, field: Field) -> str:
    """A decimal number that YAML 1.1 takes for text, such as ``1e-3``, as it takes it for a number.

    Raises:
        BadValue: A whole number is wanted, and this is none.
    """
    mantissa, _, exponent = written.lower().replace("_", "").partition("e")
    if field.kind is Kind.INTEGER:
        whole = Decimal(f"{mantissa}e{exponent or 0}") if len(exponent) <= _LONGEST_EXPONENT else None
        if whole is None or whole.adjusted() > _MOST_DIGITS or whole != whole.to_integral_value():
            raise BadValue(f"expected {_range(field)}, got {written}")
        return f"{whole:f}".partition(".")[0]
    if "." not in mantissa:
        mantissa += ".0"
    if mantissa.lstrip("+-").startswith("."):
        mantissa = mantissa.replace(".", "0.", 1)
    if not exponent:
        return mantissa
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def _range(field: Field) -> str:
    noun = "a whole number" if field.kind is Kind.INTEGER else "a number"
    if field.minimum is not None and field.maximum is not None:
        if field.minimum == field.maximum:
            return f"{field.minimum:g}"
        return f"{noun} in [{field.minimum:.15g}, {field.maximum:.15g}]"
    return f"{noun} >= {field.minimum:g}" if field.minimum is not None else noun


def _text(node: yaml.ScalarNode, field: Field) -> str:
    value = str(node.value)
    if node.tag != _STR:
        if is_null(node):
            raise BadValue(f"expected {_WANTED[field.kind]}, got nothing")
        read_as = _NOT_TEXT.get(node.tag, "a tagged value")
        raise BadValue(
            f"expected {_WANTED[field.kind]}; YAML reads {value} as {read_as}, write {_quoted(value)}"
        )
    longest = LONGEST_TEXT if field.kind is Kind.TEXT else LONGEST_NAME
    if not value.strip():
        raise BadValue(f"expected {_WANTED[field.kind]}, got empty text")
    if len(value) > longest:
        raise BadValue(f"text of {len(value)} characters; at most {longest} are taken")
    more = EMOJI_STYLES if field.kind is Kind.ID else ""
    odd = next((c for c in value if is_unseen(c) or c in more), None)
    if odd is not None and (field.kind is not Kind.TEXT or odd not in "\n\t"):
        raise BadValue(f"holds the invisible character U+{ord(odd):04X}; remove it")
    if field.kind is Kind.ID and value.lower().startswith(VENDOR_PREFIX):
        raise BadValue(f"an id may not begin with {VENDOR_PREFIX}, by which lists mean a vendor")
    if field.kind is Kind.ID and (any(c.isspace() for c in value) or "*" in value):
        raise BadValue(
            f"expected an id without blanks and *, such as anthropic/claude-sonnet-5, got {value!r}"
        )
    return value


_NOT_TEXT = {
    _BOOL: "true/false",
    _INT: "a number",
    _FLOAT: "a number",
    _TIMESTAMP: "a date",
}


def _quoted(value: str) -> str:
    return f'"{value}"' if '"' not in value else f"'{value}'"
