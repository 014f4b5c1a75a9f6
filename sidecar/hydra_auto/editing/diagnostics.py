"""Everything that is to be said about a catalog file, each at its exact place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hydra_auto.core.layer_values import Problem, Severity
from hydra_auto.editing.advice import Diagnostic, Level, advise
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.places import Place
from hydra_auto.editing.source_text import Span

MOST = 500
"""Findings told at once; a file with more is better mended from the top."""

_LEVELS = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING}


def diagnose(document: CatalogDocument) -> list[Diagnostic]:
    """All findings in the order of the text, errors first where they share a place.

    The problems are those that loading the file would report, unsaved text included. What merging
    finds is left out while the file itself has errors: it would not be merged.
    """
    problems = list(document.problems)
    found: list[Diagnostic] = []
    usable = not any(problem.severity is Severity.ERROR for problem in problems)
    if usable:
        problems += [p for p in document.merged[1] if p.path == document.around.path]
    if document.unreadable is None:
        found += advise(document, usable=usable)
    found += locate(document, problems)
    found = list(dict.fromkeys(found))  # what aliases repeat is marked at one place
    order = list(Level)
    found.sort(key=lambda one: (one.span, order.index(one.level)))
    return found[:MOST]


def locate(document: CatalogDocument, problems: Sequence[Problem]) -> list[Diagnostic]:
    """Problems that loading this very text told of, each at its exact span."""
    by_start = _Starts(document)
    return [by_start.diagnostic(problem) for problem in problems[:MOST]]


class _Starts:
    """Finds the place that a problem, which knows only its beginning, is about."""

    def __init__(self, document: CatalogDocument) -> None:
        self.document = document
        self.keys: dict[int, Place] = {}
        self.values: dict[int, list[Place]] = {}
        for place in document.places:
            if place.key is not None:
                self.keys.setdefault(place.key.start, place)
            self.values.setdefault(place.value.start, []).append(place)

    def diagnostic(self, problem: Problem) -> Diagnostic:
        told = Diagnostic(
            span=Span(0, 0), message=problem.message, level=_LEVELS[problem.severity], code="catalog-invalid"
        )
        document = self.document
        if document.unreadable == problem:
            start = document.offset_of(problem.line, problem.column)
            end = document.offset_of(problem.end_line, problem.end_column)
            return replace(told, span=_visible(document, start, end), code="catalog-syntax")
        if not problem.line:
            return told
        start = document.offset_of(problem.line, problem.column)
        if (key := self.keys.get(start)) is not None and (key.repeated or key.field is None):
            code = "duplicate-key" if key.repeated else "unknown-key"
            return replace(told, span=key.key or told.span, code=code, unnecessary=key.repeated)
        if key is not None and start not in self.values:  # about the mapping that begins with this key
            return replace(told, span=key.key or told.span)
        if start in self.values:
            return replace(told, span=self.value_span(self.values[start], problem))
        end = document.offset_of(problem.end_line, problem.end_column)
        return replace(told, span=Span(start, max(start, end)))

    def value_span(self, places: list[Place], problem: Problem) -> Span:
        """The smallest value that begins there, or the one item of it that the problem names."""
        for place in places:  # a list of patterns, or a rule with such lists
            for item in self.document.places:
                inside = item.path[: len(place.path)] == place.path and item.list_key in ("allow", "deny")
                if inside and problem.message.startswith(f"{item.list_key} names {item.node.value!r},"):
                    return item.value
        span = min((place.value for place in places), key=lambda span: span.end)
        if span.end == span.start:  # nothing is there: mark the key that it is missing from
            keys = [place.key for place in places if place.key is not None]
            is_item = self.document.text[span.start - 1 : span.start] == "-"  # its dash, then
            return keys[0] if keys else Span(span.start - is_item, span.end)
        return self.document.line_of(self.document.behind_anchor(span))


def _visible(document: CatalogDocument, start: int, end: int) -> Span:
    """At least one character, or the last one of the line if there is none at ``start``."""
    line = document.source.line_span(document.source.line_at(start))
    if start < line.end:
        return Span(start, min(line.end, max(end, start + 1)))
    return Span(max(line.start, line.end - 1), line.end)
