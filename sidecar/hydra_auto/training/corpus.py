"""Unlabelled text for the distillation: parallel developer text and real prompts, tokenised once.

Left out are sets meant for testing only, sets that share problems with those, copyleft sets, and every prompt
of a conversation, problem or text that the annotations keep for dev or test.
"""

from __future__ import annotations

import collections
import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.progress import Progress
from tokenizers import Tokenizer

from hydra_auto.adapters.text_window import head_and_tail, valid_unicode
from hydra_auto.training.annotations import ENGLISH, Item, Split, group_of, normalised, read_rows
from hydra_auto.training.batches import by_length
from hydra_auto.training.files import load_arrays, save_arrays
from hydra_auto.training.student import CLS, SEP

TEST_ONLY: Final = {
    "humaneval_xl",  # shares its problems with the next three
    "humaneval_xl_nl",
    "mhumaneval",
    "mhumaneval_expert",
    "mgsm",
    "mt_bench",
    "naturalcodebench",
}
_REQUEST_LIKE: Final = {"tldr", "typescript_diagnostics", "msbuild", "python_docs", "django_docs"}
CHECK_LANGUAGES: Final = ("fr", "ru", "zh-Hans", "ja", "ko", "tr", "uk")
_CHECK_PAIRS: Final = 100
_CHECK_CHARACTERS: Final = range(35, 301)
_HELD_OUT_PART: Final = 20  # one group in so many is kept for checking
_LANGUAGES_PER_GROUP: Final = 5
_LANGUAGES_PER_ITEM: Final = 4
_CHUNK: Final = 5_000
_CHUNKED_SEQUENCES: Final = 4_096
_SHORT_STAGE: Final = 128
_JOIN_PROBABILITY: Final = 0.3


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts to learn from, and pairs (English, translation) by language that are never learnt from."""

    texts: tuple[str, ...]
    check_pairs: Mapping[str, tuple[tuple[str, str], ...]]


def _is_held_out(set_name: str, item_id: str) -> bool:
    """By page or group, so that the neighbours of a held-out sentence are held out with it."""
    digest = hashlib.sha256(f"{set_name}/{item_id.split('#', maxsplit=1)[0]}".encode()).digest()
    return digest[0] % _HELD_OUT_PART == 0


def read_corpus(
    data: Path,
    items: Sequence[Item],
    splits: Mapping[str, Split],
    seed: int,
    *,
    all_languages: bool = False,
) -> Corpus:
    """The distillation corpus under ``data``, deterministic for a seed.

    Args:
        data: The shared data folder.
        items: Annotated items, for their texts.
        splits: Which of them belong to dev or test.
        seed: Chooses languages within a group and check pairs.
        all_languages: Every translation (for counting pieces) instead of a few an item (for learning).

    Raises:
        TrainingFailed: A file is missing or damaged.
    """
    rng = random.Random(seed)  # noqa: S311 - sampling, not secrets
    groups: dict[tuple[str, str], dict[str, str]] = collections.defaultdict(dict)
    for row in read_rows(data / "multilingual" / "parallel.jsonl.gz"):
        if row["set"] not in TEST_ONLY:
            groups[row["set"], row["item_id"]][row["lang"]] = row["text"]

    kept_out = [item for item in items if splits[item.key] is not Split.TRAIN]
    unseen_texts = {normalised(text) for item in kept_out for text in item.texts.values()}
    unseen_groups = {item.group for item in kept_out}

    texts: list[str] = []
    held_out = []
    for (set_name, item_id), languages in groups.items():
        if _is_held_out(set_name, item_id):
            held_out.append(languages)
        else:
            texts += _some(languages, _LANGUAGES_PER_GROUP, rng, all_languages=all_languages)
    for row in read_rows(data / "prompts" / "prompts.jsonl.gz"):
        if row["set"] not in TEST_ONLY and group_of(row["set"], row["id"]) not in unseen_groups:
            texts.append(row["text"])
    for item in items:
        if splits[item.key] is Split.TRAIN:
            texts += _some(item.texts, _LANGUAGES_PER_ITEM, rng, all_languages=all_languages)
    unique = {normalised(text): text for text in texts}
    for unseen in unseen_texts:
        unique.pop(unseen, None)
    texts = sorted(unique.values())
    rng.shuffle(texts)
    return Corpus(tuple(texts), _check_pairs(held_out, rng))


def consistency_groups(data: Path) -> list[dict[str, str]]:
    """Parallel texts by language, English among them, that read like requests or pasted errors.

    Raises:
        TrainingFailed: The file is missing or damaged.
    """
    groups: dict[tuple[str, str], dict[str, str]] = collections.defaultdict(dict)
    for row in read_rows(data / "multilingual" / "parallel.jsonl.gz"):
        if row["set"] in _REQUEST_LIKE and not _is_held_out(row["set"], row["item_id"]):
            groups[row["set"], row["item_id"]][row["lang"]] = row["text"]
    return [texts for texts in groups.values() if ENGLISH in texts and len(texts) > 1]


def _some(texts: Mapping[str, str], most: int, rng: random.Random, *, all_languages: bool) -> list[str]:
    languages = sorted(texts)
    if not all_languages:
        languages = rng.sample(languages, min(len(languages), most))
    return [texts[language] for language in languages]


def _check_pairs(
    held_out: list[dict[str, str]], rng: random.Random
) -> dict[str, tuple[tuple[str, str], ...]]:
    rng.shuffle(held_out)
    pairs: dict[str, tuple[tuple[str, str], ...]] = {}
    for language in CHECK_LANGUAGES:
        by_translation = {
            group[language]: group[ENGLISH]
            for group in held_out
            if language in group and ENGLISH in group and len(group[ENGLISH]) in _CHECK_CHARACTERS
        }
        pairs[language] = tuple((en, other) for other, en in list(by_translation.items())[:_CHECK_PAIRS])
    return pairs


@dataclass(frozen=True, slots=True)
class TokenCache:
    """Token ids of many texts end to end, without special tokens.

    Attributes:
        flat: int32 [tokens].
        offsets: int64 [texts + 1]; text i is ``flat[offsets[i]:offsets[i + 1]]``.
    """

    flat: Any
    offsets: Any

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def text_ids(self, index: int) -> list[int]:
        """Ids of one text."""
        ids: list[int] = self.flat[self.offsets[index] : self.offsets[index + 1]].tolist()
        return ids


def open_tokens(path: Path, texts: Sequence[str], tokenizer: Tokenizer, progress: Progress) -> TokenCache:
    """The tokenised texts, from ``path`` if they were tokenised before."""
    digest = hashlib.sha256(tokenizer.to_str().encode())
    for text in texts:
        digest.update(text.encode("utf-8", "replace"))
    if path.exists():
        stored = load_arrays(path, "distill")
        if str(stored.get("digest")) == digest.hexdigest():
            return TokenCache(stored["flat"], stored["offsets"])
    parts: list[Any] = []
    lengths = [0]
    task = progress.add_task("Tokenising", total=len(texts))
    for start in range(0, len(texts), _CHUNK):
        chunk = [valid_unicode(text) for text in texts[start : start + _CHUNK]]
        for encoding in tokenizer.encode_batch(chunk, add_special_tokens=False):
            parts.append(np.array(encoding.ids, np.int32))
            lengths.append(len(encoding.ids))
        progress.advance(task, len(chunk))
    cache = TokenCache(np.concatenate(parts), np.cumsum(np.array(lengths, np.int64)))
    save_arrays(path, flat=cache.flat, offsets=cache.offsets, digest=np.array(digest.hexdigest()))
    return cache


def sequences(cache: TokenCache, max_tokens: int, rng: random.Random) -> Iterator[list[int]]:
    """Endless token sequences with special tokens, at most ``max_tokens`` long.

    At 128 tokens and below most are single texts, as chat messages are. Longer stages join texts until a
    random length in the upper half of the window is reached, so that positions there are trained.
    """
    while True:
        order = list(range(len(cache)))
        rng.shuffle(order)
        while order:
            ids = cache.text_ids(order.pop())
            if max_tokens > _SHORT_STAGE:
                wanted = rng.randint(max_tokens // 2, max_tokens)
                while order and len(ids) < wanted:
                    ids += cache.text_ids(order.pop())
            elif rng.random() < _JOIN_PROBABILITY:
                for _ in range(min(len(order), rng.randint(1, 2))):
                    ids += cache.text_ids(order.pop())
            yield head_and_tail([CLS, *ids, SEP], max_tokens)


def stage_batches(
    cache: TokenCache, max_tokens: int, batch_tokens: int, rng: random.Random
) -> Iterator[list[list[int]]]:
    """Endless batches for one stage of the length curriculum; the same for the same ``rng`` state.

    Args:
        cache: Tokenised texts, at least one.
        max_tokens: Longest sequence, special tokens included.
        batch_tokens: Sequences of a batch times the longest of them stays within this; one longer
            sequence is a batch of its own.
        rng: Orders and joins texts.

    Yields:
        Token ids with special tokens: [sequences][tokens], of similar length.
    """
    source = sequences(cache, max_tokens, rng)
    while True:
        pool = [next(source) for _ in range(_CHUNKED_SEQUENCES)]
        for batch in by_length([len(ids) for ids in pool], batch_tokens, rng):
            yield [pool[i] for i in batch]
