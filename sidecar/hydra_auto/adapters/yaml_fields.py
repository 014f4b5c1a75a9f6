"""Nodes of a YAML file read by the field table: values with their origins, and a problem for each mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from hydra_auto.adapters.catalog_fields import EVIDENCE, MATCH, ROOT
from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.adapters.yaml_scalars import BadValue, is_null, kind_of, read_scalar
from hydra_auto.core.catalog import Evidence, ModelMatch
from hydra_auto.core.layer_values import (
    MOST_HINTS,
    LayerValue,
    Problem,
    Severity,
    Value,
    did_you_mean,
    value_or,
)
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import CostBasis, UnknownModels

MOST_MATCHES = 3_000
MOST_PATTERNS = 500
"""Of one file: each request holds every model against all of them. Efforts are no patterns and count not."""
MOST_PROBLEMS = 1_000


class EnoughProblems(Exception):
    """The rest of the file is not worth reading."""


@dataclass
class FieldReader:
    """Reads nodes of one file and gathers what is wrong with them.

    Attributes:
        path: Name of the file in origins and problems.
        layer: What kind of layer the file is.
        problems: Those found so far, in the order found.
        counted: How many there were of what a file may hold a limited number.

    Every method that may report raises ``EnoughProblems`` at one problem beyond ``MOST_PROBLEMS``.
    """

    path: str
    layer: LayerName
    problems: list[Problem] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)

    def mapping(self, node: yaml.Node, parent: Field) -> dict[str, LayerValue]:
        """Values of a mapping under dotted keys relative to it."""
        values: dict[str, LayerValue] = {}
        if not isinstance(node, yaml.MappingNode):
            self.report(node, f"{parent.key}: expected a mapping, got {kind_of(node)}")
            return values
        for child, value in self.entries(node, parent):
            if child.kind is Kind.MAPPING:
                if is_null(value):  # null unsets all of it; nothing at all is not finished yet
                    unset = bool(value.value)
                    if unset and not child.nullable:
                        message = f"{child.key}: null unsets nothing here; give levels, or take the key out"
                        self.report(value, message)
                        continue
                    nothing = LayerValue(value=None, origin=self.origin(value))
                    values |= {f"{child.key}.{leaf.key}": nothing for leaf in child.fields if unset}
                    continue
                nested = self.mapping(value, child)
                values |= {f"{child.key}.{key}": found for key, found in nested.items()}
                continue
            try:
                values[child.key] = LayerValue(value=self._value(value, child), origin=self.origin(value))
            except BadValue as error:
                self.report(value, f"{child.key}: {error}")
        return values

    def _value(self, node: yaml.Node, child: Field) -> Value:
        """The value of one field; raises BadValue."""
        if is_null(node) and (child.nullable or child.kind is Kind.NAMES):
            if not node.value:  # half-written: what was good before counts until it is finished
                unset = "write null to unset it" if child.nullable else "name something"
                raise BadValue(f"nothing is written here; {unset}, or take the key out")
            return None if child.nullable else ()
        if child.kind is Kind.NAMES:
            return self._names(node, child)
        if child.kind is Kind.RECORDS:
            return self._records(node, child)
        value = read_scalar(node, child)
        if child.key == "regime":
            return Regime(value)
        if child.key == "unknown_models":
            return UnknownModels(value)
        return CostBasis(value) if child.key == "cost_basis" else value

    def _names(self, node: yaml.Node, parent: Field) -> tuple[str, ...]:
        one = Field(key=parent.key, kind=Kind.NAME, doc="")
        found: dict[str, None] = {}
        items = self.items(node, parent)
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            items = [node]  # one name without brackets: reported, and still a limit
        for item in items:
            is_pattern = parent.key != "efforts"
            if is_pattern and self.too_many(item, "entries in lists of names and patterns", MOST_PATTERNS):
                break
            try:
                name = str(read_scalar(item, one))
            except BadValue as error:
                self.report(item, f"{parent.key}: {error}")
                continue
            if wrong := _wrong_name(name, parent.key):
                self.report(item, f"{parent.key}: {wrong}")
                found |= {name: None} if parent.key == "vendors" else {}  # an emptied list would let all pass
            elif name in found:
                self.report(item, f"{parent.key}: {name!r} is listed twice", Severity.WARNING)
            else:
                found[name] = None
        return tuple(found)

    def _records(self, node: yaml.Node, parent: Field) -> tuple[ModelMatch, ...] | tuple[Evidence, ...]:
        rows: list[dict[str, LayerValue]] = []
        for item in self.items(node, parent):
            if parent is MATCH and self.too_many(item, "entries of match", MOST_MATCHES):
                break
            row = self.mapping(item, parent)
            missing = [child.key for child in parent.fields if child.required and child.key not in row]
            if not missing:
                rows.append(row)
            elif isinstance(item, yaml.MappingNode):
                absent = [key for key in missing if not any(name.value == key for name, _ in item.value)]
                if absent:
                    self.report(item, f"{parent.key}: an entry needs {' and '.join(absent)}")
        if parent is MATCH:
            return tuple(
                ModelMatch(
                    vendor=value_or(row, "vendor", str, ""),
                    family=value_or(row, "family", str, "") or None,
                    id=value_or(row, "id", str, "") or None,
                )
                for row in rows
            )
        if parent is not EVIDENCE:
            raise AssertionError(parent.key)
        return tuple(
            Evidence(
                benchmark=value_or(row, "benchmark", str, ""),
                score=value_or(row, "score", float, 0.0),
                date=value_or(row, "date", str, ""),
                source=value_or(row, "source", str, ""),
                note=value_or(row, "note", str, ""),
            )
            for row in rows
        )

    def items(self, node: yaml.Node, parent: Field) -> list[yaml.Node]:
        """Items of a list; nothing counts as an empty one."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if not is_null(node):
            self.report(node, f"{parent.key}: expected a list, got {kind_of(node)}")
        return []

    def entries(self, node: yaml.MappingNode, parent: Field) -> Iterator[tuple[Field, yaml.Node]]:
        """Known keys with their values; unknown and repeated ones are reported."""
        known = {child.key: child for child in parent.fields}
        seen: dict[str, int] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else kind_of(key)
            if name in seen:
                self.report(
                    key, f"{name!r} is already set in line {seen[name]}; the last one would win silently"
                )
                continue
            seen[name] = key.start_mark.line + 1
            if name in known:
                yield known[name], value
            elif key.tag == "tag:yaml.org,2002:merge":
                self.report(key, "merge keys (<<) are not read; write the values out")
            else:
                keys = ", ".join(known)
                close = did_you_mean(name, known) if len(self.problems) < MOST_HINTS else ""
                hint = close or f" Known here: {keys}."
                where = "" if parent is ROOT else f" in {parent.key}"
                self.report(key, f"unknown key {name!r}{where}.{hint}")

    def too_many(self, node: yaml.Node, what: str, most: int) -> bool:
        """Count one more, and report the first beyond ``most``."""
        number = self.counted[what] = self.counted.get(what, 0) + 1
        if number == most + 1:
            self.report(node, f"more than {most:,} {what} in one file; use fewer")
        return number > most

    def origin(self, node: yaml.Node) -> Origin:
        """Where a value stands."""
        mark = node.start_mark
        return Origin(layer=self.layer, path=self.path, line=mark.line + 1, column=mark.column + 1)

    def report(self, node: yaml.Node, message: str, severity: Severity = Severity.ERROR) -> None:
        """Add a problem at a node; a node of several lines is marked at its beginning."""
        start, end = node.start_mark, node.end_mark
        one_line = start.line == end.line and end.column > start.column
        enough = len(self.problems) >= MOST_PROBLEMS
        if enough:
            message, severity = f"more than {MOST_PROBLEMS:,} problems; the rest is not read", Severity.ERROR
        self.problems.append(
            Problem(
                path=self.path,
                message=message,
                line=start.line + 1,
                column=start.column + 1,
                end_line=start.line + 1,
                end_column=(end.column if one_line else start.column + 1) + 1,
                severity=severity,
            )
        )
        if enough:
            raise EnoughProblems


def _wrong_name(name: str, key: str) -> str:
    """What is wrong with an entry of a list, beyond being text; empty if nothing is."""
    if key == "vendors" and set(name) & set("*?"):
        return f"{name!r}: vendors are named in full; allow and deny take patterns such as vendor:open*"
    if key != "paths":
        return ""
    if name != name.strip():
        return f"{name!r} begins or ends with a blank; write {name.strip()!r}"
    drive = name[1:2] == ":"
    if drive or "\\" in name or name.startswith(("/", "~")) or ".." in name.split("/"):
        return f"{name!r}: paths are relative to the workspace, with /, such as tests/**"
    return ""
