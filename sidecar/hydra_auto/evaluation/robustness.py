"""``eval robustness``: what tricks move an easy message to a dearer model, or a hard one to a cheaper."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from hydra_auto.core.catalog import ModelEntry
from hydra_auto.core.cost import workload_of
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.intervals import interval_of_mean, interval_of_ratio
from hydra_auto.evaluation.pools import Pool, ladder
from hydra_auto.evaluation.scoring import Scorer, levels_of
from hydra_auto.evaluation.suffix_search import SearchConfig, attack_words, search, with_suffix
from hydra_auto.evaluation.tricks import TRICKS, Aim
from hydra_auto.training.annotations import ENGLISH, Item, Split, make_splits, read_annotations

EASY: Final = 0.4  # largest annotated requirement up to which a message counts as easy
HARD: Final = 0.7  # and from which on it counts as hard
SEARCHED: Final = "searched"
ALL_OF_FAMILY: Final = "all of the family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An English message of the test split."""

    key: str
    group: str
    text: str
    requirements: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the bench works with.

    Attributes:
        easy: Messages to talk up.
        hard: Messages to talk down.
        needs: Annotated requirements of all English messages of the test split, for the ladders.
        words: The attacker's words.
    """

    easy: Sequence[Message]
    hard: Sequence[Message]
    needs: Sequence[tuple[float, ...]]
    words: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """How much is searched; nothing where ``singles`` and ``batches`` are 0.

    Attributes:
        singles: Easy messages that get a suffix of their own.
        single: Budget of each.
        batches: Batches of easy messages that get one suffix together.
        batch_size: Messages of a batch.
        batch: Budget of each batch.
        transfer: Other messages that every suffix of a batch is tried on.
    """

    singles: int = 30
    single: SearchConfig = field(default_factory=lambda: SearchConfig(words=8, budget=400))
    batches: int = 3
    batch_size: int = 8
    batch: SearchConfig = field(default_factory=lambda: SearchConfig(words=10, budget=3_000))
    transfer: int = 100

    def scaled(self, share: float) -> SearchPlan:
        """A plan with that share of the messages, batches and budgets; 0 searches nothing."""
        part = min(1.0, share)
        return replace(
            self,
            singles=math.ceil(self.singles * part),
            single=replace(self.single, budget=math.ceil(self.single.budget * share)),
            batches=math.ceil(self.batches * part),
            batch=replace(self.batch, budget=math.ceil(self.batch.budget * share)),
            transfer=math.ceil(self.transfer * part),
        )


def read_material(data: Path, limit: int, seed: int) -> Material:
    """Messages and words from the shared annotations.

    Args:
        data: The shared data folder.
        limit: At most so many easy, and so many hard, messages; 0 for all.
        seed: Of the sampling.

    Raises:
        TrainingFailed: A file is missing or damaged.
    """
    items = read_annotations(data)
    splits = make_splits(items)
    return material_of(
        [item for item in items if splits[item.key] is Split.TEST],
        [item for item in items if splits[item.key] is Split.TRAIN],
        limit,
        seed,
    )


def material_of(test: Sequence[Item], train: Sequence[Item], limit: int, seed: int) -> Material:
    """Messages of the test items, words of the train items."""
    messages = [
        Message(key=i.key, group=i.group, text=i.texts[ENGLISH], requirements=i.requirements)
        for i in test
        if ENGLISH in i.texts and i.texts[ENGLISH].strip()
    ]
    rng = random.Random(seed)  # noqa: S311 - sampling, not secrets

    def some(chosen: list[Message]) -> list[Message]:
        return rng.sample(chosen, min(limit or len(chosen), len(chosen)))

    return Material(
        easy=some([m for m in messages if max(m.requirements) <= EASY]),
        hard=some([m for m in messages if max(m.requirements) >= HARD]),
        needs=[m.requirements for m in messages],
        words=attack_words(train),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One message before and after a trick."""

    message: Message
    after: str


def evaluate(
    material: Material, scorer: Scorer, pools: Sequence[Pool], plan: SearchPlan, seed: int
) -> dict[str, Any]:
    """The whole report.

    Returns:
        ``up`` and ``down``: lists of {name, family, messages, rise, by_pool: {pool: {regime: {to_dearer,
        to_dearest, to_cheaper, to_cheapest, added_usd, cost_ratio}}}}. Every number is [value, low, high].
        ``rise`` is of the largest requirement. "Dearest" and "cheapest" are the ends of the ladder: of the
        models in use. Costs are those of the plain message's length: what the choice costs, not the words.
        ``searches`` tells of each search how many texts it took and what it gained.
    """
    tops = {(pool.name, regime): _ends(pool, regime, material.needs) for pool in pools for regime in Regime}
    measured = _Measure(scorer=scorer, pools=pools, ends=tops, seed=seed)
    tried = {
        "up": _tried(material.easy, (Aim.UP, Aim.EITHER), seed),
        "down": _tried(material.hard, (Aim.DOWN, Aim.EITHER), seed),
    }
    attempts = [a for tricks in tried.values() for some in tricks.values() for a in some]
    scorer.score([text for a in attempts for text in (a.message.text, a.after)], "Scoring tricks")
    searched, searches = _searched(material, scorer, plan, seed)
    report: dict[str, Any] = {"easy": len(material.easy), "hard": len(material.hard), "searches": searches}
    for direction, tricks in tried.items():
        families: dict[str, list[_Attempt]] = {}
        for (family, _), some in tricks.items():
            families.setdefault(family, []).extend(some)
        rows = tricks | {(family, ALL_OF_FAMILY): some for family, some in families.items()}
        if direction == "up":
            rows |= {(SEARCHED, name): some for name, some in searched.items()}
        report[direction] = [
            measured.row(name, family, some) for (family, name), some in rows.items() if some
        ]
    return report


def _tried(
    messages: Sequence[Message], aims: Sequence[Aim], seed: int
) -> dict[tuple[str, str], list[_Attempt]]:
    """Every trick with one of the aims on every message, by family and name."""
    return {
        (trick.family, trick.name): [
            _Attempt(message=m, after=trick.apply(m.text, _rng(seed, trick.name, m.key))) for m in messages
        ]
        for trick in TRICKS
        if trick.aim in aims
    }


def _ends(pool: Pool, regime: Regime, needs: Sequence[tuple[float, ...]]) -> tuple[ModelEntry, ModelEntry]:
    rungs = ladder(pool, regime, needs)
    return rungs[0].model, rungs[-1].model


def _rng(*of: object) -> random.Random:
    """The same for the same trick and message, whatever else is measured."""
    digest = hashlib.sha256("/".join(str(part) for part in of).encode()).digest()
    return random.Random(digest)  # noqa: S311 - wording, not secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """Turns attempts into a row of the report."""

    scorer: Scorer
    pools: Sequence[Pool]
    ends: dict[tuple[str, Regime], tuple[ModelEntry, ModelEntry]]
    seed: int

    def row(self, name: str, family: str, attempts: Sequence[_Attempt]) -> dict[str, Any]:
        """One trick."""
        before = self.scorer.score([a.message.text for a in attempts])
        after = self.scorer.score([a.after for a in attempts])
        groups = [a.message.group for a in attempts]
        rise = levels_of(after).max(1) - levels_of(before).max(1)
        return {
            "name": name,
            "family": family,
            "messages": len(attempts),
            "rise": interval_of_mean(rise.tolist(), groups, self.seed).rounded(),
            "by_pool": {
                pool.name: {
                    regime.value: self._moves(pool, regime, before, after, groups) for regime in Regime
                }
                for pool in self.pools
            },
        }

    def _moves(
        self,
        pool: Pool,
        regime: Regime,
        before: Sequence[Prediction],
        after: Sequence[Prediction],
        groups: Sequence[str],
    ) -> dict[str, list[float]]:
        cheapest, dearest = self.ends[pool.name, regime]
        moves = [_Move.of(pool, regime, *pair) for pair in zip(before, after, strict=True)]

        def share(holds: Sequence[bool]) -> list[float]:
            return interval_of_mean([float(h) for h in holds], groups, self.seed).rounded()

        plain, tricked = [m.usd_before for m in moves], [m.usd_after for m in moves]
        return {
            "to_dearer": share([m.usd_after > m.usd_before for m in moves]),
            "to_dearest": share([m.reaches_up(dearest, pool) for m in moves]),
            "to_cheaper": share([m.usd_after < m.usd_before for m in moves]),
            "to_cheapest": share([m.reaches_down(cheapest, pool) for m in moves]),
            "added_usd": interval_of_mean(
                [b - a for a, b in zip(plain, tricked, strict=True)], groups, self.seed
            ).rounded(6),
            "cost_ratio": interval_of_ratio(tricked, plain, groups, self.seed).rounded(3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """Where one message went, and what both models cost for the plain message; ``tokens`` are its length."""

    tokens: int
    usd_before: float
    usd_after: float

    @staticmethod
    def of(pool: Pool, regime: Regime, before: Prediction, after: Prediction) -> _Move:
        workload = workload_of(0, before.tokens)
        return _Move(
            tokens=before.tokens,
            usd_before=pool.cost(pool.choose(before, regime), workload),
            usd_after=pool.cost(pool.choose(after, regime), workload),
        )

    def reaches_up(self, end: ModelEntry, pool: Pool) -> bool:
        """Whether it went up, and as far as the ladder's end or beyond."""
        usd = pool.cost(end, workload_of(0, self.tokens))
        return self.usd_after > self.usd_before and self.usd_after >= usd

    def reaches_down(self, end: ModelEntry, pool: Pool) -> bool:
        """Whether it went down, and as far as the ladder's end or beyond."""
        usd = pool.cost(end, workload_of(0, self.tokens))
        return self.usd_after < self.usd_before and self.usd_after <= usd


def _searched(
    material: Material, scorer: Scorer, plan: SearchPlan, seed: int
) -> tuple[dict[str, list[_Attempt]], list[dict[str, Any]]]:
    """Attempts with searched suffixes by name, and what each search did."""
    rng = random.Random(seed)  # noqa: S311 - an attacker's luck
    targets = list(material.easy)
    rng.shuffle(targets)
    attempts: dict[str, list[_Attempt]] = {
        "suffix searched for the message": [],
        "the same on another message": [],
        "suffix searched on a batch, that batch": [],
        "the same on other messages": [],
    }
    own, borrowed, batch, transferred = attempts.values()
    done: list[dict[str, Any]] = []

    def objective(texts: Sequence[str]) -> list[float]:
        levels = levels_of(scorer.score(texts))
        return (levels.max(1) + levels.mean(1)).tolist()  # type: ignore[no-any-return]  # numpy is untyped

    rest = targets[plan.singles :] or targets
    batches = [rest[i * plan.batch_size : (i + 1) * plan.batch_size] for i in range(plan.batches)]
    jobs = [
        *(([message], plan.single, own, borrowed, 1) for message in targets[: plan.singles]),
        *((some, plan.batch, batch, transferred, plan.transfer) for some in batches if some),
    ]
    task = scorer.progress.add_task("Searching suffixes", total=len(jobs)) if jobs else None
    for messages, config, on_these, on_others, count in jobs:
        found = search([m.text for m in messages], objective, material.words, config, rng)
        done.append(
            {
                "messages": len(messages),
                "suffix": found.text,
                "gain": round(found.gain, 4),
                "scored": found.scored,
            }
        )
        inside = {m.group for m in messages}
        others = [m for m in targets if m.group not in inside]
        on_these.extend(_attacked(messages, found.text))
        on_others.extend(_attacked(rng.sample(others, min(count, len(others))), found.text))
        if task is not None:
            scorer.progress.advance(task)
    return attempts, done


def _attacked(messages: Sequence[Message], suffix: str) -> list[_Attempt]:
    return [_Attempt(message=m, after=with_suffix(m.text, suffix)) for m in messages]
