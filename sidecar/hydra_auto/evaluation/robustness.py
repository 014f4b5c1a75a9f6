"""``eval robustness``: what tricks move an easy message to a dearer model, or a hard one to a cheaper."""

from __future__ import annotations

import collections
import hashlib
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
    material: Material, scorer: Scorer, choosers: Sequence[Chooser], plan: SearchPlan, seed: int
) -> Iterator[dict[str, Any]]:
    """The report, again and again as it grows; the last one is whole.

    Yields:
        ``up`` and ``down``: lists of {name, family, messages, rise, by_pool: {pool: {regime: {to_dearer,
        to_dearest, to_cheaper, to_cheapest, added_usd, cost_ratio}}}}. Every number is [value, low, high].
        ``rise`` is of the largest requirement. "Dearest" and "cheapest" are the ends of the ladder: of the
        models in use. Costs are those of the plain message's length: what the choice costs, not the words.
        ``searches`` tells of each search how many texts it took and what it gained. It is one object that
        is added to.
    """
    rng = random.Random(seed)  # noqa: S311 - an attacker's luck
    jobs = plan_jobs(material.easy, plan, rng)
    tried = {
        "up": _tried(material.easy, (Aim.UP, Aim.EITHER), seed),
        "down": _tried(material.hard, (Aim.DOWN, Aim.EITHER), seed),
    }
    attempts = [a for tricks in tried.values() for some in tricks.values() for a in some]
    scorer.expect(len({text for a in attempts for text in (a.message.text, a.after)}))
    scorer.expect(sum(job.most_texts for job in jobs))
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
    plain = report["up"]
    rows: dict[str, list[Attempt]] = {}
    for done in run_jobs(jobs, material, scorer, rng):
        for name, some in done.attempts.items():
            rows.setdefault(name, []).extend(some)
        report["up"] = plain + [measure.row(name, SEARCHED, some) for name, some in rows.items() if some]
        report["searches"].append(
            {
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
