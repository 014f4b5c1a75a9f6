"""Pruning of the 250k XLM-R vocabulary: the embeddings are most of the file, and most are never used here.

Kept are: special tokens, single characters of the supported scripts, short ASCII pieces (code), pieces seen
often enough in the corpus, and the most probable pieces of each script up to a budget.
"""

from __future__ import annotations

import collections
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.progress import Progress
from tokenizers import Tokenizer

from hydra_auto.training.config import VocabularyConfig

PIECES_PER_SCRIPT: Final = {
    "LATIN": 36_000,
    "CYRILLIC": 10_000,
    "CJK": 12_000,
    "HIRAGANA": 1_500,
    "KATAKANA": 1_500,
    "HANGUL": 4_000,
    "ARABIC": 5_000,
    "HEBREW": 2_000,
    "DEVANAGARI": 2_500,
    "GREEK": 2_500,
    "THAI": 2_000,
    "BENGALI": 1_200,
    "TAMIL": 1_200,
    "TELUGU": 1_000,
    "GEORGIAN": 500,
    "ARMENIAN": 500,
    "NONE": 6_000,
}
_SPECIALS: Final = 4  # <s>, <pad>, </s>, <unk>
_SHORT_ASCII: Final = 3
_COUNT_CHUNK: Final = 4_000


@dataclass(frozen=True, slots=True)
class PrunedVocabulary:
    """A smaller tokenizer and which rows of the old embeddings it uses, in its own order."""

    tokenizer_json: str
    kept_ids: tuple[int, ...]


def script_of(piece: str) -> str:
    """Script of most letters of a piece, "NONE" for digits, punctuation and the like."""
    counts: collections.Counter[str] = collections.Counter()
    for character in piece:
        if character.isalpha():
            counts[unicodedata.name(character, "UNKNOWN").split()[0].split("-")[0]] += 1
    return counts.most_common(1)[0][0] if counts else "NONE"


def count_pieces(tokenizer: Tokenizer, texts: Sequence[str], progress: Progress) -> collections.Counter[int]:
    """How often each piece id occurs in ``texts``, special tokens aside."""
    counts: collections.Counter[int] = collections.Counter()
    task = progress.add_task("Counting pieces", total=len(texts))
    for start in range(0, len(texts), _COUNT_CHUNK):
        chunk = list(texts[start : start + _COUNT_CHUNK])
        for encoding in tokenizer.encode_batch(chunk, add_special_tokens=False):
            counts.update(encoding.ids)
        progress.advance(task, len(chunk))
    return counts


def choose_pieces(
    vocabulary: Sequence[tuple[str, float]], counts: collections.Counter[int], config: VocabularyConfig
) -> list[int]:
    """Ids to keep, ascending.

    Args:
        vocabulary: Piece and log probability by id.
        counts: Occurrences by id.
        config: Budget factor and count that keeps a piece.
    """
    by_probability = sorted(range(_SPECIALS, len(vocabulary)), key=lambda i: (-vocabulary[i][1], i))
    words = [piece.replace("\u2581", "") for piece, _ in vocabulary]  # the word-start mark
    scripts = [script_of(word) for word in words]
    kept = set(range(_SPECIALS))
    used: collections.Counter[str] = collections.Counter()
    for i in by_probability:
        single = len(words[i]) <= 1 and scripts[i] in PIECES_PER_SCRIPT
        short = words[i].isascii() and len(words[i]) <= _SHORT_ASCII
        if single or short or counts[i] >= config.min_count or vocabulary[i][0] == "<mask>":
            kept.add(i)
            used[scripts[i]] += 1
    for i in by_probability:
        budget = PIECES_PER_SCRIPT.get(scripts[i], 0) * config.scale
        if i not in kept and used[scripts[i]] < budget:
            kept.add(i)
            used[scripts[i]] += 1
    return sorted(kept)


def prune(
    tokenizer_json: bytes, texts: Sequence[str], config: VocabularyConfig, progress: Progress
) -> PrunedVocabulary:
    """The tokenizer with only the pieces worth keeping; ids are renumbered without gaps.

    Args:
        tokenizer_json: The full Unigram tokenizer.
        texts: Corpus for the counts.
        config: How much is kept.
        progress: Where counting is shown.
    """
    content: dict[str, Any] = json.loads(tokenizer_json)
    full = Tokenizer.from_str(tokenizer_json.decode())
    full.no_truncation()
    full.no_padding()
    vocabulary = content["model"]["vocab"]
    kept = choose_pieces(vocabulary, count_pieces(full, texts, progress), config)
    new_ids = {old: new for new, old in enumerate(kept)}
    content["model"]["vocab"] = [vocabulary[i] for i in kept]
    content["added_tokens"] = [
        token | {"id": new_ids[token["id"]]} for token in content["added_tokens"] if token["id"] in new_ids
    ]
    content["truncation"] = content["padding"] = None
    return PrunedVocabulary(json.dumps(content, ensure_ascii=False), tuple(kept))
