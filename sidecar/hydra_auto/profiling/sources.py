"""Where a value of the tables of models was read: the part of a row's sources that speaks of its column.

A row's ``source`` lists places, separated by ``;``: the first holds for all columns but those that another
one names in brackets, such as ``litellm 1.109.1 (price nscale/X, tools nebius/X)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# When a place was current, for those that tell no date of their own (README of the data, "Sources"). The
# price table names none either; links in it do.
_DATES = {
    "litellm 1.109.1": "2026-10-26 or later",
    "TabNahida/AInsights@6382ecae96": "2026-08-08",
    "TabNahida/AInsights@0861f04e33": "2026-07-17",
    "anomalyco/models.dev@f3fc692299": "2026-07-02",
}
_LIMITS = ("context_window", "max_input", "max_output")
_COLUMNS = frozenset((*_LIMITS, "price", "images", "tools"))
COMPILED = "2026-11-22"
"""When the tables were compiled: the date of what they hold without a source."""


def source_of(sources: str, column: str, date: str = "") -> str:
    """Place and date of one value.

    Args:
        sources: The row's ``source``.
        column: ``price``, ``images``, ``tools`` or a limit.
        date: The row's own date, for a place that tells none.
    """
    parts = _parts(sources)
    for part in parts:
        entries = _columns(part)
        if column in entries:
            place = _place(part)
            return _dated(f"{place}:{entries[column]}" if entries[column] else place, part, date)
    return _dated(_place(parts[0]), parts[0], date)


def all_sources(sources: str, date: str = "") -> str:
    """Every place of a row, for a value that any of them may have told."""
    return " and ".join(_dated(_place(part), part, date) for part in _parts(sources))


def place_of(source: str) -> str:
    """Repository and commit of a result's source, without paths, titles and remarks."""
    place = source.split(";", maxsplit=1)[0].split(" (", maxsplit=1)[0].split(' "', maxsplit=1)[0].strip()
    repository, at, rest = place.partition("@")
    return f"{repository}@{rest.split(':')[0].split('/')[0]}" if at else place[:80]


def is_located(source: str) -> bool:
    """Whether somebody could look a result up; of others the tables say "unlocated"."""
    return not source.startswith("unlocated")


def _parts(sources: str) -> list[str]:
    return [part.strip() for part in sources.split(";")]


def _place(part: str) -> str:
    return part.split(" (", maxsplit=1)[0]


def _remark(part: str) -> str:
    found = re.search(r"\(([^()]*)\)$", part)
    return found[1] if found else ""


def _columns(part: str) -> dict[str, str]:
    """Columns that the remark of a place names, to the entry there, if it tells one."""
    remark = _remark(part)
    if "limits" in remark:
        return dict.fromkeys(_LIMITS, "")
    return dict(_named(remark.partition(": ")[2] or remark))


def _named(remark: str) -> Iterator[tuple[str, str]]:
    for item in remark.split(", "):
        column, _, entry = item.partition(" ")
        if column in _COLUMNS:
            yield column, entry


def _dated(place: str, part: str, date: str) -> str:
    own = re.search(r"(?:about )?(?:[A-Z][a-z]+ )?20\d\d(?:-\d\d){0,2}$", _remark(part))
    known = next((day for start, day in _DATES.items() if place.startswith(start)), "")
    found = own[0] if own else known or date
    return f"{place}, {found}" if found else place
