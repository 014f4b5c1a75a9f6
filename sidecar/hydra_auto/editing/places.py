"""Every key and value of a composed catalog file, with its field of the format and its exact span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import yaml

from hydra_auto.adapters.catalog_fields import MATCH, MODEL, ROOT
from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.adapters.routing_fields import ROUTING, RULES
from hydra_auto.adapters.yaml_scalars import kind_of
from hydra_auto.editing.source_text import Span

Path = tuple[str | int, ...]
"""Keys and list indices from the root: ``("models", 2, "price", "input")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry of a mapping or one item of a list.

    Attributes:
        field: What the format says of the value; None if it knows no such key.
        parent: What the format says of the mapping or list that this is in.
        name: The key; empty for an item of a list.
        key: Span of the key; None for an item of a list.
        value: Span of the value, without what follows it; empty where there is none.
        container: The mapping or list that this is in.
        index: Its place in there.
        repeated: The same key stands further up in the same mapping.
        model: Id of the model that this belongs to, if it has one.
    """

    path: Path
    field: Field | None
    parent: Field
    name: str
    key: Span | None
    value: Span
    node: yaml.Node
    container: yaml.CollectionNode
    index: int
    repeated: bool = False
    model: str | None = None

    @property
    def span(self) -> Span:
        """Key and value together."""
        start = self.value.start if self.key is None else self.key.start
        return Span(start, max(start, self.value.end))

    @property
    def dotted(self) -> str:
        """The key that layers and origins use: relative to the model, or to ``routing``.

        Keys inside lists belong to the list: ``match``, ``evidence``, ``rules``.
        """
        if self.is_rule:
            return RULES.key
        inner = self.path[2:] if self.path[0] == MODEL.key else self.path[1:]
        names: list[str] = []
        for step in inner:
            if isinstance(step, int):
                break
            names.append(step)
        return ".".join(names)

    @property
    def is_model(self) -> bool:
        """Whether this is an item of ``models``."""
        return len(self.path) == 2 and self.path[0] == MODEL.key  # noqa: PLR2004

    @property
    def is_routing(self) -> bool:
        """Whether this is ``routing`` or inside it."""
        return self.path[0] == ROUTING.key

    @property
    def is_rule(self) -> bool:
        """Whether this is ``rules`` or inside it; what a rule sets replaces nothing of a weaker layer."""
        return self.path[0] == RULES.key

    @property
    def list_key(self) -> str:
        """The key of the list that this is an item of, such as ``deny``; empty if it is no item."""
        return "" if self.key is not None else str(self.path[-2])

    @property
    def is_match(self) -> bool:
        """Whether this is one way of VS Code to name a model."""
        return self.parent is MATCH and self.key is None

    @property
    def flow(self) -> bool:
        """Whether the container is written with brackets."""
        return bool(self.container.flow_style)


def find_places(root: yaml.Node, base: int) -> list[Place]:
    """All places in the order of the file; what an alias repeats is listed where it is anchored.

    Args:
        root: Root node, within the bounds of ``yaml_document``.
        base: Characters before the text that was composed, such as a byte order mark.
    """
    return list(_Finder(base=base, seen=set()).mapping(root, ROOT, (), None))


def item_field(parent: Field) -> Field:
    """What the format says of an item of a list."""
    if parent.kind is Kind.NAMES:
        return Field(key=parent.key, kind=Kind.NAME, doc=parent.doc)
    return replace(parent, kind=Kind.MAPPING)


def tight_span(node: yaml.Node, base: int) -> Span:
    """Span of a node; a block collection ends where its last value does, not at the next token."""
    start = node.start_mark.index + base
    last = node
    while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
        child = last.value[-1]
        following = child[1] if isinstance(child, tuple) else child
        if following.start_mark.index < last.start_mark.index:  # an alias to something further up
            return Span(start, max(start, last.end_mark.index + base))
        last = following
    return Span(start, max(start, last.end_mark.index + base))


@dataclass
class _Finder:
    base: int
    seen: set[int]

    def mapping(self, node: yaml.Node, parent: Field, path: Path, model: str | None) -> Iterator[Place]:
        if not isinstance(node, yaml.MappingNode) or id(node) in self.seen:
            return
        self.seen.add(id(node))
        if parent.key == MODEL.key:
            model = _id_of(node)
        known = {child.key: child for child in parent.fields}
        names: set[str] = set()
        for index, (key, value) in enumerate(node.value):
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else kind_of(key)
            field = known.get(name)
            place = Place(
                path=(*path, name),
                field=field,
                parent=parent,
                name=name,
                key=tight_span(key, self.base),
                value=self.value_span(key, value),
                node=value,
                container=node,
                index=index,
                repeated=name in names,
                model=model,
            )
            names.add(name)
            yield place
            if field is not None and not place.repeated:
                yield from self.inside(value, field, place.path, model)

    def inside(self, node: yaml.Node, field: Field, path: Path, model: str | None) -> Iterator[Place]:
        if field.kind is Kind.MAPPING:
            yield from self.mapping(node, field, path, model)
        elif field.kind in (Kind.RECORDS, Kind.NAMES):
            yield from self.items(node, field, path, model)

    def items(self, node: yaml.Node, parent: Field, path: Path, model: str | None) -> Iterator[Place]:
        if not isinstance(node, yaml.SequenceNode) or id(node) in self.seen:
            return
        self.seen.add(id(node))
        one = item_field(parent)
        for index, item in enumerate(node.value):
            place = Place(
                path=(*path, index),
                field=one,
                parent=parent,
                name="",
                key=None,
                value=tight_span(item, self.base),
                node=item,
                container=node,
                index=index,
                model=_id_of(item) if parent is MODEL else model,
            )
            yield place
            yield from self.inside(item, one, place.path, place.model)

    def value_span(self, key: yaml.Node, value: yaml.Node) -> Span:
        """Span of a value; an alias to something further up counts as nothing behind its key."""
        span = tight_span(value, self.base)
        after = key.end_mark.index + self.base
        return span if span.start >= after else Span(after, after)


def _id_of(node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    named = (value for key, value in node.value if key.value == "id")
    first = next(named, None)
    return str(first.value) if isinstance(first, yaml.ScalarNode) else None
