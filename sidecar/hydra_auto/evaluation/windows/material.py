"""Messages of ``eval windows``: real ones of the test split, beyond the window and within it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra_auto.adapters.text_window import SPECIAL_TOKENS
from hydra_auto.evaluation.sampling import evenly
from hydra_auto.evaluation.windows.pastes import (
    PASTE_TOKENS,
    Arrangement,
    Dressing,
    arranged,
    blocks_of,
    paste_for,
)
from hydra_auto.evaluation.windows.scoring import WindowScorer
from hydra_auto.training.annotations import REAL, Item, Split, make_splits, read_annotations


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """A question in a message with a long paste.

    Attributes:
        question: What is asked, annotated without the paste.
    """

    question: Item
    arrangement: Arrangement
    dressing: Dressing
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMaterial:
    """What the bench works with.

    Attributes:
        long: Messages beyond the encoder's window.
        pasted: Questions within it, each in every arrangement with the same paste.
        of: How many long messages and questions they were drawn from.
    """

    long: Sequence[Item]
    pasted: Sequence[Pasted]
    of: tuple[int, int]


def read_window_material(
    data: Path, scorer: WindowScorer, *, limit: int, questions: int, seed: int
) -> WindowMaterial:
    """Messages and pastes from the shared annotations.

    Args:
        data: The shared data folder.
        scorer: Whose tokens count.
        limit: At most so many long messages; 0 for all.
        questions: So many questions get pastes, or all that there are; 0 for none.
        seed: Of sampling and of the pastes.

    Raises:
        TrainingFailed: A file is missing or damaged.
    """
    items = read_annotations(data)
    splits = make_splits(items)
    test = [item for item in items if splits[item.key] is Split.TEST]
    return window_material_of(test, scorer, limit=limit, questions=questions, seed=seed)


def window_material_of(
    items: Sequence[Item], scorer: WindowScorer, *, limit: int, questions: int, seed: int
) -> WindowMaterial:
    """The same of items at hand; those that are no real messages are left out."""
    real = [item for item in items if item.source == REAL and item.text.strip()]
    lengths = scorer.lengths([item.text for item in real])
    long = [item for item, tokens in zip(real, lengths, strict=True) if tokens > scorer.max_tokens]
    short = [item for item, tokens in zip(real, lengths, strict=True) if tokens <= scorer.max_tokens]
    asked = evenly(short, questions, _likeness, seed) if questions else []
    return WindowMaterial(
        long=evenly(long, limit, _likeness, seed),
        pasted=_pasted(asked, real, scorer, seed),
        of=(len(long), len(short)),
    )


def _likeness(item: Item) -> Any:  # noqa: ANN401 - a sort key
    return item.set_name, max(item.requirements)


def _pasted(questions: Sequence[Item], real: Sequence[Item], scorer: WindowScorer, seed: int) -> list[Pasted]:
    """Every question in every arrangement; the paste of every other one is fenced."""
    blocks = (
        blocks_of(real, lambda text: int(scorer.lengths([text])[0]) - SPECIAL_TOKENS) if questions else []
    )
    made = []
    for i, question in enumerate(questions):
        rng = random.Random(f"{seed}/{question.key}")  # noqa: S311 - sampling, not secrets
        paste = paste_for(question.group, blocks, PASTE_TOKENS, rng)
        dressing = Dressing.BARE if i % 2 else Dressing.FENCED
        made += [
            Pasted(
                question=question,
                arrangement=arrangement,
                dressing=dressing,
                text=arranged(question.text, paste, arrangement, dressing),
            )
            for arrangement in Arrangement
            if paste
        ]
    return made
