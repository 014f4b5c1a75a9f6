"""How a key of the catalog format is described: its kind, its bounds and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LONGEST_NAME = 200
LONGEST_TEXT = 2_000
"""Characters."""


class Kind(Enum):
    """What a value looks like in YAML."""

    TEXT = "text"
    NAME = "name"  # text of one line without control or direction characters
    ID = "id"  # a name without blanks and without the * of patterns
    DATE = "date"  # 2026, 2026-02 or 2026-02-17
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"
    NAMES = "names"  # a list of names
    MAPPING = "mapping"
    RECORDS = "records"  # a list of mappings


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of the format.

    Attributes:
        minimum: Smallest number allowed, inclusive.
        maximum: Largest number allowed, inclusive.
        nullable: ``null`` unsets what a weaker layer set.
        required: The mapping cannot be read without this key.
        fields: The keys of a mapping, or of each record.
    """

    key: str
    kind: Kind
    doc: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False
    required: bool = False
    fields: tuple[Field, ...] = ()
