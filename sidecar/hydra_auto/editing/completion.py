"""What may be written at a place: keys of the format, ids of lower layers, names that VS Code uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from hydra_auto.adapters.catalog_fields import EVIDENCE, MATCH, ROOT
from hydra_auto.adapters.field_kinds import Field, Kind
from hydra_auto.adapters.routing_fields import ROUTING, RULES
from hydra_auto.core.catalog import ModelMatch
from hydra_auto.core.patterns import VENDOR_PREFIX
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.cursor import ITEM, Cursor, Slot, field_at
from hydra_auto.editing.cursor_scanner import find_cursor
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.places import item_field
from hydra_auto.editing.source_text import Edit
from hydra_auto.editing.wording import money, regime_in_words, worded, yaml_text

MOST = 200
"""Suggestions at once; as many as this may not be all of them."""

_EFFORTS = ("none", "low", "medium", "high", "max")


class Sort(Enum):
    """What kind of thing is suggested, for the editor's icon."""

    KEY = "key"
    MODEL = "model"
    CHOICE = "choice"
    VALUE = "value"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One completion.

    Attributes:
        edit: What accepting it does.
        snippet: The same with tab stops (``$1``), for editors that know them; empty if there are none.
    """

    label: str
    sort: Sort
    edit: Edit
    detail: str = ""
    doc: str = ""
    snippet: str = ""


def complete(document: CatalogDocument, offset: int) -> list[Suggestion]:
    """Suggestions at a place of the text, valid or not, best first.

    Where there are more than ``MOST``, those that hold what is typed so far, its characters in this order.
    """
    cursor = find_cursor(document.source, offset)
    if cursor is None:
        return []
    field = field_at(cursor.path)
    if field is None:
        return []
    found = list(_Completer(document, cursor).at(field))
    if len(found) > MOST:
        typed = document.text[cursor.word.start : offset].strip("\"'").lower()
        found = [one for one in found if _holds(one.label.lower(), typed)]
    return found[:MOST]


class _Completer:
    def __init__(self, document: CatalogDocument, cursor: Cursor) -> None:
        self.document = document
        self.cursor = cursor
        word = document.text[cursor.word.start : cursor.word.end]
        self.quoted = word[:1] if word[:1] in ("'", '"') else ""
        self.word = word

    def at(self, field: Field) -> Iterator[Suggestion]:
        if field.kind is Kind.MAPPING or (field is ROOT):
            if self.cursor.slot is Slot.KEY:
                yield from self.keys(field)
            elif skeleton := _flow_skeleton(field):
                yield self.suggest(skeleton[0], Sort.VALUE, doc=field.doc, snippet=skeleton[1], raw=True)
        elif field.kind in (Kind.RECORDS, Kind.NAMES):
            yield from self.first_item(field)
        else:
            yield from self.values(field)

    def keys(self, parent: Field) -> Iterator[Suggestion]:
        word = self.word.strip("\"'")
        at_end = self.cursor.word.end
        has_colon = self.document.text[at_end : at_end + 1] == ":"
        for child in parent.fields:
            if child.key in self.cursor.written and child.key != word:
                continue
            colon = "" if has_colon else self._after_key(child)
            snippet = ""
            if not has_colon and child.kind is Kind.MAPPING and (skeleton := _flow_skeleton(child)):
                snippet = f"{child.key}: {skeleton[1]}"
            yield Suggestion(
                label=child.key,
                sort=Sort.KEY,
                edit=Edit(span=self.cursor.word, text=child.key + colon),
                detail=_kind_in_words(child),
                doc=child.doc,
                snippet=snippet,
            )

    def _after_key(self, child: Field) -> str:
        opens_lines = child.kind in (Kind.MAPPING, Kind.RECORDS) and not self.cursor.in_flow
        return ":" if opens_lines else ": "

    def first_item(self, field: Field) -> Iterator[Suggestion]:
        if self.cursor.slot is Slot.KEY:  # on a line of its own
            first = next((child.key for child in field.fields if child.required), None)
            yield self.suggest(f"- {first}: " if first else "- ", Sort.VALUE, doc=field.doc, raw=True)
        elif field.kind is Kind.NAMES:
            yield self.suggest("[]", Sort.VALUE, doc=field.doc, snippet="[$1]", raw=True)
        elif skeleton := _flow_skeleton(item_field(field)):
            text, snippet = skeleton
            yield self.suggest(f"[{text}]", Sort.VALUE, doc=field.doc, snippet=f"[{snippet}]", raw=True)

    def values(self, field: Field) -> Iterator[Suggestion]:
        path = self.cursor.path
        model = self.cursor.model
        below = (
            self.document.below(model, ".".join(path[2:] if model else path[1:])) if len(path) > 1 else None
        )
        if below is not None and field.kind in (Kind.NUMBER, Kind.INTEGER):
            yield self.suggest(worded(below.value), Sort.VALUE, detail=f"as set in {below.origin}", raw=True)
        if field.kind is Kind.CHOICE:
            for choice in field.choices:
                detail = regime_in_words(Regime(choice)) if field.key == "regime" else ""
                yield self.suggest(choice, Sort.CHOICE, detail=detail, doc=field.doc)
        elif field.kind is Kind.FLAG:
            for flag in ("true", "false"):
                yield self.suggest(flag, Sort.CHOICE, doc=field.doc, raw=True)
        elif field.kind is Kind.DATE:
            yield self.suggest(f"{self.document.around.today:%Y-%m-%d}", Sort.VALUE, detail="today")
        elif path == ("schema_version",):
            yield self.suggest(f"{field.minimum:g}", Sort.CHOICE, doc=field.doc, raw=True)
        elif field.kind in (Kind.NAME, Kind.ID):
            yield from self.names(path)
        if field.nullable and below is not None and below.value is not None and not self.quoted:
            yield self.suggest("null", Sort.CHOICE, detail=f"unsets what {below.origin} sets", raw=True)

    def names(self, path: tuple[str, ...]) -> Iterator[Suggestion]:
        inside = path[-2] if path[-1] == ITEM else path[-1]
        if path[0] in (ROUTING.key, RULES.key):
            if inside == "vendors":
                yield from self.vendors()
            elif inside in ("allow", "deny"):
                yield from self.patterns()
        elif path[-3:-1] == (MATCH.key, ITEM):
            yield from self.match_names(path[-1])
        elif path[-3:-1] == (EVIDENCE.key, ITEM):
            yield from self.benchmarks()
        elif inside == "id":
            yield from self.ids()
        elif inside in ("effort", "efforts"):
            for effort in _distinct(
                [*(model.effort or "" for model in self.document.models.values()), *_EFFORTS]
            ):
                if effort:
                    yield self.suggest(effort, Sort.CHOICE)

    def ids(self) -> Iterator[Suggestion]:
        here = {model.id for model in self.document.layer.models} - {self.word.strip("\"'")}
        seen: set[str] = set(here)
        for layer in reversed(self.document.lower):
            for model in layer.models:
                if model.id in seen:
                    continue
                seen.add(model.id)
                entry = self.document.models.get(model.id)
                detail = f"{entry.name}, {money(entry)}" if entry else ""
                yield self.suggest(
                    model.id, Sort.MODEL, detail=detail, doc=f"From the {layer.name.value} catalog."
                )
        for offered in self.document.around.offered or ():
            name = f"{offered.vendor}/{offered.family or offered.id}"
            if name not in seen and not any(c.isspace() or c == "*" for c in name):
                seen.add(name)
                yield self.suggest(
                    name, Sort.NAME, detail=f"{offered.name or offered.id}, offered by VS Code"
                )

    def patterns(self) -> Iterator[Suggestion]:
        ids = list(dict.fromkeys([*self.document.models, *sorted(self.document.lower_ids)]))
        for owner, count in Counter(model.split("/")[0] for model in ids if "/" in model).items():
            yield self.suggest(f"{owner}/*", Sort.MODEL, detail=f"{count} models")
        offered = Counter(model.vendor for model in self.document.around.offered or ())
        for vendor in _distinct([*offered, *(match.vendor for match in self.known_matches())]):
            detail = f"{offered[vendor]} offered now" if vendor in offered else "not offered now"
            yield self.suggest(f"{VENDOR_PREFIX}{vendor}", Sort.NAME, detail=f"all of a vendor, {detail}")
        for model in ids:
            entry = self.document.models.get(model)
            yield self.suggest(model, Sort.MODEL, detail=entry.name if entry else "")

    def vendors(self) -> Iterator[Suggestion]:
        offered = [model.vendor for model in self.document.around.offered or ()]
        for vendor in dict.fromkeys(offered):
            count = offered.count(vendor)
            yield self.suggest(
                vendor, Sort.NAME, detail=f"offers {count} model{'' if count == 1 else 's'} now"
            )
        for vendor in _distinct(match.vendor for match in self.known_matches()):
            if vendor not in offered:
                yield self.suggest(vendor, Sort.NAME, detail="named in the catalog, not offered now")

    def match_names(self, key: str) -> Iterator[Suggestion]:
        if key == "vendor":
            yield from self.vendors()
            return
        vendor = self.cursor.written.get("vendor", "")
        offered = [m for m in self.document.around.offered or () if not vendor or m.vendor == vendor]
        named: dict[str, AvailableModel] = {}
        for model in offered:
            named.setdefault(model.family if key == "family" else model.id, model)
        for name, model in named.items():
            if name:
                yield self.suggest(name, Sort.NAME, detail=f"{model.name or model.id} ({model.vendor})")
        known = _distinct(
            (match.family if key == "family" else match.id) or ""
            for match in self.known_matches()
            if not vendor or match.vendor == vendor
        )
        for name in known:
            if name and name not in named:
                yield self.suggest(name, Sort.NAME, detail="named in the catalog, not offered now")

    def benchmarks(self) -> Iterator[Suggestion]:
        if self.cursor.path[-1] != "benchmark":
            return
        models = self.document.models.values()
        for name in _distinct(found.benchmark for model in models for found in model.evidence):
            yield self.suggest(name, Sort.NAME)

    def known_matches(self) -> Iterable[ModelMatch]:
        return (match for model in self.document.models.values() for match in model.match)

    def suggest(
        self, text: str, sort: Sort, *, detail: str = "", doc: str = "", snippet: str = "", raw: bool = False
    ) -> Suggestion:
        if raw:
            written = text
        elif self.quoted:
            written = self.quoted + text.replace(self.quoted, "") + self.quoted
        else:
            written = yaml_text(text)
        return Suggestion(
            label=text,
            sort=sort,
            edit=Edit(span=self.cursor.word, text=self._spaced(written)),
            detail=detail,
            doc=doc,
            snippet=self._spaced(snippet) if snippet else "",
        )

    def _spaced(self, written: str) -> str:
        """A blank in front where the cursor is right behind a colon or a dash."""
        start = self.cursor.word.start
        return f" {written}" if start and self.document.text[start - 1] in ":-" and not self.word else written


def _holds(label: str, typed: str) -> bool:
    rest = iter(label)
    return all(character in rest for character in typed)


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _flow_skeleton(field: Field) -> tuple[str, str] | None:
    """A short mapping of numbers or flags in one line, plain and with tab stops; None if it is no such."""
    simple = (Kind.NUMBER, Kind.FLAG, Kind.NAME)
    keys = [child for child in field.fields if child.kind in simple]
    if not keys or len(keys) != len(field.fields):
        return None
    plain = "{" + ", ".join(f"{child.key}: " for child in keys) + "}"
    stops = ", ".join(f"{child.key}: ${number}" for number, child in enumerate(keys, start=1))
    return plain, "{" + stops + "}"


def _kind_in_words(field: Field) -> str:
    words = {
        Kind.NAMES: "list of names",
        Kind.RECORDS: "list",
        Kind.FLAG: "true or false",
        Kind.CHOICE: " | ".join(field.choices),
        Kind.INTEGER: "whole number",
    }
    return words.get(field.kind, field.kind.value)
