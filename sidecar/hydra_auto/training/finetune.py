"""Fine-tuning: encoder and heads learn the annotated requirements, the same in every language."""

from __future__ import annotations

import json
import logging
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from rich.progress import Progress
from tokenizers import Tokenizer
from torch.nn import functional

from hydra_auto.adapters.text_cleaning import cleaned
from hydra_auto.adapters.text_window import head_and_tail, readable_part
from hydra_auto.training.annotations import ENGLISH, Item
from hydra_auto.training.augmentation import disguise, hard_phrases, surface
from hydra_auto.training.batches import by_length, padded
from hydra_auto.training.checkpoint import save
from hydra_auto.training.config import FinetuneConfig
from hydra_auto.training.metrics import summary
from hydra_auto.training.mixed_precision import MixedPrecision
from hydra_auto.training.student import RequirementModel

_log = logging.getLogger(__name__)
_DISGUISE_CHARACTERS: Final = 600  # longer messages are read at head and tail; a disguise would cut them
_SURFACE_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Unit:
    """Texts that need the same: the languages of one item, or one text.

    Attributes:
        texts: One or more.
        requirements: Four numbers, or None for a parallel text without annotation, which only binds its
            languages.
    """

    texts: tuple[str, ...]
    requirements: tuple[float, ...] | None


def encode(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Ids as at inference: cleaned, cut to head and tail."""
    parts = [cleaned(readable_part(text, max_tokens)[0]) for text in texts]
    return [head_and_tail(encoding.ids, max_tokens) for encoding in tokenizer.encode_batch(parts)]


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
    phrases = hard_phrases(items)

    def varied(text: str) -> str:
        if len(text) <= _DISGUISE_CHARACTERS and rng.random() < config.disguises:
            text = disguise(text, rng, phrases)
        return surface(text, rng) if rng.random() < _SURFACE_SHARE else text

    units = []
    for item in items:
        if item.source in config.shares and rng.random() >= config.shares[item.source]:
            continue
        languages = sorted(item.texts)
        if len(languages) > config.languages:
            others = [language for language in languages if language != ENGLISH]
            languages = [ENGLISH, *rng.sample(others, config.languages - 1)]
        units.append(Unit(tuple(varied(item.texts[k]) for k in languages), item.requirements))
    for texts in rng.sample(list(parallel), min(len(parallel), config.unlabelled_pairs)):
        other = rng.choice(sorted(set(texts) - {ENGLISH}))
        units.append(Unit((texts[ENGLISH], texts[other]), None))
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
    """

    ids: torch.Tensor
    mask: torch.Tensor
    unit: torch.Tensor
    aim: torch.Tensor
    weight: torch.Tensor


def epoch_batches(
    units: Sequence[Unit], tokenizer: Tokenizer, config: FinetuneConfig, rng: random.Random
) -> Iterator[Batch]:
    """Batches of one epoch; the languages of an item share a batch."""
    windows = [max(w for w, _ in config.windows)] * len(units)
    if len(config.windows) > 1:
        sizes, shares = zip(*config.windows, strict=True)
        windows = rng.choices(sizes, shares, k=len(units))
    tokens = [encode(tokenizer, unit.texts, window) for unit, window in zip(units, windows, strict=True)]
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
        )


def batch_loss(logits: torch.Tensor, batch: Batch, config: FinetuneConfig) -> torch.Tensor:
    """Cross-entropy, squared, absolute and pairwise loss on annotated texts, and spread within a unit on all.

    Args:
        logits: float32 [texts, 4].
        batch: Aims, weights and units.
        config: Weights of the terms.
    """
    levels = logits.sigmoid()
    entropy = functional.binary_cross_entropy_with_logits(logits, batch.aim, reduction="none")
    error = (levels - batch.aim).abs()
    each = (entropy + config.squared_weight * error.pow(2) + config.absolute_weight * error).mean(1)
    fit = (each * batch.weight).sum() / batch.weight.sum().clamp(min=1.0)
    known = batch.weight > 0
    fit = fit + config.rank_weight * rank_loss(_with_largest(logits[known]), _with_largest(batch.aim[known]))
    units = int(batch.unit.max()) + 1
    counts = torch.bincount(batch.unit, minlength=units).to(levels.dtype)
    sums = torch.zeros(units, levels.shape[1]).index_add(0, batch.unit, levels)
    centre = (sums / counts[:, None])[batch.unit]
    paired = (counts[batch.unit] > 1).to(levels.dtype)
    spread = ((levels - centre).pow(2).mean(1) * paired).sum() / paired.sum().clamp(min=1.0)
    return fit + config.consistency_weight * spread


def _with_largest(levels: torch.Tensor) -> torch.Tensor:
    """The largest of the four beside them, [texts, 5]: it mostly decides."""
    return torch.cat([levels, levels.amax(1, keepdim=True)], dim=1)


def rank_loss(logits: torch.Tensor, aim: torch.Tensor) -> torch.Tensor:
    """Logistic loss of every ordered pair, weighted by how much more the first needs (RankNet, Burges 2005).

    The texts of a batch are about equally long, so that length orders no pair.

    Args:
        logits: float32 [texts, columns].
        aim: float32 [texts, columns].
    """
    more = (aim[:, None] - aim[None]).clamp(min=0.0)
    ahead = logits[:, None] - logits[None]
    return (more * functional.softplus(-ahead)).sum() / more.sum().clamp(min=1.0)


@torch.no_grad()
def predict(
    model: RequirementModel, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int
) -> torch.Tensor:
    """Requirements, float32 [texts, 4]."""
    sequences = encode(tokenizer, texts, max_tokens)
    out = torch.empty(len(texts), 4)
    for batch in by_length([len(ids) for ids in sequences], 4096):
        ids, mask = padded([sequences[i] for i in batch])
        out[batch] = model(ids, mask).sigmoid()
    return out


def learning_rate(config: FinetuneConfig, step: int, done: float) -> float:
    """Warm-up, then cosine decay to the floor; ``done`` is the share of the training behind us, in [0, 1]."""
    warm = min(1.0, (step + 1) / config.warmup_steps)
    decay = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return config.learning_rate * warm * (decay * (1 - config.floor) + config.floor)


def start_heads(model: RequirementModel, train: Sequence[Item]) -> None:
    """Starts the heads at the mean requirements of the training items."""
    means = torch.tensor([item.requirements for item in train]).mean(0).clamp(0.01, 0.99)
    with torch.no_grad():
        model.heads.bias.copy_(means.logit())


def finetune(  # noqa: PLR0913 - each is another kind of input
    model: RequirementModel,
    tokenizer: Tokenizer,
    train: Sequence[Item],
    dev: Sequence[Item],
    parallel: Sequence[Mapping[str, str]],
    config: FinetuneConfig,
    seed: int,
    *,
    folder: Path,
    progress: Progress,
) -> dict[str, torch.Tensor]:
    """Trains ``model``; goes on from ``folder/checkpoint.pt`` if there is one.

    Returns:
        The model's float32 weights. ``folder/log.jsonl`` has the numbers on dev after each epoch, and
        ``folder/epoch-N.pt`` the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    words: torch.nn.Module = model.train().encoder.get_input_embeddings()  # type: ignore[no-untyped-call]
    words.requires_grad_(requires_grad=False)
    trainer = MixedPrecision(model, config.learning_rate, faster="heads.", factor=config.heads_factor)
    epoch = step = skipped = 0
    if checkpoint.exists():
        stored: dict[str, Any] = torch.load(checkpoint, weights_only=True)
        trainer.restore(stored["trainer"])
        epoch, step, skipped = stored["epoch"], stored["step"], stored["batch"]
    for current in range(epoch, math.ceil(config.epochs)):
        rng = random.Random(f"{seed}/{current}")  # noqa: S311 - shuffling, not secrets
        batches = list(epoch_batches(epoch_units(train, parallel, config, rng), tokenizer, config, rng))
        end = min(len(batches), round((config.epochs - current) * len(batches)))
        task = progress.add_task(f"Epoch {current + 1}", total=end, completed=skipped)
        losses: list[float] = []
        for index in range(skipped, end):
            batch = batches[index]
            loss = batch_loss(model(batch.ids, batch.mask), batch, config)
            torch.autograd.backward(loss)
            trainer.step(learning_rate(config, step, (current + index / len(batches)) / config.epochs))
            step += 1
            losses.append(loss.item())
            progress.update(task, advance=1, description=f"Epoch {current + 1} (loss {losses[-1]:.3f})")
            if step % config.checkpoint_steps == 0:
                position = {"epoch": current, "step": step, "batch": index + 1}
                save(checkpoint, {"trainer": trainer.checkpoint(), **position})
                _log.info("epoch %d batch %d/%d loss %.4f", current + 1, index + 1, end, _mean(losses))
        skipped = 0
        save(checkpoint, {"trainer": trainer.checkpoint(), "epoch": current + 1, "step": step, "batch": 0})
        save(folder / f"epoch-{current + 1}.pt", trainer.state())
        numbers = {"epoch": current + 1, "loss": _mean(losses), **_dev_numbers(model, tokenizer, dev, config)}
        with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(numbers) + "\n")
        _log.info("fine-tuning %s", numbers)
    return trainer.state()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _dev_numbers(
    model: RequirementModel, tokenizer: Tokenizer, dev: Sequence[Item], config: FinetuneConfig
) -> dict[str, float]:
    model.eval()
    texts = [text for item in dev for text in item.texts.values()]
    levels = predict(model, tokenizer, texts, config.max_tokens).numpy()
    model.train()
    return summary(dev, levels)
