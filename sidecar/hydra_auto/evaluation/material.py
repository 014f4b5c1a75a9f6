"""Messages that ``eval robustness`` attacks: English ones of the test split, easy and hard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hydra_auto.evaluation.sampling import evenly
from hydra_auto.evaluation.suffix_search import attack_words, belittling_words
from hydra_auto.evaluation.tricks import Aim
from hydra_auto.training.annotations import ENGLISH, Item, Split, make_splits, read_annotations

EASY: Final = 0.4  # largest annotated requirement up to which a message counts as easy
HARD: Final = 0.7  # and from which on it counts as hard


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An English message of the test split.

    Attributes:
        source: Source and set that it comes from.
        group: Conversation or problem; whole groups are resampled.
    """

    key: str
    source: str
    group: str
    text: str
    requirements: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the bench works with.

    Attributes:
        easy: Messages to talk up.
        hard: Messages to talk down.
        of: How many easy and hard messages they were drawn from.
        needs: Annotated requirements of all English messages of the test split, for the ladders.
        words: What the attacker builds suffixes of, upwards and downwards.
    """

    easy: Sequence[Message]
    hard: Sequence[Message]
    of: tuple[int, int]
    needs: Sequence[tuple[float, ...]]
    words: Mapping[Aim, Sequence[str]]


def read_material(data: Path, limit: int, seed: int) -> Material:
    """Messages and words from the shared annotations.

    Args:
        data: The shared data folder.
        limit: At most so many messages, half of them easy and half hard; 0 for all.
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
    """Messages of the test items, evenly over sources and requirements; words of the train items."""
    messages = [
        Message(
            key=i.key,
            source=f"{i.source}/{i.set_name}",
            group=i.group,
            text=i.texts[ENGLISH],
            requirements=i.requirements,
        )
        for i in test
        if ENGLISH in i.texts and i.texts[ENGLISH].strip()
    ]
    easy = [m for m in messages if max(m.requirements) <= EASY]
    hard = [m for m in messages if max(m.requirements) >= HARD]

    def some(chosen: list[Message]) -> list[Message]:
        half = (limit + 1) // 2
        return evenly(chosen, half, lambda m: (m.source, max(m.requirements)), seed)

    return Material(
        easy=some(easy),
        hard=some(hard),
        of=(len(easy), len(hard)),
        needs=[m.requirements for m in messages],
        words={Aim.UP: attack_words(train), Aim.DOWN: belittling_words(train)},
    )
