"""``eval robustness``: what tricks move an easy message to a dearer model, or a hard one to a cheaper."""

from __future__ import annotations

import collections
import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.robustness.defence_trial import Trial
from hydra_auto.evaluation.robustness.defences import compare
from hydra_auto.evaluation.robustness.material import Material
from hydra_auto.evaluation.robustness.moves import Measure, tried_on
from hydra_auto.evaluation.robustness.searches import BATCH, OWN, Attempt, SearchPlan, plan_jobs, run_jobs
from hydra_auto.evaluation.robustness.tricks import Aim
from hydra_auto.evaluation.scoring import Scorer

SEARCHED: Final = "searched"
ALL_OF_FAMILY: Final = "all of the family"


def evaluate(
    material: Material,
    scorer: Scorer,
    choosers: Sequence[Chooser],
    plan: SearchPlan,
    seed: int,
    attacked: Scorer | None = None,
    trial: Trial | None = None,
) -> Iterator[dict[str, Any]]:
    """The report, again and again as it grows; the last one is whole.

    Args:
        material: Messages to talk up and down.
        scorer: The encoder that everything is tried on.
        choosers: Who may be chosen.
        plan: How much is searched.
        seed: Of wording, search and resampling.
        attacked: The encoder that suffixes are searched against, if that is another one.
        trial: What to try defences on, if they are to be measured.

    Yields:
        ``up`` and ``down``: lists of {name, family, messages, rise, by_pool: {pool: {regime: {to_dearer,
        to_dearest, to_cheaper, to_cheapest, added_usd, cost_ratio}}}}. Every number is [value, low, high].
        ``rise`` is of the largest requirement. "Dearest" and "cheapest" are the ends of the ladder: of the
        models in use. Costs are those of the plain message's length: what the choice costs, not the words.
        ``searches`` tells of each search which way it went (``aim``), how many texts it took and what it
        gained on the encoder ``searched_against``. ``views``, with a ``trial``, is what `defences.compare`
        makes. It is one object that is added to.
    """
    attacked = attacked or scorer
    rngs = {aim: random.Random(seed) for aim in (Aim.UP, Aim.DOWN)}  # noqa: S311 - an attacker's luck
    jobs = {aim: plan_jobs(material, plan, aim, rng) for aim, rng in rngs.items()}
    tried = {
        "up": tried_on(material.easy, (Aim.UP, Aim.EITHER), seed),
        "down": tried_on(material.hard, (Aim.DOWN, Aim.EITHER), seed),
    }
    attempts = [a for tricks in tried.values() for some in tricks.values() for a in some]
    known = {text for a in attempts for text in (a.message.text, a.after)}
    scorer.expect(len(known))
    every = list(itertools.chain(*jobs.values()))
    attacked.expect(sum(job.most_searched for job in every))
    scorer.expect(sum(job.tried for job in every))
    announced = trial.most_new(known, sum(len(job.messages) for job in every)) if trial else 0
    scorer.expect(announced + (trial.most_searched if trial else 0))
    measure = Measure.of(scorer, choosers, material.needs, seed)
    report: dict[str, Any] = {
        "easy": len(material.easy),
        "hard": len(material.hard),
        "drawn_from": {"easy": material.of[0], "hard": material.of[1]},
        "searched_against": attacked.model_version,
        "up": [],
        "down": [],
        "searches": [],
    }
    for direction, tricks in tried.items():
        families: dict[str, list[Attempt]] = {}
        for (family, name), some in tricks.items():
            if some:
                families.setdefault(family, []).extend(some)
                report[direction].append(measure.row(name, family, some))
                yield report
        sizes = collections.Counter(row["family"] for row in report[direction])
        report[direction] += [
            measure.row(ALL_OF_FAMILY, family, some) for family, some in families.items() if sizes[family] > 1
        ]
    searched: dict[Aim, list[Attempt]] = {}
    for aim, rng in rngs.items():
        plain = report[aim.value]
        rows: dict[str, list[Attempt]] = {}
        for done in run_jobs(jobs[aim], material, attacked, scorer, rng):
            for name, some in done.attempts.items():
                rows.setdefault(name, []).extend(some)
            report[aim.value] = plain + [measure.row(name, SEARCHED, a) for name, a in rows.items() if a]
            report["searches"].append(
                {
                    "aim": aim.value,
                    "messages": len(done.job.messages),
                    "suffix": done.suffix.text,
                    "gain": round(done.suffix.gain, 4),
                    "scored": done.suffix.scored,
                }
            )
            yield report
        searched[aim] = [*rows.get(OWN, ()), *rows.get(BATCH, ())]
    if trial:
        for report["views"] in compare(trial, scorer, measure, searched, announced):
            yield report
    yield report
