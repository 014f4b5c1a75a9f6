"""One run of a bench: from the shared data to a report that says what it was made with.

A run yields its report again and again as it grows, so that one that is stopped keeps what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hydra_auto.core.catalog import Catalog
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import Chooser, ladder
from hydra_auto.evaluation.languages.pairs import read_pairs
from hydra_auto.evaluation.languages.report import evaluate as evaluate_languages
from hydra_auto.evaluation.meaning.benchmarks import BENCHMARKS, TEXTS_ONLY, read_panels, read_problems
from hydra_auto.evaluation.meaning.model_profiles import models_by_name
from hydra_auto.evaluation.meaning.report import Knowledge
from hydra_auto.evaluation.meaning.report import evaluate as evaluate_meaning
from hydra_auto.evaluation.meaning.seen import Seen, keys_of_run
from hydra_auto.evaluation.robustness.defence_trial import DefencePlan, plan_trial
from hydra_auto.evaluation.robustness.material import read_material
from hydra_auto.evaluation.robustness.report import evaluate as evaluate_robustness
from hydra_auto.evaluation.robustness.searches import SearchPlan
from hydra_auto.evaluation.scoring import Scorer
from hydra_auto.evaluation.windows.material import read_window_material
from hydra_auto.evaluation.windows.report import evaluate as evaluate_windows
from hydra_auto.evaluation.windows.scoring import WindowScorer
from hydra_auto.training.additions import NUMBERS_FILE, OWN_FOLDER, read_additions
from hydra_auto.training.annotations import ENGLISH, REAL, Item, Split, make_splits, read_annotations

FORMAT: Final = 4
"""Of the report files; a file of another number cannot be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every bench works with.

    Attributes:
        data: The shared data folder.
        limit: At most so many pairs, messages or problems of a kind; 0 for all.
        seed: Of sampling, wording, search and resampling.
    """

    data: Path
    scorer: Scorer
    pools: Sequence[Chooser]
    limit: int
    seed: int

    def reports(self, bench: str, found: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """What was found so far, with what it was made with; only the last report is ``complete``."""
        head = {
            "bench": bench,
            "format": FORMAT,
            "model_version": self.scorer.model_version,
            "limit": self.limit,
            "seed": self.seed,
            "complete": False,
        }
        report = head
        for some in found:
            report = head | dict(some)
            yield report
        yield report | {"complete": True}


def run_languages(setting: Setting) -> Iterator[dict[str, Any]]:
    """``eval languages``.

    Raises:
        TrainingFailed: A data file is missing or damaged.
    """
    pairs = read_pairs(setting.data, setting.limit, setting.seed)
    pools = describe(setting.pools, needs_of_test(setting.data))
    found = evaluate_languages(pairs, setting.scorer, setting.pools, setting.seed)
    return setting.reports("languages", [{"pools": pools} | found])


def run_robustness(
    setting: Setting,
    plan: SearchPlan,
    attacked: Scorer | None = None,
    defences: DefencePlan | None = None,
) -> Iterator[dict[str, Any]]:
    """``eval robustness``.

    Args:
        setting: Data, encoder and pools.
        plan: How much is searched.
        attacked: Another encoder that suffixes are searched against.
        defences: How much two views of a text are tried as a defence, if they are.

    Raises:
        TrainingFailed: A data file is missing or damaged.
    """
    material = read_material(setting.data, setting.limit, setting.seed)
    pools = describe(setting.pools, material.needs)
    trial = plan_trial(material, defences, setting.seed) if defences else None
    found = evaluate_robustness(material, setting.scorer, setting.pools, plan, setting.seed, attacked, trial)
    return setting.reports("robustness", ({"pools": pools} | some for some in found))


def run_meaning(
    setting: Setting,
    benchmarks: Sequence[str],
    catalog: Catalog,
    *,
    run_splits: Path | None = None,
    with_seen: bool = False,
) -> Iterator[dict[str, Any]]:
    """``eval meaning``: what the encoder may have met is left out.

    That is what was annotated, what a checkout's own annotations add, and the keys in ``run_splits``.

    Args:
        setting: Data, encoder and limits; its pools are not used.
        benchmarks: Names from `meaning.benchmarks`, of its `BENCHMARKS` and `TEXTS_ONLY`.
        catalog: Whose profiles and prices count, before those that the same rules give older models.
        run_splits: ``splits.json`` of the run that trained the encoder, if it learnt from more than the
            shared annotations. The report says whether one was named (``run_splits``), and whether a checkout
            knows what was added (``own_annotations``).
        with_seen: Report the problems of the training split as well, apart.

    Raises:
        TrainingFailed: A data file is missing or damaged.
    """
    shared = read_annotations(setting.data)
    trained = keys_of_run(run_splits) if run_splits else []
    own_annotations = (OWN_FOLDER / NUMBERS_FILE).is_file()
    items = [*shared, *_added(setting.data, shared)] if own_annotations else shared
    known = Knowledge(
        annotated={(i.set_name, i.item_id): i.requirements for i in shared if i.source == REAL},
        is_seen=Seen(items, make_splits(items), trained),
        models=models_by_name(setting.data, catalog),
        cost_basis=catalog.routing.cost_basis,
    )
    found = evaluate_meaning(
        [p for name in benchmarks if name in BENCHMARKS for p in read_panels(setting.data, name)],
        setting.scorer,
        known,
        limit=setting.limit,
        seed=setting.seed,
        with_seen=with_seen,
        graded=[
            p for name in benchmarks if name in TEXTS_ONLY for p in read_problems(setting.data, name).values()
        ],
    )
    left_out = {"run_splits": run_splits is not None, "own_annotations": own_annotations}
    return setting.reports("meaning", (left_out | some for some in found))


def run_windows(setting: Setting, scorer: WindowScorer, questions: int) -> Iterator[dict[str, Any]]:
    """``eval windows``.

    Args:
        setting: Data, pools and limits; its scorer only says which encoder it is.
        scorer: The same encoder, for any rule and window.
        questions: How many get long pastes; 0 for none.

    Raises:
        TrainingFailed: A data file is missing or damaged.
    """
    material = read_window_material(
        setting.data, scorer, limit=setting.limit, questions=questions, seed=setting.seed
    )
    pools = describe(setting.pools, needs_of_test(setting.data))
    found = evaluate_windows(material, scorer, setting.pools, setting.seed)
    return setting.reports("windows", ({"pools": pools} | some for some in found))


def _added(data: Path, shared: Sequence[Item]) -> list[Item]:
    """What this checkout adds to the shared annotations."""
    return read_additions(data, shared, make_splits(shared), OWN_FOLDER)


def needs_of_test(data: Path) -> list[tuple[float, ...]]:
    """Annotated requirements of the English messages of the test split."""
    items = read_annotations(data)
    splits = make_splits(items)
    return [i.requirements for i in items if splits[i.key] is Split.TEST and ENGLISH in i.texts]


def describe(pools: Sequence[Chooser], needs: Sequence[tuple[float, ...]]) -> list[dict[str, Any]]:
    """Each pool with how many models it has and which are in use."""
    return [
        {
            "name": pool.name,
            "models": len(pool.models),
            "ladders": {
                regime.value: [
                    {"id": r.model.id, "usd": round(r.cost_usd, 6), "share": round(r.share, 4)}
                    for r in ladder(pool, regime, needs)
                ]
                for regime in Regime
            },
        }
        for pool in pools
    ]
