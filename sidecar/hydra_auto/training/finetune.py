"""Fine-tuning: encoder and heads learn the annotated requirements, the same in every language."""

from __future__ import annotations

import json
import logging
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import torch
from rich.progress import Progress
from tokenizers import Tokenizer

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.annotations import KINDS, Item
from hydra_auto.training.attacks import attacked
from hydra_auto.training.config import FinetuneConfig
from hydra_auto.training.epochs import epoch_batches, epoch_units
from hydra_auto.training.files import load, readable, save
from hydra_auto.training.losses import batch_loss
from hydra_auto.training.metrics import summary
from hydra_auto.training.mixed_precision import MixedPrecision
from hydra_auto.training.predict import predict
from hydra_auto.training.schedule import learning_rate
from hydra_auto.training.student import RequirementModel, only_layers, with_more_heads

_log = logging.getLogger(__name__)
_HEADS: Final = len(Capability)


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

    Args:
        model: What is trained, in place; its weights end up in the fastest type, its word embeddings as
            they were.
        tokenizer: The one that belongs to the model's word embeddings.
        train: Items to learn from.
        dev: Items that are scored after each epoch, for the log only.
        parallel: Texts by language without annotation, English among them, to bind languages with.
        config: Epochs, learning rate, weights of the loss.
        seed: Draws batches, languages, disguises, attacks and left-out layers.
        folder: Where checkpoint, log and the weights of each epoch lie; made where missing.
        progress: Shows one bar for all epochs. Those to come count as long as the current one.

    Returns:
        The model's float32 weights, without those of the kinds. ``folder/log.jsonl`` has the numbers on dev
        after each epoch, and ``folder/epoch-N.pt`` the weights.

    Raises:
        TrainingFailed: Tokens are to be hidden, and the tokenizer has no mask token.
    """
    if config.kind_weight:
        with_more_heads(model, len(KINDS))
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    words: torch.nn.Module = model.train().encoder.get_input_embeddings()  # type: ignore[no-untyped-call]
    words.requires_grad_(requires_grad=False)
    trainer = MixedPrecision(model, config.learning_rate, faster="heads.", factor=config.heads_factor)
    epoch = step = skipped = 0
    if checkpoint.exists():
        stored = load(checkpoint, "finetune")
        with readable(checkpoint, "finetune"):
            trainer.restore(stored["trainer"])
            epoch, step, skipped = stored["epoch"], stored["step"], stored["batch"]
    task = progress.add_task("Fine-tuning", total=None, completed=step)
    for current in range(epoch, math.ceil(config.epochs)):
        rng = random.Random(f"{seed}/{current}")  # noqa: S311 - shuffling, not secrets
        batches = list(epoch_batches(epoch_units(train, parallel, config, rng), tokenizer, config, rng))
        end = min(len(batches), round((config.epochs - current) * len(batches)))
        label = f"Fine-tuning, epoch {current + 1} of {config.epochs:g}"
        left = config.epochs - current
        whole = step - skipped + int(left) * len(batches) + round(left % 1 * len(batches))
        progress.update(task, total=whole, description=label)
        losses: list[float] = []
        for index in range(skipped, end):
            batch = batches[index]
            if config.attacked:
                drawn = random.Random(f"{seed}/attacks/{step}")  # noqa: S311 - drawing, not secrets
                batch = attacked(model, batch, config.attacked, config.attack_tokens, drawn)
            with only_layers(model.encoder, kept_layers(model, config.left_out_layers, seed, step)):
                vectors = model.pool(batch.ids, batch.mask)
                loss = batch_loss(vectors, model.judge(vectors), batch, config)
            torch.autograd.backward(loss)
            done = (current + index / len(batches)) / config.epochs
            trainer.step(
                learning_rate(
                    config.learning_rate,
                    warmup_steps=config.warmup_steps,
                    floor=config.floor,
                    step=step,
                    done=done,
                )
            )
            step += 1
            losses.append(loss.item())
            progress.update(task, advance=1, description=f"{label} (loss {losses[-1]:.3f})")
            if step % config.checkpoint_steps == 0:
                position = {"epoch": current, "step": step, "batch": index + 1}
                save(checkpoint, {"trainer": trainer.checkpoint(), **position})
                _log.info("epoch %d batch %d/%d loss %.4f", current + 1, index + 1, end, _mean(losses))
        skipped = 0
        save(checkpoint, {"trainer": trainer.checkpoint(), "epoch": current + 1, "step": step, "batch": 0})
        save(folder / f"epoch-{current + 1}.pt", without_kinds(trainer.state()))
        numbers = {"epoch": current + 1, "loss": _mean(losses), **_dev_numbers(model, tokenizer, dev, config)}
        with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(numbers) + "\n")
        _log.info("fine-tuning %s", numbers)
    return without_kinds(trainer.state())


def kept_layers(model: RequirementModel, left_out: float, seed: int, step: int) -> list[int]:
    """The layers that a step runs: each is left out with probability ``left_out``."""
    rng = random.Random(f"{seed}/layers/{step}")  # noqa: S311 - drawing, not secrets
    layers = range(model.encoder.config.num_hidden_layers)
    return [layer for layer in layers if rng.random() >= left_out] or [layers[-1]]


def without_kinds(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights of `RequirementModel` as it is exported: the heads' first four rows."""
    return {k: v[:_HEADS].clone() if k.startswith("heads.") else v for k, v in state.items()}


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
