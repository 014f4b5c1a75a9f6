"""Messages of the test split for ``eval robustness``: easy and hard English ones, which it attacks, and any.

The latter show what a defence costs where nobody attacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hydra_auto.evaluation.robustness.suffix_search import attack_words, belittling_words
from hydra_auto.evaluation.robustness.tricks import Aim
from hydra_auto.evaluation.sampling import evenly
from hydra_auto.training.annotations import (
    BILINGUAL,
    ENGLISH,
    PARALLEL,
    REAL,
    Item,
    Split,
    make_splits,
    read_annotations,
)

EASY: Final = 0.4  # largest annotated requirement up to which a message counts as easy
HARD: Final = 0.7  # and from which on it counts as hard
_KINDS: Final = {"real": (REAL,), "chat": (PARALLEL, BILINGUAL)}  # as in the encoder's own report


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of the test split; in English, if it is one to attack.

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
        untouched: Real messages and chat messages, by that name, in every language and of every difficulty;
            they are only scored as they are.
    """

    easy: Sequence[Message]
    hard: Sequence[Message]
    of: tuple[int, int]
    needs: Sequence[tuple[float, ...]]
    words: Mapping[Aim, Sequence[str]]
    untouched: Mapping[str, Sequence[Message]] = field(default_factory=dict)


def read_material(data: Path, limit: int, seed: int) -> Material:
    """Messages and words from the shared annotations.

    Args:
        data: The shared data folder.
        limit: At most so many messages, half of them easy and half hard; and as many untouched ones, half of
            them real and half of chat. 0 for all.
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
        _message(item, ENGLISH) for item in test if ENGLISH in item.texts and item.texts[ENGLISH].strip()
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
        untouched={
            kind: some(
                [
                    _message(item, language)
                    for item in test
                    if item.source in sources
                    for language, text in item.texts.items()
                    if text.strip()
                ]
            )
            for kind, sources in _KINDS.items()
        },
    )


def _message(item: Item, language: str) -> Message:
    return Message(
        key=item.key if language == ENGLISH else f"{item.key}/{language}",
        source=f"{item.source}/{item.set_name}",
        group=item.group,
        text=item.texts[language],
        requirements=item.requirements,
    )
