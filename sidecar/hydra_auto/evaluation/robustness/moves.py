"""Where messages go before and after a trick: rows of the report of ``eval robustness``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydra_auto.app.ports import RequirementPredictor
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import Chooser, ladder
from hydra_auto.evaluation.intervals import interval_of_mean, interval_of_ratio
from hydra_auto.evaluation.robustness.material import Message
from hydra_auto.evaluation.robustness.searches import Attempt
from hydra_auto.evaluation.robustness.tricks import TRICKS, Aim
from hydra_auto.evaluation.sampling import generator_of
from hydra_auto.evaluation.scoring import lengths_of, levels_of

Array = Any  # its shape is in the docstrings


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What the encoder says: float64 [messages, 4], and int64 [messages] tokens."""

    required: Array
    tokens: Array

    @staticmethod
    def by(predictor: RequirementPredictor, texts: Sequence[str]) -> Scored:
        """Predictions as arrays, in the order of ``texts``."""
        predictions = predictor.predict(texts)
        return Scored(required=levels_of(predictions), tokens=lengths_of(predictions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Turns attempts into a row of the report.

    Attributes:
        before: Who scores the plain messages.
        after: Who scores the messages with the trick; mostly the same.
        choosers: Who may be chosen.
        ends: By pool and regime, places of the cheapest and of the dearest model in use.
        seed: Of the resampling.
    """

    before: RequirementPredictor
    after: RequirementPredictor
    choosers: Sequence[Chooser]
    ends: Mapping[tuple[str, Regime], tuple[int, int]]
    seed: int

    @staticmethod
    def of(
        predictor: RequirementPredictor,
        choosers: Sequence[Chooser],
        needs: Sequence[tuple[float, ...]],
        seed: int,
    ) -> Measure:
        """One who scores both, and the ladders of ``needs``: annotated requirements of usual messages."""
        return Measure(
            before=predictor,
            after=predictor,
            choosers=choosers,
            ends={(c.name, regime): _ends(c, regime, needs) for c in choosers for regime in Regime},
            seed=seed,
        )

    def row(self, name: str, family: str, attempts: Sequence[Attempt]) -> dict[str, Any]:
        """One trick."""
        before = Scored.by(self.before, [a.message.text for a in attempts])
        after = Scored.by(self.after, [a.after for a in attempts])
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
        self, chooser: Chooser, regime: Regime, before: Scored, after: Scored, groups: Sequence[str]
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


def _ends(chooser: Chooser, regime: Regime, needs: Sequence[tuple[float, ...]]) -> tuple[int, int]:
    """Places of the cheapest and of the dearest model in use."""
    rungs = ladder(chooser, regime, needs)
    return chooser.models.index(rungs[0].model), chooser.models.index(rungs[-1].model)


def tried_on(
    messages: Sequence[Message], aims: Sequence[Aim], seed: int
) -> dict[tuple[str, str], list[Attempt]]:
    """Every trick with one of the aims on every message, by family and name; reworded by ``seed``."""
    return {
        (trick.family, trick.name): [
            Attempt(message=m, after=trick.apply(m.text, generator_of(seed, trick.name, m.key)))
            for m in messages
        ]
        for trick in TRICKS
        if trick.aim in aims
    }
