"""The searches of ``eval robustness``: suffixes found on some messages, tried on these and on others.

Upwards for easy messages, downwards for hard ones; against the encoder that they are tried on, or another.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from hydra_auto.app.ports import RequirementPredictor
from hydra_auto.evaluation.robustness.material import Material, Message
from hydra_auto.evaluation.robustness.suffix_search import (
    Objective,
    SearchConfig,
    Suffix,
    search,
    with_suffix,
)
from hydra_auto.evaluation.robustness.tricks import Aim
from hydra_auto.evaluation.scoring import Scorer, levels_of

OWN: Final = "suffix searched for the message"
BORROWED: Final = "the same on other messages"
BATCH: Final = "suffix searched on a batch, that batch"
TRANSFERRED: Final = "the batch's on other messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """How much is searched; nothing where ``singles``, ``batches`` and ``downs`` are 0.

    Attributes:
        singles: Easy messages that get a suffix of their own.
        single: Budget of each, upwards or downwards.
        borrow: Other messages that each of these suffixes is tried on.
        batches: Batches of easy messages that get one suffix together.
        batch_size: Messages of a batch.
        batch: Budget of each batch.
        transfer: Other messages that every suffix of a batch is tried on.
        downs: Hard messages that get a suffix of their own, downwards.
    """

    singles: int = 16
    single: SearchConfig = field(default_factory=lambda: SearchConfig(words=8, budget=250))
    borrow: int = 5
    batches: int = 2
    batch_size: int = 8
    batch: SearchConfig = field(default_factory=lambda: SearchConfig(words=10, budget=1_600))
    transfer: int = 100
    downs: int = 12

    def scaled(self, share: float) -> SearchPlan:
        """A plan with that share of the messages, batches and budgets; 0 searches nothing."""
        part = min(1.0, share)
        return replace(
            self,
            singles=math.ceil(self.singles * part),
            single=replace(self.single, budget=math.ceil(self.single.budget * share)),
            borrow=math.ceil(self.borrow * part),
            batches=math.ceil(self.batches * part),
            batch=replace(self.batch, budget=math.ceil(self.batch.budget * share)),
            transfer=math.ceil(self.transfer * part),
            downs=math.ceil(self.downs * part),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One message before and after a trick.

    Attributes:
        message: The message before.
        after: Its text with the trick.
        suffix: The searched suffix, if that is the trick: what was searched once is redrawn as one.
    """

    message: Message
    after: str
    suffix: str = ""

    @property
    def group(self) -> str:
        """What a bootstrap redraws whole."""
        return self.suffix or self.message.group


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One search to do: for which messages, which way, how hard, and on whom else its suffix is tried."""

    messages: Sequence[Message]
    aim: Aim
    config: SearchConfig
    others: Sequence[Message]
    is_batch: bool

    @property
    def most_searched(self) -> int:
        """Texts that the search scores at most."""
        return max(self.config.budget, 2 * len(self.messages))

    @property
    def tried(self) -> int:
        """Texts that its suffix makes."""
        return len(self.messages) + len(self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What one search found, and the attacked messages by name of the row that they belong to."""

    job: Job
    suffix: Suffix
    attempts: dict[str, list[Attempt]]


def plan_jobs(material: Material, plan: SearchPlan, aim: Aim, rng: random.Random) -> list[Job]:
    """Which messages are attacked, and who else; none of the others shares a group with the attacked.

    Args:
        material: Easy messages, for the way up, and hard ones.
        plan: How much.
        aim: Up or down.
        rng: Decides who is attacked.
    """
    up = aim is Aim.UP
    messages, alone, together = (
        (material.easy, plan.singles, plan.batches) if up else (material.hard, plan.downs, 0)
    )
    targets = rng.sample(list(messages), len(messages))
    rest = targets[alone:] or targets
    batches = [rest[i * plan.batch_size : (i + 1) * plan.batch_size] for i in range(together)]
    chosen = [(targets[i : i + 1], False) for i in range(min(alone, len(targets)))]
    chosen += [(batch, True) for batch in batches if batch]
    jobs = []
    for messages, is_batch in chosen:
        inside = {m.group for m in messages}
        others = [m for m in targets if m.group not in inside]
        count = min(plan.transfer if is_batch else plan.borrow, len(others))
        config = plan.batch if is_batch else plan.single
        jobs.append(
            Job(
                messages=messages,
                aim=aim,
                config=config,
                others=rng.sample(others, count),
                is_batch=is_batch,
            )
        )
    return jobs


def objective_of(predictor: RequirementPredictor, aim: Aim) -> Objective:
    """The largest and the mean requirement together; less than nothing of them for the way down."""
    sign = -1.0 if aim is Aim.DOWN else 1.0

    def objective(texts: Sequence[str]) -> list[float]:
        levels = levels_of(predictor.predict(texts))
        return (sign * (levels.max(1) + levels.mean(1))).tolist()  # type: ignore[no-any-return]  # untyped

    return objective


def run_jobs(
    jobs: Sequence[Job], material: Material, attacked: Scorer, scorer: Scorer, rng: random.Random
) -> Iterator[Searched]:
    """One search after the other; largest and mean requirement are what the attacker wants large, or small.

    Args:
        jobs: What `plan_jobs` made; the scorers expect its texts.
        material: Whose words suffixes are made of.
        attacked: The encoder that the attacker knows.
        scorer: The one that suffixes are tried on; mostly the same.
        rng: Decides what is tried.
    """
    for job in jobs:
        objective = objective_of(attacked, job.aim)
        words = material.words[job.aim]
        with attacked.expected(job.most_searched):
            found = search([m.text for m in job.messages], objective, words, job.config, rng)
        own, others = (
            [Attempt(message=m, after=with_suffix(m.text, found.text), suffix=found.text) for m in some]
            for some in (job.messages, job.others)
        )
        with scorer.expected(job.tried):
            scorer.score([attempt.after for attempt in (*own, *others)])
        names = (BATCH, TRANSFERRED) if job.is_batch else (OWN, BORROWED)
        yield Searched(job=job, suffix=found, attempts=dict(zip(names, (own, others), strict=True)))
