"""``eval robustness``: what tricks move an easy message to a dearer model, or a hard one to a cheaper."""

from __future__ import annotations

import collections
import hashlib
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import Chooser, ladder
from hydra_auto.evaluation.intervals import interval_of_mean, interval_of_ratio
from hydra_auto.evaluation.material import Material, Message
from hydra_auto.evaluation.scoring import Scorer, lengths_of, levels_of
from hydra_auto.evaluation.searches import Attempt, SearchPlan, plan_jobs, run_jobs
from hydra_auto.evaluation.tricks import TRICKS, Aim

SEARCHED: Final = "searched"
ALL_OF_FAMILY: Final = "all of the family"

Array = Any  # its shape is in the docstrings


def evaluate(
    material: Material,
    scorer: Scorer,
    choosers: Sequence[Chooser],
    plan: SearchPlan,
    seed: int,
    attacked: Scorer | None = None,
) -> Iterator[dict[str, Any]]:
    """The report, again and again as it grows; the last one is whole.

    Args:
        material: Messages to talk up and down.
        scorer: The encoder that everything is tried on.
        choosers: Who may be chosen.
        plan: How much is searched.
        seed: Of wording, search and resampling.
        attacked: The encoder that suffixes are searched against, if that is another one.

    Yields:
        ``up`` and ``down``: lists of {name, family, messages, rise, by_pool: {pool: {regime: {to_dearer,
        to_dearest, to_cheaper, to_cheapest, added_usd, cost_ratio}}}}. Every number is [value, low, high].
        ``rise`` is of the largest requirement. "Dearest" and "cheapest" are the ends of the ladder: of the
        models in use. Costs are those of the plain message's length: what the choice costs, not the words.
        ``searches`` tells of each search which way it went (``aim``), how many texts it took and what it
        gained on the encoder ``searched_against``. It is one object that is added to.
    """
    attacked = attacked or scorer
    rngs = {aim: random.Random(seed) for aim in (Aim.UP, Aim.DOWN)}  # noqa: S311 - an attacker's luck
    jobs = {aim: plan_jobs(material, plan, aim, rng) for aim, rng in rngs.items()}
    tried = {
        "up": _tried(material.easy, (Aim.UP, Aim.EITHER), seed),
        "down": _tried(material.hard, (Aim.DOWN, Aim.EITHER), seed),
    }
    attempts = [a for tricks in tried.values() for some in tricks.values() for a in some]
    scorer.expect(len({text for a in attempts for text in (a.message.text, a.after)}))
    every = list(itertools.chain(*jobs.values()))
    attacked.expect(sum(job.most_searched for job in every))
    scorer.expect(sum(job.tried for job in every))
    measure = _Measure(
        scorer=scorer,
        choosers=choosers,
        ends={(c.name, regime): _ends(c, regime, material.needs) for c in choosers for regime in Regime},
        seed=seed,
    )
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
    yield report


def _tried(
    messages: Sequence[Message], aims: Sequence[Aim], seed: int
) -> dict[tuple[str, str], list[Attempt]]:
    """Every trick with one of the aims on every message, by family and name."""
    return {
        (trick.family, trick.name): [
            Attempt(message=m, after=trick.apply(m.text, _rng(seed, trick.name, m.key))) for m in messages
        ]
        for trick in TRICKS
        if trick.aim in aims
    }


def _ends(chooser: Chooser, regime: Regime, needs: Sequence[tuple[float, ...]]) -> tuple[int, int]:
    """Places of the cheapest and of the dearest model in use."""
    rungs = ladder(chooser, regime, needs)
    return chooser.models.index(rungs[0].model), chooser.models.index(rungs[-1].model)


def _rng(*of: object) -> random.Random:
    """The same for the same trick and message, whatever else is measured."""
    digest = hashlib.sha256("/".join(str(part) for part in of).encode()).digest()
    return random.Random(digest)  # noqa: S311 - wording, not secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """What the encoder says: float64 [messages, 4], and int64 [messages] tokens."""

    required: Array
    tokens: Array

    @staticmethod
    def by(scorer: Scorer, texts: Sequence[str]) -> _Scored:
        predictions = scorer.score(texts)
        return _Scored(required=levels_of(predictions), tokens=lengths_of(predictions))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """Turns attempts into a row of the report."""

    scorer: Scorer
    choosers: Sequence[Chooser]
    ends: dict[tuple[str, Regime], tuple[int, int]]
    seed: int

    def row(self, name: str, family: str, attempts: Sequence[Attempt]) -> dict[str, Any]:
        """One trick."""
        before = _Scored.by(self.scorer, [a.message.text for a in attempts])
        after = _Scored.by(self.scorer, [a.after for a in attempts])
        groups = [a.group for a in attempts]
        rise = after.required.max(1) - before.required.max(1)
        return {
            "name": name,
            "family": family,
            "messages": len(attempts),
            "rise": interval_of_mean(rise, groups, self.seed).rounded(),
            "by_pool": {
                chooser.name: {
                    regime.value: self._moves(chooser, regime, before, after, groups) for regime in Regime
                }
                for chooser in self.choosers
            },
        }

    def _moves(
        self, chooser: Chooser, regime: Regime, before: _Scored, after: _Scored, groups: Sequence[str]
    ) -> dict[str, list[float]]:
        cheapest, dearest = self.ends[chooser.name, regime]
        usd = chooser.costs(before.tokens)
        every = np.arange(len(usd))
        plain = usd[every, chooser.choose(before.required, before.tokens, regime)]
        tricked = usd[every, chooser.choose(after.required, after.tokens, regime)]

        def mean(values: Array) -> list[float]:
            return interval_of_mean(values, groups, self.seed).rounded(6)

        return {
            "to_dearer": mean(tricked > plain),
            "to_dearest": mean((tricked > plain) & (tricked >= usd[:, dearest])),
            "to_cheaper": mean(tricked < plain),
            "to_cheapest": mean((tricked < plain) & (tricked <= usd[:, cheapest])),
            "added_usd": mean(tricked - plain),
            "cost_ratio": interval_of_ratio(tricked, plain, groups, self.seed).rounded(),
        }
