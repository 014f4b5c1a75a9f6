"""Quick fixes: the edits that mend what a diagnostic marks."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from hydra_auto.adapters.catalog_fields import SCHEMA_VERSION
from hydra_auto.adapters.field_kinds import Kind
from hydra_auto.adapters.yaml_scalars import DECIMAL, in_yaml
from hydra_auto.editing.advice import dead_matches
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.places import Place, tight_span
from hydra_auto.editing.source_text import Edit, Span

_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_CUTOFF = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One way to mend what is marked at ``span``.

    Attributes:
        preferred: The obvious one, which an editor may apply unasked when told to fix all.
    """

    title: str
    span: Span
    edits: tuple[Edit, ...]
    preferred: bool = False


def fixes(document: CatalogDocument, span: Span) -> Iterator[Fix]:
    """All fixes for what is marked in ``span`` of a file; none while it is no YAML, none that makes it so."""
    if document.unreadable is None:
        yield from (fix for fix in _found(document, span) if _keeps_anchors(document, fix))


def _keeps_anchors(document: CatalogDocument, fix: Fix) -> bool:
    """Whether no alias is left without what it repeats."""
    text = document.text
    if not any("&" in text[edit.span.start : edit.span.end] for edit in fix.edits):
        return True
    return CatalogDocument(document.source.changed(fix.edits), document.around).unreadable is None


def _found(document: CatalogDocument, span: Span) -> Iterator[Fix]:
    yield from (fix for fix in _schema_version(document) if fix.span.touches(span))
    for place in document.places:
        if not place.span.touches(span):
            continue
        if place.key is not None and (place.field is None or place.repeated):
            yield from _misplaced_key(document, place)
        elif place.field is not None:
            yield from _value(document, place)
    for place, _, _ in dead_matches(document):
        out = deletion(document, place) if place.value.touches(span) else None
        if out:
            title = "Delete this match, which means no model that VS Code offers"
            yield Fix(title=title, span=document.line_of(place.value), edits=out)


def _misplaced_key(document: CatalogDocument, place: Place) -> Iterator[Fix]:
    assert place.key is not None  # noqa: S101  the caller looked
    if place.field is None:
        present = {str(key.value) for key, _ in place.container.value}
        known = [child.key for child in place.parent.fields if child.key not in present]
        for close in difflib.get_close_matches(place.name, known, n=1, cutoff=_CUTOFF):
            edit = Edit(span=place.key, text=close)
            yield Fix(title=f"Rename to {close}", span=place.key, edits=(edit,), preferred=True)
    if out := deletion(document, place):
        what = "repeated" if place.repeated else "unknown"
        yield Fix(
            title=f"Delete the {what} key {place.name}",
            span=place.key,
            edits=out,
            preferred=place.repeated,
        )


def _value(document: CatalogDocument, place: Place) -> Iterator[Fix]:
    field, node = place.field, place.node
    if field is None or not isinstance(node, yaml.ScalarNode):
        return
    written = str(node.value)
    replacement, title = "", ""
    if field.kind in (Kind.NUMBER, Kind.INTEGER) and place.path != ("schema_version",):
        replacement = _mended_number(written, node, place)
        title = f"Change to {replacement}"
    elif field.kind is Kind.CHOICE and written not in field.choices:
        replacement = next(iter(difflib.get_close_matches(written, field.choices, n=1, cutoff=_CUTOFF)), "")
        title = f"Change to {replacement}"
    elif field.kind is Kind.FLAG and node.tag != "tag:yaml.org,2002:bool":
        replacement = {"1": "true", "0": "false"}.get(written, written.lower())
        if replacement not in ("true", "false"):
            return
        title = f"Change to {replacement}"
    elif field.kind in (Kind.TEXT, Kind.NAME, Kind.ID) and written and _is_plain_non_text(node):
        replacement, title = f'"{written}"', "Put quotes around it"
    if replacement and place.value.start < place.value.end:
        span = document.behind_anchor(place.value)
        yield Fix(title=title, span=span, edits=(Edit(span=span, text=replacement),), preferred=True)


def _mended_number(written: str, node: yaml.ScalarNode, place: Place) -> str:
    """The nearest number that the field takes, as YAML reads it; empty if the value is fine or no number."""
    field = place.field
    if field is None or DECIMAL.fullmatch(written) is None:
        return ""
    number = float(written.replace("_", ""))
    clamped = number
    if field.minimum is not None:
        clamped = max(clamped, field.minimum)
    if field.maximum is not None:
        clamped = min(clamped, field.maximum)
    if not math.isfinite(clamped):
        return ""
    if field.kind is Kind.INTEGER:
        clamped = float(round(clamped))
    fitting = ("int",) if field.kind is Kind.INTEGER else ("int", "float")
    is_read = node.tag.rpartition(":")[2] in fitting and _OCTAL.fullmatch(written) is None
    if clamped == number and is_read:
        return ""
    text = f"{clamped:.15g}"
    if "e" not in text:
        return text
    return in_yaml(text, field) if field.kind is Kind.NUMBER else ""


def _is_plain_non_text(node: yaml.ScalarNode) -> bool:
    kind = str(node.tag).rpartition(":")[2]
    return not node.style and kind in ("int", "float", "bool", "timestamp") and '"' not in node.value


def _schema_version(document: CatalogDocument) -> Iterator[Fix]:
    root = document.root
    if not isinstance(root, yaml.MappingNode):
        return
    for place in document.places:
        if place.path == ("schema_version",) and not place.repeated:
            if str(place.node.value) != str(SCHEMA_VERSION) or place.node.tag != "tag:yaml.org,2002:int":
                edit = Edit(span=place.value, text=str(SCHEMA_VERSION))
                if place.value.start == place.value.end:
                    edit = Edit(span=place.value, text=f" {SCHEMA_VERSION}")
                known = _is_no_newer(str(place.node.value))
                yield Fix(
                    title=f"Change to the format that this version reads, {SCHEMA_VERSION}"
                    if known
                    else f"Write {SCHEMA_VERSION} here and change nothing else, though the rest may be of "
                    f"another format",
                    span=place.value if place.value.start < place.value.end else place.key or place.value,
                    edits=(edit,),
                    preferred=known,
                )
            return
    base = 1 if document.text.startswith("\ufeff") else 0
    whole = tight_span(root, base)
    first = document.places[0].key if document.places else None
    if root.flow_style:
        marked = document.line_of(whole)
        at = first.start if first else document.text.index("{", whole.start) + 1
        new = _first_in_brackets(document, at) if first else f"schema_version: {SCHEMA_VERSION}"
    else:
        marked = Span(whole.start, first.end if first else whole.start)
        at, new = whole.start, f"schema_version: {SCHEMA_VERSION}{newline_of(document.text)}"
        if document.source.line_span(document.source.line_at(at)).start != at:
            return
    edit = Edit(span=Span(at, at), text=new)
    yield Fix(title=f"Add schema_version: {SCHEMA_VERSION}", span=marked, edits=(edit,), preferred=True)


def _first_in_brackets(document: CatalogDocument, at: int) -> str:
    """The schema version for in front of the key at ``at``, quoted and on a line of its own as that is."""
    line = document.source.line_span(document.source.line_at(at))
    lead = document.text[line.start : at]
    quote = '"' if document.text[at] == '"' else ""
    return f"{quote}schema_version{quote}: {SCHEMA_VERSION}," + (
        " " if lead.strip() else f"{newline_of(document.text)}{lead}"
    )


def _is_no_newer(version: str) -> bool:
    """Whether what is written is no later format than the one that is read; nothing is none."""
    if DECIMAL.fullmatch(version) is None:
        return not version
    return float(version.replace("_", "")) <= SCHEMA_VERSION


def newline_of(text: str) -> str:
    """The line break that the text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def deletion(document: CatalogDocument, place: Place) -> tuple[Edit, ...]:
    """The edits that take a place out and leave its neighbours as they are; none if that is not clean.

    The last item of a list leaves ``[]``: a key with nothing behind it means something else.
    """
    spans = [_entry_span(item, document) for item in place.container.value]
    here = spans[place.index]
    before = spans[place.index - 1] if place.index else None
    after = spans[place.index + 1] if place.index + 1 < len(spans) else None
    if before and before.start > here.start:  # aliases mix up the order
        return ()
    text = document.text
    if place.flow:
        end = Span(here.start, after.start) if after else Span(before.end if before else here.start, here.end)
        return (Edit(span=end, text=""),)
    source = document.source
    first = source.line_span(source.line_at(here.start))
    lead = text[first.start : here.start]
    if lead.strip() not in ("", "-") or (lead.strip() == "-" and place.key is not None):
        if after is None or "#" in text[source.line_span(source.line_at(here.end)).end : after.start]:
            return ()  # nothing would be left, or a comment on what comes next would go, too
        return (Edit(span=Span(here.start, after.start), text=""),)
    last = source.line_at(max(here.start, here.end - 1))
    end_of_line = source.line_span(last + 1).start if last + 1 < source.line_count else len(text)
    out = Edit(span=Span(first.start, end_of_line), text="")
    return (out,) if place.key is not None or len(spans) > 1 else _emptied(document, place, out)


def _emptied(document: CatalogDocument, place: Place, out: Edit) -> tuple[Edit, ...]:
    """``out``, which takes the only item of a list away, and ``[]`` behind the key of that list."""
    text = document.text
    parents = (one.key for one in document.places if one.node is place.container and one.key is not None)
    key = next(parents, None)
    if key is None or text[key.end : key.end + 1] != ":":
        return ()
    if not {"&", "!"}.isdisjoint(
        text[key.end : out.span.start]
    ):  # an anchor or a tag, which belongs in front
        return ()
    return (Edit(span=Span(key.end + 1, key.end + 1), text=" []"), out)


def _entry_span(item: object, document: CatalogDocument) -> Span:
    base = 1 if document.text.startswith("\ufeff") else 0
    if isinstance(item, tuple):
        key, value = tight_span(item[0], base), tight_span(item[1], base)
        return Span(key.start, max(key.end, value.end))
    if not isinstance(item, yaml.Node):
        raise TypeError(type(item).__name__)
    return tight_span(item, base)
