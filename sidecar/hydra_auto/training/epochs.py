"""What one epoch of fine-tuning shows: items in a few languages, some disguised, retyped or with gaps."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from tokenizers import Tokenizer

from hydra_auto.training.annotations import ENGLISH, KINDS, Item
from hydra_auto.training.augmentation import borrowed, disguise, surface
from hydra_auto.training.batches import by_length, padded
from hydra_auto.training.config import FinetuneConfig, TrainingFailed
from hydra_auto.training.predict import encode

NO_KIND: Final = -1
_DISGUISE_CHARACTERS: Final = 600  # longer messages are read at head and tail; a disguise would cut them
_SURFACE_SHARE: Final = 0.1
_MASK: Final = "<mask>"


@dataclass(frozen=True, slots=True)
class Unit:
    """Texts that need the same: the languages of one item, or one text.

    Attributes:
        texts: One or more.
        requirements: Four numbers, or None for a parallel text without annotation, which only binds its
            languages.
        kind: Index of the kind of request in `KINDS`; `NO_KIND` where there is none.
    """

    texts: tuple[str, ...]
    requirements: tuple[float, ...] | None
    kind: int


def epoch_units(
    items: Sequence[Item], parallel: Sequence[Mapping[str, str]], config: FinetuneConfig, rng: random.Random
) -> list[Unit]:
    """What one epoch shows: items once, a few languages each, some texts disguised or retyped.

    Args:
        items: Annotated training items.
        parallel: Texts by language, without annotation, English among them.
        config: How many languages and disguises.
        rng: Draws them anew for each epoch.
    """
    lent = borrowed(items)

    def varied(text: str) -> str:
        if len(text) <= _DISGUISE_CHARACTERS and rng.random() < config.disguises:
            text = disguise(text, rng, lent)
        return surface(text, rng) if rng.random() < _SURFACE_SHARE else text

    units = []
    for item in items:
        share = config.shares.get(item.set_name, config.shares.get(item.source, 1.0))
        if share < 1 and rng.random() >= share:
            continue
        languages = sorted(item.texts)
        if len(languages) > config.languages:
            others = [language for language in languages if language != ENGLISH]
            languages = [ENGLISH, *rng.sample(others, config.languages - 1)]
        kind = KINDS.index(item.kind) if item.kind in KINDS else NO_KIND
        units.append(Unit(tuple(varied(item.texts[k]) for k in languages), item.requirements, kind))
    for texts in rng.sample(list(parallel), min(len(parallel), config.unlabelled_pairs)):
        other = rng.choice(sorted(set(texts) - {ENGLISH}))
        units.append(Unit((texts[ENGLISH], texts[other]), None, NO_KIND))
    return units


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step.

    Attributes:
        ids: int64 [texts, seq].
        mask: int64 [texts, seq].
        unit: int64 [texts], index of each text's unit within the batch.
        aim: float32 [texts, 4], annotated requirements; anything where there is none.
        weight: float32 [texts], 0 where there is no annotation.
        kind: int64 [texts], `NO_KIND` where the annotation names none.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    unit: torch.Tensor
    aim: torch.Tensor
    weight: torch.Tensor
    kind: torch.Tensor


def epoch_batches(
    units: Sequence[Unit], tokenizer: Tokenizer, config: FinetuneConfig, rng: random.Random
) -> Iterator[Batch]:
    """Batches of one epoch; the languages of an item share a batch.

    Raises:
        TrainingFailed: Tokens are to be hidden, and the tokenizer has no mask token.
    """
    windows = [max(w for w, _ in config.windows)] * len(units)
    if len(config.windows) > 1:
        sizes, shares = zip(*config.windows, strict=True)
        windows = rng.choices(sizes, shares, k=len(units))
    tokens = [encode(tokenizer, unit.texts, window) for unit, window in zip(units, windows, strict=True)]
    mask_id = tokenizer.token_to_id(_MASK)
    if config.hidden_tokens:
        if mask_id is None:
            raise TrainingFailed(f"hidden_tokens needs a tokenizer with {_MASK}.")
        tokens = [[hidden(ids, config.hidden_tokens, mask_id, rng) for ids in unit] for unit in tokens]
    lengths = [max(map(len, sequences)) for sequences in tokens]
    for chosen in by_length(lengths, config.batch_tokens, rng, [len(sequences) for sequences in tokens]):
        rows = [(i, place, sequence) for place, i in enumerate(chosen) for sequence in tokens[i]]
        ids, mask = padded([sequence for _, _, sequence in rows])
        aims = [units[i].requirements for i, _, _ in rows]
        weights = [0.0 if aim is None else 1 + config.high_weight * max(aim) ** 2 for aim in aims]
        yield Batch(
            ids=ids,
            mask=mask,
            unit=torch.tensor([place for _, place, _ in rows]),
            aim=torch.tensor([aim or (0.0,) * 4 for aim in aims]),
            weight=torch.tensor(weights),
            kind=torch.tensor([units[i].kind for i, _, _ in rows]),
        )


def hidden(ids: Sequence[int], most: float, mask_id: int, rng: random.Random) -> list[int]:
    """``ids`` with a share, drawn up to ``most``, replaced by ``mask_id``; never the first or last."""
    share = most * rng.random()
    return [
        mask_id if 0 < place < len(ids) - 1 and rng.random() < share else i for place, i in enumerate(ids)
    ]
