"""A hidden layer before the heads, learnt on the vectors of the fine-tuned encoder.

Fine-tuning spends nearly all of its time in the encoder, and its last layer sees each text a few times only.
Once the encoder stays as it is, a text's vector is computed once and the heads can see it forty times in
seconds. What they gain costs nothing at inference: half a million multiplications beside a billion.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from rich.progress import Progress
from tokenizers import Tokenizer
from torch import nn

from hydra_auto.training.annotations import ENGLISH, Item
from hydra_auto.training.augmentation import disguise, hard_phrases
from hydra_auto.training.batches import by_length, padded
from hydra_auto.training.config import FinetuneConfig, HeadsConfig
from hydra_auto.training.finetune import DISGUISE_CHARACTERS, Goals, Unit, batch_loss, encode
from hydra_auto.training.student import HiddenLayer, RequirementModel

_BATCH_TOKENS = 8192
_OTHERS = 3  # languages beside English of a parallel text


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit, and the share of epochs that show it."""

    unit: Unit
    share: float


def head_units(
    items: Sequence[Item], parallel: Sequence[Mapping[str, str]], config: HeadsConfig, rng: random.Random
) -> list[Drawn]:
    """What the heads learn from: items in a few languages, a disguise with some, and parallel texts.

    Args:
        items: Annotated training items.
        parallel: Texts by language, without annotation, English among them.
        config: How many of each.
        rng: Draws languages and disguises, once for all epochs.
    """
    phrases = hard_phrases(items)
    found = []
    for item in items:
        share = config.shares.get(item.source, 1.0)
        if not share:
            continue
        languages = sorted(item.texts)
        if len(languages) > config.languages:
            others = [language for language in languages if language != ENGLISH]
            languages = [ENGLISH, *rng.sample(others, config.languages - 1)]
        texts = [item.texts[language] for language in languages]
        english = item.texts.get(ENGLISH, "")
        if 0 < len(english) <= DISGUISE_CHARACTERS and rng.random() < config.disguises:
            texts.append(disguise(english, rng, phrases))
        found.append(Drawn(Unit(tuple(texts), item.requirements), share))
    for texts_by_language in rng.sample(list(parallel), min(len(parallel), config.unlabelled_pairs)):
        others = sorted(set(texts_by_language) - {ENGLISH})
        chosen = [ENGLISH, *rng.sample(others, min(len(others), _OTHERS))]
        found.append(Drawn(Unit(tuple(texts_by_language[k] for k in chosen), None), 1.0))
    return found


@torch.no_grad()
def vectors_of(
    model: RequirementModel, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int, progress: Progress
) -> torch.Tensor:
    """Pooled vectors, float32 [texts, width], with a step of the progress bar a batch."""
    sequences = encode(tokenizer, texts, max_tokens)
    batches = by_length([len(ids) for ids in sequences], _BATCH_TOKENS)
    out = torch.empty(len(texts), model.heads.in_features)
    for batch in progress.track(batches, description="Vectors"):
        ids, mask = padded([sequences[i] for i in batch])
        out[batch] = model.pooled(ids, mask)
    return out


def fit_hidden_layer(
    model: RequirementModel,
    vectors: torch.Tensor,
    units: Sequence[Drawn],
    config: HeadsConfig,
    loss: FinetuneConfig,
    seed: int,
    progress: Progress,
) -> None:
    """Gives ``model`` a hidden layer and trains it and the linear heads; the encoder is not touched.

    Args:
        model: Fine-tuned model, float32.
        vectors: Of the units' texts, in order, [texts, width].
        units: As `head_units` gives them.
        config: Size and schedule.
        loss: The weights of the loss, as in fine-tuning.
        seed: Of batches, dropout and the layer's first weights.
        progress: Shows the epochs.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)  # noqa: S311 - shuffling, not secrets
    ends = torch.tensor([len(drawn.unit.texts) for drawn in units]).cumsum(0).tolist()
    centre, spread = vectors.mean(0), vectors.std(0).mean()
    layer = HiddenLayer(vectors.shape[1], config.hidden)
    trained = [*layer.parameters(), *model.heads.parameters()]
    optimizer = torch.optim.AdamW(trained, lr=config.learning_rate)
    steps = math.ceil(config.epochs * sum(drawn.share for drawn in units) / config.batch_units)
    task = progress.add_task("Heads", total=steps)
    step = 0
    while step < steps:
        shown = [i for i, drawn in enumerate(units) if rng.random() < drawn.share]
        rng.shuffle(shown)
        for start in range(0, len(shown), config.batch_units):
            chosen = shown[start : start + config.batch_units]
            rows = [row for i in chosen for row in range(ends[i] - len(units[i].unit.texts), ends[i])]
            pooled = nn.functional.dropout((vectors[rows] - centre) / spread, config.dropout)
            logits = model.heads(pooled * spread + centre) + layer(pooled)
            torch.autograd.backward(batch_loss(logits, _goals([units[i].unit for i in chosen], loss), loss))
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            progress.update(task, completed=step)
            if step == steps:
                break
    with torch.no_grad():  # the layer learnt on centred vectors of unit spread: it takes that step itself now
        layer.wide.weight.div_(spread)
        layer.wide.bias.sub_(layer.wide.weight @ centre)
    model.hidden = layer


def _goals(units: Sequence[Unit], config: FinetuneConfig) -> Goals:
    """Aims of a batch's texts; the languages of an item count as one text together."""
    places = [place for place, unit in enumerate(units) for _ in unit.texts]
    aims = [unit.requirements for unit in units for _ in unit.texts]
    weights = [
        0.0 if aim is None else (1 + config.high_weight * max(aim) ** 2) / len(units[place].texts)
        for place, aim in zip(places, aims, strict=True)
    ]
    return Goals(
        unit=torch.tensor(places),
        aim=torch.tensor([aim or (0.0,) * 4 for aim in aims]),
        weight=torch.tensor(weights),
    )
