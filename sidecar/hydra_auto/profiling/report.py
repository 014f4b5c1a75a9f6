"""Where a profile comes from and how far to trust it, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.cost import left_out_errors
from hydra_auto.profiling.evidence import Result
from hydra_auto.profiling.facts import read_cost_rows
from hydra_auto.profiling.latent import REFERENCE
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.rule import Pool
from hydra_auto.profiling.validation import (
    anchor_levels,
    family_pairs,
    leave_one_out,
    outcome_panel,
    split_half,
)
from hydra_auto.profiling.writer import informative, level_errors

_SHOWN_RESULTS = 8
_PANELS = ("livecodebench", "math500")


def explanation(profiles: Profiles, model: str) -> Iterator[str]:
    """How one model's levels came about, line by line."""
    facts, results, rule = profiles.facts[model], profiles.results_of(model), profiles.rule
    kinds = Counter(result.kind.split(" (")[0] for result in results)
    yield f"{facts.name} ({model}), released {facts.released}"
    yield f"{len(results)} results: " + (
        ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds)) or "none"
    )
    if old := rule.predecessors.get(model):
        yield f"starts from {old}, moved along the trend by date and price"
    if profiles.is_estimated(model):
        yield f"estimated: fewer than {rule.estimated_below} results of its own"
    levels, central = profiles.levels(model), profiles.central_levels(model)
    errors = dict(zip(Capability, level_errors(profiles, model), strict=True))
    for capability in Capability:
        yield ""
        yield (
            f"{capability.value} {levels[capability]:.2f}: best guess {central[capability]:.2f} "
            f"+- {errors[capability]:.2f}, less {rule.caution:g} standard error"
        )
        yield from _weighted_results(profiles, model, capability)


def _weighted_results(profiles: Profiles, model: str, capability: Capability) -> Iterator[str]:
    weighted = informative(profiles, model, capability)
    total = sum(weight for weight, _ in weighted)
    for weight, result in weighted[:_SHOWN_RESULTS]:
        effort = "" if result.effort == REFERENCE else f" (effort {result.effort})"
        kind = "" if result.kind.startswith("independent") else f", {result.kind.split(' (')[0]}"
        yield (
            f"  {weight / total:5.0%}  {result.benchmark.label}{effort}: {result.score:.4g}, "
            f"the fit expects {expected_score(profiles, result):.4g}{kind}"
        )
    if len(weighted) > _SHOWN_RESULTS:
        yield f"         and {len(weighted) - _SHOWN_RESULTS} more"


def expected_score(profiles: Profiles, result: Result) -> float:
    """What the fit expects in place of a result."""
    fitted, bench = profiles.abilities, result.benchmark
    ability = fitted.mean[fitted.models.index(result.model)] + fitted.shift[result.effort]
    loaded = sum(bench.loads[c] * float(ability[i]) for i, c in enumerate(Capability))
    return bench.score_of(fitted.offset[bench] + fitted.slope[bench] * loaded)


def validation(profiles: Profiles, pool: Pool, data: Path, progress: Callable[[str], None]) -> Iterator[str]:
    """All checks as Markdown tables, line by line; takes about two minutes."""
    names = [c.value for c in Capability]
    yield from _table_head("class (criteria in rule.yaml)", "models", "rubric", *names)
    for what, level, members, levels in anchor_levels(profiles):
        yield _row(what, str(members), f"{level:.2f}", *(f"{value:.2f}" for value in levels.values()))

    yield ""
    yield from _table_head("check", *names)
    pairs = family_pairs(profiles).values()
    yield _row("larger sibling at least as high", *(f"{good} of {count}" for good, count in pairs))
    progress("halves of the benchmarks ...")
    measured = [model for model in pool.models if not profiles.is_estimated(model)]
    halves = split_half(profiles, measured)
    what = "mean difference of levels from two random halves of the benchmarks"
    yield _row(what, *(f"{halves[c]:.3f}" for c in Capability))
    for effort, shift in profiles.abilities.shift.items():
        if effort != REFERENCE:
            yield _row(
                f"ability at effort {effort}, against {REFERENCE}", *(f"{value:+.2f}" for value in shift)
            )

    yield ""
    yield from _table_head(
        "outcomes not used in the fit",
        "models",
        "items",
        "solved if covered",
        "short by up to 0.1",
        "by more",
    )
    for name in _PANELS:
        panel = outcome_panel(profiles, data, name)
        shares = (f"{share:.0%}" for share in (panel.covered, panel.between, panel.lacking))
        yield _row(name, str(panel.models), str(panel.items), *shares)

    yield ""
    yield from _table_head("cost left out", "costs", "error of log cost", "of list price alone")
    for name, (count, error, alone) in left_out_errors(read_cost_rows(data, profiles.facts)).items():
        yield _row(name, str(count), f"{error:.2f}", f"{alone:.2f}")

    left_out = list(leave_one_out(profiles, lambda bench: progress(f"without {bench.label} ...")))
    yield ""
    yield from _table_head("benchmark left out", "models", "Spearman with its scores", "of price alone")
    for row in sorted(left_out, key=lambda row: -row.spearman):
        numbers = (f"{row.spearman:.2f}", f"{row.spearman_of_price:.2f}")
        yield _row(row.benchmark.label, str(row.models), *numbers)
    typical = (median(row.spearman for row in left_out), median(row.spearman_of_price for row in left_out))
    yield _row(f"median of {len(left_out)}", "", *(f"{value:.2f}" for value in typical))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _table_head(*titles: str) -> Iterable[str]:
    return (_row(*titles), "|---" * len(titles) + "|")
