"""Pairs of an English text and the same request translated, half translated, or in Latin letters."""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from hydra_auto.evaluation.languages.transliteration import ROMANISED
from hydra_auto.evaluation.sampling import evenly
from hydra_auto.evaluation.sentences import sentences
from hydra_auto.training.annotations import (
    BILINGUAL,
    ENGLISH,
    PARALLEL,
    Item,
    Split,
    make_splits,
    normalised,
    read_annotations,
    read_rows,
)

TRANSLATION, CODE_SWITCHED, ROMANISATION = "translation", "code-switched", "romanised"
TEST_SETS: Final = ("humaneval_xl_nl", "mgsm")  # of data/multilingual, no training set
TLDR: Final = "tldr"
SOURCES: Final = (PARALLEL, BILINGUAL, *TEST_SETS, TLDR)
# Primary subtags of the 25 annotated languages; a test compares them with our annotations.
ANNOTATED: Final = frozenset(
    "en zh ja ko de fr es pt it nl pl cs ru uk el tr ar he fa hi bn th vi id".split()  # noqa: SIM905 - a word list reads better
)
# As `training.corpus` has them, which needs torch; tests compare the two.
_HELD_OUT_PART: Final = 20  # one page in so many
_CONSISTENCY_SETS: Final = {TLDR, "typescript_diagnostics", "msbuild", "python_docs", "django_docs"}


class Scope(Enum):
    """What fine-tuning has of a language; a foundation's own training is another matter."""

    ANNOTATED = "annotated"
    """Texts with requirements."""
    UNLABELLED = "unlabelled"
    """Parallel texts without requirements, which only bind the languages to one another."""
    NEW = "new"
    """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One request in English and otherwise.

    Attributes:
        source: One of `SOURCES`.
        kind: Translation, code-switched or romanised.
        language: Of ``text``, as the source names it.
        scope: Of ``language``.
        group: Item, page or problem; whole groups are resampled.
        translation: What ``text`` was made from; ``text`` itself where it is a translation.
    """

    source: str
    kind: str
    language: str
    scope: Scope
    group: str
    english: str
    text: str
    translation: str


def is_held_out(set_name: str, item_id: str) -> bool:
    """Whether the distillation corpus leaves out an item of ``data/multilingual``."""
    digest = hashlib.sha256(f"{set_name}/{item_id.split('#', maxsplit=1)[0]}".encode()).digest()
    return digest[0] % _HELD_OUT_PART == 0


def read_pairs(data: Path, limit: int, seed: int) -> list[Pair]:
    """All pairs of the test split and of the sets kept for testing.

    Args:
        data: The shared data folder.
        limit: At most so many pairs a source and kind, in proportion over languages; 0 for all.
        seed: Of the sampling.

    Raises:
        TrainingFailed: A file is missing or damaged.
    """
    items = read_annotations(data)
    splits = make_splits(items)
    test = [i for i in items if splits[i.key] is Split.TEST and i.source in (PARALLEL, BILINGUAL)]
    met = {normalised(text) for i in items if splits[i.key] is not Split.TEST for text in i.texts.values()}
    pairs = [*annotated_pairs(test), *_multilingual(data, met)]
    by_kind: dict[tuple[str, str], list[Pair]] = collections.defaultdict(list)
    for pair in pairs:
        by_kind[pair.source, pair.kind].append(pair)
    return [pair for some in by_kind.values() for pair in evenly(some, limit, lambda p: p.language, seed)]


def annotated_pairs(items: Sequence[Item]) -> Iterator[Pair]:
    """Every kind of pair that the items give."""
    for item in items:
        yield from _pairs_of(item.source, item.key, item.texts, lambda _: Scope.ANNOTATED, mixed=True)


def _multilingual(data: Path, met: Container[str]) -> Iterator[Pair]:
    """Pairs of the sets kept for testing, without those whose English text, normalised, is in ``met``."""
    groups: dict[tuple[str, str], dict[str, str]] = collections.defaultdict(dict)
    unlabelled: set[str] = set()
    for row in read_rows(data / "multilingual" / "parallel.jsonl.gz"):
        name, item = row["set"], row["item_id"]
        if name in _CONSISTENCY_SETS and not is_held_out(name, item):
            unlabelled.add(_primary(row["lang"]))
        elif name in TEST_SETS or name == TLDR:
            groups[name, item][row["lang"]] = row["text"]

    def scope_of(language: str) -> Scope:
        if _primary(language) in ANNOTATED:
            return Scope.ANNOTATED
        return Scope.UNLABELLED if _primary(language) in unlabelled else Scope.NEW

    for (name, item), texts in groups.items():
        if normalised(texts.get(ENGLISH, "")) in met:
            continue
        yield from _pairs_of(name, f"{name}/{item.split('#', maxsplit=1)[0]}", texts, scope_of, mixed=False)


def _primary(language: str) -> str:
    return language.split("-", maxsplit=1)[0]


def _pairs_of(
    source: str, group: str, texts: Mapping[str, str], scope_of: Callable[[str], Scope], *, mixed: bool
) -> Iterator[Pair]:
    english = texts.get(ENGLISH)
    if english is None:
        return

    def pair(kind: str, language: str, text: str) -> Pair:
        return Pair(
            source=source,
            kind=kind,
            language=language,
            scope=scope_of(language),
            group=group,
            english=english,
            text=text,
            translation=texts[language],
        )

    for language, text in texts.items():
        if language == ENGLISH:
            continue
        yield pair(TRANSLATION, language, text)
        if mixed and (both := code_switched(english, text)):
            yield pair(CODE_SWITCHED, language, both)
        romanise: Callable[[str], str] | None = ROMANISED.get(language)
        if romanise:
            yield pair(ROMANISATION, language, romanise(text))


def code_switched(english: str, other: str) -> str | None:
    """Half of the sentences in English; None where one of the texts is a single sentence.

    Sentence by sentence in turn where both have as many, else the first half in English and the rest not.
    """
    first, second = sentences(english), sentences(other)
    if min(len(first), len(second)) < 2:  # noqa: PLR2004 - a half needs two
        return None
    if len(first) == len(second):
        mixed = [one if i % 2 == 0 else two for i, (one, two) in enumerate(zip(first, second, strict=True))]
    else:
        mixed = [*first[: (len(first) + 1) // 2], *second[(len(second) + 1) // 2 :]]
    return " ".join(mixed)
