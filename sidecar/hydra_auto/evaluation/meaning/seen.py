"""Which problems the encoder was trained on: by id, by text, and by what a training run wrote down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hydra_auto.evaluation.meaning.benchmarks import Problem
from hydra_auto.training.annotations import OPENING, Item, Split, group_of, normalised, opening_of
from hydra_auto.training.config import TrainingFailed

_ALIASES: Final = {
    "livecodebench_selfrepair": ("livecodebench", "lcb-repair/", "lcb/"),
    "java_2024": ("multi_swe_bench", "", ""),  # half of its issues are there, under the same ids
}


class Seen:
    """Knows the problems of everything but the test split."""

    def __init__(
        self, items: Sequence[Item], splits: Mapping[str, Split], trained: Iterable[str] = ()
    ) -> None:
        """Remembers groups, texts and openings.

        Args:
            items: Annotated items, those that the project adds included where they are known.
            splits: Their splits; what is not in the test split counts as seen, since choices were made by it.
            trained: Further keys, ``source/set/id``, that a run learnt from (`keys_of_run`); of these only
                the ids are known, and one statement may have many.
        """
        shown = [item for item in items if splits[item.key] is not Split.TEST]
        self._groups = {item.group for item in shown} | {_group_of_key(key) for key in trained}
        texts = [text for item in shown for text in item.texts.values()]
        self._texts = {normalised(text) for text in texts}
        self._openings = {opening for text in texts if _is_telling(opening := opening_of(text))}

    def __call__(self, problem: Problem) -> bool:
        """Whether the encoder may have met the problem."""
        set_name, problem_id = problem.benchmark, problem.problem_id
        if set_name in _ALIASES:
            set_name, ours, theirs = _ALIASES[set_name]
            problem_id = problem_id.replace(ours, theirs)
        return (
            group_of(set_name, problem_id) in self._groups
            or normalised(problem.text) in self._texts
            or opening_of(problem.text) in self._openings
        )


def _is_telling(opening: str) -> bool:
    """Whether it is more than a short text, whose start says little."""
    return len(opening) == OPENING


def _group_of_key(key: str) -> str:
    _, set_name, item_id = key.split("/", maxsplit=2)
    return group_of(set_name, item_id)


def keys_of_run(path: Path) -> list[str]:
    """Keys that a training run did not keep for testing, from its ``splits.json``.

    Raises:
        TrainingFailed: The file is missing or is no such file.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        keys = [key for split, names in stored.items() if split != Split.TEST.value for key in names]
        if not all(key.count("/") > 1 for key in keys):
            raise ValueError("a key is not source/set/id")  # noqa: TRY301 - one message for all
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise TrainingFailed(f"{path} is no splits.json of a training run: {error}.") from error
    return keys
