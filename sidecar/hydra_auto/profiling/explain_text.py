"""The explanation of a profile for people, line by line; ``profiling.explain`` has worked out all numbers."""

from __future__ import annotations

from collections.abc import Iterator

from hydra_auto.profiling.explain import Report
from hydra_auto.profiling.latent import REFERENCE

_SHOWN_RESULTS = 8


def lines(report: Report, *, everything: bool = False) -> Iterator[str]:
    """The explanation for people, line by line.

    Args:
        report: Of ``explanation``.
        everything: Every result with its source rows, not only the heaviest.
    """
    results, start = report["results"], report["starts_from"]
    at = "" if report["effort"] == REFERENCE else f" at {report['effort']} effort"
    yield f"{report['name']} ({report['id']}){at}, released {report['released']}"
    kinds = ", ".join(f"{count} {kind}" for kind, count in results["kinds"].items()) or "none"
    few = "; estimated: too few of its own" if report["estimated"] else ""
    lost = f"; {results['not_located']} of a source that nobody can look up" if results["not_located"] else ""
    yield f"{results['count']} results: {kinds}{lost}{few}"
    origin = f"{start['predecessor']}, moved along the trend" if start["predecessor"] else "the trend"
    yield f"starts from {origin} by release date and output price ({start['by']['output_price']} USD)"
    for name, part in report["capabilities"].items():
        yield ""
        yield from _capability_lines(name, part, start["predecessor"], everything=everything)
    yield ""
    yield "other values" + (f" (cost: at the default effort, not at {report['effort']})" if at else "")
    for key, fact in report["facts"].items():
        if fact["value"] is not None:
            yield f"  {key} {_shown(fact['value'])}: {fact['source'] or 'no source noted'}"
            yield from _spent_lines(fact, everything=everything) if fact.get("spent") else ()
    if not everything:
        yield ""
        yield "--all shows every result with its source rows (lines of models/scores.csv), --json everything"


def _spent_lines(cost: Report, *, everything: bool) -> Iterator[str]:
    """What a cost was computed from that was not measured itself."""
    yield f"    one task: {cost['task']}"
    for row in cost["spent"] if everything else ():
        yield (
            f"    line {row['line']}: {row['usd']:g} {row['metric']} {row['benchmark']} [{row['setting']}] "
            f"{row['date']} {row['source']}"
        )


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join("/".join(item.values()) if isinstance(item, dict) else str(item) for item in value)
    if isinstance(value, dict):
        return " ".join(f"{key} {number}" for key, number in value.items() if number is not None)
    return str(value)


def _basis_words(found: Report) -> str:
    """How far a level rests on results, and on whose."""
    if not found["benchmarks"]:
        return "rests on no result of this capability: start and other results alone"
    kinds = ", ".join(
        f"{part['benchmarks']} {kind} ({part['weight']:.0%} of the weight)"
        for kind, part in found["kinds"].items()
    )
    alone = "" if found["independent"] else ", none measured independently"
    plural = "s" if found["benchmarks"] > 1 else ""
    return f"rests on {found['benchmarks']} benchmark{plural}{alone}: {kinds}"


def _capability_lines(name: str, part: Report, predecessor: str | None, *, everything: bool) -> Iterator[str]:
    ability, scale = part["ability"], part["scale"]
    yield (
        f"{name} {part['level']:.2f}: best guess {part['best_guess']:.2f} +- {part['uncertainty']:.2f}, "
        f"less {part['caution']:g} standard error"
    )
    yield f"  {_basis_words(part['basis'])}"
    effort = f" {ability['moved_by_effort']:+.2f} by effort" if ability["moved_by_effort"] else ""
    yield (
        f"  ability {ability['mean']:+.2f} +- {ability['sd']:.2f} = start {ability['start']:+.2f} "
        f"(+- {ability['start_sd']:.2f}) {ability['moved_by_results_of_this_capability']:+.2f} by results of "
        f"this capability {ability['moved_by_other_results']:+.2f} by others{effort}"
    )
    begin = f"{predecessor}'s" if predecessor else "of a model of 2025-01-01 at 1 USD,"
    terms = ability["start_parts"]
    yield (
        f"  start {ability['start']:+.2f} = {begin} {terms['begin']:+.2f} {terms['by_release_date']:+.2f} by "
        f"release date {terms['by_output_price']:+.2f} by output price"
    )
    yield (f"  level = 1 / (1 + exp(-({scale['shift']:.3f} + {scale['slope']:.3f} x ability))), fitted to")
    for row in scale["classes"]:
        member = ", this model among them" if row["member"] else ""
        yield (
            f"    {row['level']:.2f} {row['class']}: median ability {row['median_ability']:+.2f} "
            f"of {row['models']} models{member}"
        )
    direct = [row for row in part["results"] if row["weight"] > 0]
    rows = part["results"] if everything else direct[:_SHOWN_RESULTS]
    if rows:
        yield "   weight   moved    score  expected  benchmark"
    for row in rows:
        effort = "" if row["effort"] == REFERENCE else f" (effort {row['effort']})"
        kind = "" if row["kind"].startswith("independent") else f", {row['kind'].split(' (')[0]}"
        kind += "" if row["located"] else ", source not located"
        yield (
            f"  {row['weight']:6.1%}  {row['moved']:+.3f} {row['score']:8.4g}  {row['expected']:8.4g}  "
            f"{row['benchmark']}{effort}{kind}"
        )
        for source in row["rows"] if everything else ():
            yield (
                f"{'':38}line {source['line']}: {source['score']:g} {source['name']} "
                f"[{source['setting']}] {source['date']} {source['source']}"
            )
    if len(direct) > len(rows):
        yield f"{'':38}and {len(direct) - len(rows)} more"
    if part["missing"]:
        yield (
            f"  not taken: {len(part['missing'])} benchmarks; they move nothing (expected scores in --json). "
            f"Of what start and trend leave open, results settle {ability['share_known']:.0%}"
        )
