"""Annotated requirements: reading them, and splits that no conversation, problem, item or text straddles.

The shared annotations are split into train, dev, calibration and test. What the project adds itself
(`WRITTEN`, `LIKE_REAL`, `ADDED`, `OUTCOMES`) is for training only: an added item that is tied to a shared one
outside of train goes where that one is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.config import TrainingFailed
from hydra_auto.training.files import load_json, readable, save_json

REAL: Final = "requirements"
PARALLEL: Final = "chat_parallel"
BILINGUAL: Final = "chat_bilingual"
FILES: Final = (REAL, PARALLEL, BILINGUAL)
WRITTEN: Final = "chat_written"  # our own messages, each in several languages
LIKE_REAL: Final = "messages_written"  # our own messages of the kinds of the real ones, in one language
ADDED: Final = "requirements_added"  # our own numbers for texts of the shared data
OUTCOMES: Final = "outcomes"  # numbers that follow from which models solved a problem
REAL_TEXTS: Final = (REAL, ADDED)  # sources of real messages
ENGLISH: Final = "en"
KINDS: Final = (  # the rubric's kinds of request
    "explain",
    "write",
    "edit",
    "debug",
    "test",
    "review",
    "shell",
    "data",
    "design",
    "agent",
    "math",
    "other",
)
# The same problem under several ids: what of the id names the problem.
_PROBLEM: Final[Mapping[str, re.Pattern[str]]] = {
    "bigcodebench": re.compile(r"/(\d+)"),  # instruct and complete variants
    "cruxeval": re.compile(r"/(\d+)$"),  # one function, asked for its input and for its output
    "naturalcodebench": re.compile(r"^(\w+/\d+)"),  # Chinese and English
    "zeroeval_gsm8k": re.compile(r"(#\d+)$"),  # ids with a "#" that is no turn number
    "zeroeval_crux": re.compile(r"(#\d+)$"),
}
OPENING: Final = 160  # characters that, when equal, make two benchmark texts one problem
_BENCHMARKS: Final = {"debugbench", "livecodebench", "aider_polyglot"}  # others have telling ids
_STATEMENT: Final = "Problem:\n"  # debugbench puts the language of the solution before it
# near_duplicates.json follows from the splits
_MAKE_ANEW: Final = "Delete splits.json and run `hydra-auto train prepare` again."


class Split(Enum):
    """Where an item belongs; dev is for choices, calibration for the heads' scale, test is reported."""

    TRAIN = "train"
    DEV = "dev"
    CALIBRATION = "calibration"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One annotated message in one or more languages.

    Attributes:
        source: File it came from, one of `FILES`, or one of the project's own sources.
        set_name: Collection within the file.
        item_id: Unique within ``source`` and ``set_name``.
        texts: Text by language; the real messages have one.
        requirements: In `Capability` order, each in [0, 1].
        kind: One of `KINDS`; empty where the annotation names none.
    """

    source: str
    set_name: str
    item_id: str
    texts: Mapping[str, str]
    requirements: tuple[float, ...]
    kind: str = ""

    @property
    def key(self) -> str:
        """Unique name of the item."""
        return f"{self.source}/{self.set_name}/{self.item_id}"

    @property
    def text(self) -> str:
        """In English where there is an English one."""
        return self.texts.get(ENGLISH) or next(iter(self.texts.values()))

    @property
    def group(self) -> str:
        """Conversation or benchmark problem that the item is part of."""
        return group_of(self.set_name, self.item_id)


def group_of(set_name: str, item_id: str) -> str:
    """Conversation or problem behind an id."""
    pattern = _PROBLEM.get(set_name)
    found = pattern.search(item_id) if pattern else None
    return f"{set_name}/{found[1] if found else item_id.split('#', maxsplit=1)[0]}"


def normalised(text: str) -> str:
    """Text without case, white space and punctuation: equal for messages that are the same to a reader."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", folded) or folded


def opening_of(text: str) -> str:
    """Start of a problem's statement, normalised: at most `OPENING` characters, fewer of a short text."""
    return normalised(text.partition(_STATEMENT)[2] or text)[:OPENING]


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of a gzipped JSONL file.

    Raises:
        TrainingFailed: The file is missing or damaged.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except FileNotFoundError as error:
        raise TrainingFailed(f"{path} does not exist.", "Name the data folder with --data.") from error
    except (OSError, EOFError, json.JSONDecodeError) as error:
        raise TrainingFailed(f"{path} cannot be read: {error}.") from error


def read_annotations(data: Path) -> list[Item]:
    """All items of the three annotation files under ``data``, in file order."""
    items = []
    for source in FILES:
        for row in read_rows(data / "annotations" / f"{source}.jsonl.gz"):
            texts = row.get("texts") or {row["lang"]: row["text"]}
            items.append(
                Item(
                    source=source,
                    set_name=row.get("set", source),
                    item_id=row["id"],
                    texts=texts,
                    requirements=tuple(float(row["r"][c.value]) for c in Capability),
                    kind=row.get("kind", ""),
                )
            )
    return items


class Components:
    """What is tied together, directly or in a chain: union-find over strings."""

    def __init__(self) -> None:
        """Nothing is tied yet."""
        self._parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        """The smallest name of all that ``name`` is tied to."""
        path = []
        while (parent := self._parent.setdefault(name, name)) != name:
            path.append(name)
            name = parent
        for passed in path:
            self._parent[passed] = name
        return name

    def join(self, one: str, other: str) -> None:
        """Ties two names together."""
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low  # the smaller name is the root: independent of the order of joins


def _ties(item: Item) -> Iterator[str]:
    """Everything that binds an item to others: its group and its texts, normalised."""
    yield f"group {item.group}"
    for text in item.texts.values():
        yield f"text {normalised(text)}"
        if item.set_name in _BENCHMARKS:
            yield f"opening {opening_of(text)}"


def split_of(name: str) -> Split:
    """80 / 5 / 5 / 10 by hash of a group's name."""
    bucket = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 20
    found = {0: Split.TEST, 10: Split.TEST, 1: Split.DEV, 11: Split.CALIBRATION}
    return found.get(bucket, Split.TRAIN)


def make_splits(items: Sequence[Item]) -> dict[str, Split]:
    """Split by item key; everything tied together, directly or in a chain, lands in one split.

    Only shared items decide: what the project adds changes no split of theirs.
    """
    shared = Components()
    for item in items:
        if item.source in FILES:
            for tie in _ties(item):
                shared.join(f"item {item.key}", tie)
    splits = {item.key: split_of(shared.root(f"item {item.key}")) for item in items if item.source in FILES}
    held_out = {
        tie: splits[item.key]
        for item in items
        if splits.get(item.key, Split.TRAIN) is not Split.TRAIN
        for tie in _ties(item)
    }
    added = [item for item in items if item.source not in FILES]
    found = True
    while found:  # an added item that is held out holds out those tied to it
        found = False
        for item in added:
            if item.key in splits:
                continue
            split = next((held_out[tie] for tie in _ties(item) if tie in held_out), None)
            if split:
                splits[item.key] = split
                held_out |= dict.fromkeys(_ties(item), split)
                found = True
    return splits | {item.key: Split.TRAIN for item in added if item.key not in splits}


def check_overlap(items: Iterable[Item], splits: Mapping[str, Split]) -> None:
    """Fails if two splits share a conversation, a problem or a text.

    Raises:
        TrainingFailed: They do, or an item has no split.
    """
    seen: dict[str, tuple[Split, str]] = {}
    for item in items:
        if item.key not in splits:
            raise TrainingFailed(f"{item.key} has no split.", _MAKE_ANEW)
        split = splits[item.key]
        for tie in _ties(item):
            before, other = seen.setdefault(tie, (split, item.key))
            if before is not split:
                raise TrainingFailed(
                    f"{other} ({before.value}) and {item.key} ({split.value}) share a {tie.split()[0]}.",
                    _MAKE_ANEW,
                )


def open_splits(items: Sequence[Item], path: Path) -> dict[str, Split]:
    """The run's splits, made and written on first use, checked for overlap every time.

    Raises:
        TrainingFailed: They overlap or miss an item.
    """
    if path.exists():
        stored = load_json(path, "prepare")
        with readable(path, "prepare"):
            splits = {key: split for split in Split for key in stored[split.value]}
    else:
        splits = make_splits(items)
        by_split = {s.value: sorted(key for key, split in splits.items() if split is s) for s in Split}
        save_json(path, by_split)
    check_overlap(items, splits)
    return splits
