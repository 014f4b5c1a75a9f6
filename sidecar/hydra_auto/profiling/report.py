"""How far to trust the profiles, in tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.cost import left_out_errors
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

_PANELS = ("livecodebench", "math500")


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
