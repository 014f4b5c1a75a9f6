"""What is not wrong, yet worth knowing: matches, models and evidence that do nothing or mislead."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

import yaml

from hydra_auto.core.availability import matches
from hydra_auto.core.catalog import Catalog, ModelEntry, ModelMatch, Price
from hydra_auto.core.cost import REFERENCE_TASK, expected_cost
from hydra_auto.core.eligibility import Eligible, check, prompt_room
from hydra_auto.core.origin import LayerName
from hydra_auto.core.policy import resolve
from hydra_auto.core.request import RoutingRequest
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.places import Place
from hydra_auto.editing.source_text import Span

FRESH_DAYS = 365
"""Evidence older than this is called stale."""

MOST_COMPARED = 500
"""Models of a catalog up to which each is compared with each."""


class Level(Enum):
    """How much a finding matters; information is only advice."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding at its exact place; ``code`` is stable and kebab-case.

    Attributes:
        unnecessary: What is marked does nothing, and an editor may fade it.
    """

    span: Span
    message: str
    level: Level
    code: str
    unnecessary: bool = False


def advise(document: CatalogDocument, *, usable: bool) -> Iterator[Diagnostic]:
    """All advice on one file. Nobody edits the built-in one, so of it only the evidence is looked at.

    Args:
        document: The file.
        usable: The file has no error; else its values are not compared with one another.
    """
    yield from _stale_evidence(document)
    if document.around.layer is not LayerName.BUILT_IN:
        yield from _dead_matches(document)
        if usable:
            yield from _contradictions(document)
            yield from _dominated(document)


def match_of(node: yaml.Node) -> ModelMatch | None:
    """The match that a node describes, as far as it can be told."""
    if not isinstance(node, yaml.MappingNode):
        return None
    written = {
        str(key.value): str(value.value) for key, value in node.value if isinstance(value, yaml.ScalarNode)
    }
    vendor = written.get("vendor")
    if not vendor:
        return None
    return ModelMatch(vendor=vendor, family=written.get("family") or None, id=written.get("id") or None)


def dead_matches(document: CatalogDocument) -> Iterator[tuple[Place, ModelMatch, bool]]:
    """Match entries that mean no model that VS Code offers, and whether another of that model's does."""
    offered = document.around.offered
    if not offered:
        return
    found = [
        (place, match) for place in document.places if place.is_match and (match := match_of(place.node))
    ]
    live = {place.path[:2] for place, match in found if any(matches(match, model) for model in offered)}
    for place, match in found:
        if not any(matches(match, model) for model in offered):
            yield place, match, place.path[:2] in live


def _dead_matches(document: CatalogDocument) -> Iterator[Diagnostic]:
    vendors = {model.vendor for model in document.around.offered or ()}
    for place, match, sibling_lives in dead_matches(document):
        if match.vendor not in vendors:
            what = f"VS Code offers no model of the vendor {match.vendor!r} now"
        else:
            named = " and ".join(
                f"{key} {value!r}" for key, value in (("family", match.family), ("id", match.id)) if value
            )
            what = f"VS Code offers no model of {match.vendor} with {named} now"
        warn = match.vendor in vendors and not sibling_lives
        yield Diagnostic(
            span=document.line_of(place.value),
            message=what,
            level=Level.WARNING if warn else Level.INFORMATION,
            code="dead-match",
            unnecessary=True,
        )


def _contradictions(document: CatalogDocument) -> Iterator[Diagnostic]:
    """Values that do not go with another one of the model, whichever layer that is from."""
    catalog, _ = document.merged
    by_id = {} if catalog is None else {str(model.id): model for model in catalog.models}
    for place in document.places:
        model = by_id.get(place.model or "")
        if model is None or len(place.path) != 3:  # noqa: PLR2004
            continue
        window, longest = model.context_window, model.max_input_tokens
        if place.name == "effort" and model.efforts and model.effort and model.effort not in model.efforts:
            what = f"{model.id} offers the efforts {', '.join(model.efforts)}, as far as is known"
            code = "effort-not-offered"
        elif place.name == "max_input_tokens" and longest is not None and longest > window:
            what = f"more than prompt and answer may have together (context_window: {window})"
            code = "prompt-beyond-window"
        else:
            continue
        yield Diagnostic(span=document.line_of(place.value), message=what, level=Level.WARNING, code=code)


def _dominated(document: CatalogDocument) -> Iterator[Diagnostic]:
    catalog, _ = document.merged
    if catalog is None:
        return
    pool = _choosable(catalog, document)
    if len(pool) > MOST_COMPARED:
        return
    by_id: dict[str, ModelEntry] = {model.id: model for model in pool}
    for place in document.places:
        if not (place.name == "id" and len(place.path) == 3 and place.model in by_id):  # noqa: PLR2004
            continue
        mine = by_id[place.model]
        better = [other for other in pool if _dominates(other, mine, catalog)]
        if not better:
            continue
        best = min(
            better,
            key=lambda other: (
                expected_cost(other, REFERENCE_TASK, catalog.routing.cost_basis).usd,
                other.id,
            ),
        )
        yield Diagnostic(
            span=document.line_of(place.value),
            message=(
                f"{best.id} is cheaper and at least as good in every capability: while it can be used, "
                f"{mine.id} is not chosen"
            ),
            level=Level.INFORMATION,
            code="dominated-model",
        )


def _choosable(catalog: Catalog, document: CatalogDocument) -> list[ModelEntry]:
    """The models that a request without needs and files could go to."""
    policy = resolve(catalog.routing, ())
    request = RoutingRequest(text="", available=document.around.offered or None)
    return [model for model in catalog.models if isinstance(check(model, request, policy), Eligible)]


def _dominates(other: ModelEntry, mine: ModelEntry, catalog: Catalog) -> bool:
    """Whether ``other`` can stand in for ``mine`` in every request, and surely costs less.

    Only entries of one effort are compared: whether another effort is passed on is up to the provider.
    Costs that were found in different ways do not grow alike with a request, and one that is not known
    is not compared at all.
    """
    if other.id == mine.id or other.effort != mine.effort:
        return False
    if not (other.images >= mine.images and other.tools >= mine.tools):
        return False
    levels = zip(other.capabilities.levels.values(), mine.capabilities.levels.values(), strict=True)
    as_good = all(theirs >= own for theirs, own in levels) and prompt_room(other) >= prompt_room(mine)
    basis = catalog.routing.cost_basis
    theirs, own = (expected_cost(model, REFERENCE_TASK, basis) for model in (other, mine))
    cheaper = own.is_known and theirs.basis is own.basis and theirs.usd < own.usd
    return as_good and cheaper and _no_dearer(other.price, mine.price)


def _no_dearer(other: Price | None, mine: Price | None) -> bool:
    """A request may be all reading, all cached or all writing, short or long: each price must agree."""
    if other is None or mine is None:
        return False
    lengths = [0, *(price.long.above + 1 for price in (other, mine) if price.long)]
    return all(_each_no_dearer(other.of_prompt(length), mine.of_prompt(length)) for length in lengths)


def _each_no_dearer(other: Price, mine: Price) -> bool:
    cached = [price.input if price.cached_input is None else price.cached_input for price in (other, mine)]
    return other.input <= mine.input and cached[0] <= cached[1] and other.output <= mine.output


def _stale_evidence(document: CatalogDocument) -> Iterator[Diagnostic]:
    today = document.around.today
    for place in document.places:
        if place.name != "evidence" or place.key is None or not isinstance(place.node, yaml.SequenceNode):
            continue
        dates = [
            (inner, latest)
            for item in document.inside(place.path)
            for inner in document.inside(item.path)
            if inner.name == "date" and (latest := last_day(inner.node))
        ]
        for inner in [inner for inner, _ in dates if first_day(inner.node) > today]:
            yield Diagnostic(
                span=inner.value,
                message=f"{inner.node.value} lies in the future",
                level=Level.WARNING,
                code="future-evidence",
            )
        newest = max((latest for _, latest in dates), default=None)
        if newest is not None and (today - newest).days > FRESH_DAYS:
            yield Diagnostic(
                span=place.key,
                message=(
                    f"the newest of this evidence is of {newest:%Y-%m}, more than 12 months ago: models of "
                    f"that name may have changed, and newer results may be there"
                ),
                level=Level.INFORMATION,
                code="stale-evidence",
            )


def last_day(node: yaml.Node) -> date | None:
    """The last day that a date such as 2026 or 2026-02 may mean; None if it is no date."""
    parts = _date_parts(node)
    if parts is None:
        return None
    year, month, day = (*parts, 12, 0)[:3] if len(parts) == 1 else (*parts, 0)[:3]
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        return None


def first_day(node: yaml.Node) -> date:
    """The first day that a date may mean, or the first of all days."""
    year, month, day = (*(_date_parts(node) or (1,)), 1, 1)[:3]
    try:
        return date(year, month, day)
    except ValueError:
        return date.min


def _date_parts(node: yaml.Node) -> tuple[int, ...] | None:
    if not isinstance(node, yaml.ScalarNode):
        return None
    parts = str(node.value).split("-")
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004
        return None
    return tuple(int(part[:9]) for part in parts)
