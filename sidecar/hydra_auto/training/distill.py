"""Distillation: the student learns the teacher's normalised streams, layer by layer, and pooled vector."""

from __future__ import annotations

import itertools
import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from rich.progress import Progress
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel, ModernBertModel

from hydra_auto.training.batches import by_length, padded
from hydra_auto.training.config import DistillConfig
from hydra_auto.training.corpus import Corpus, TokenCache, stage_batches
from hydra_auto.training.files import load, readable, save
from hydra_auto.training.mixed_precision import MixedPrecision, to_fastest
from hydra_auto.training.schedule import learning_rate
from hydra_auto.training.student import Encoder, mean_pool, recorded_views, teacher_view_of

_log = logging.getLogger(__name__)
_FINAL_WEIGHT: Final = 4.0  # the last view is the one that is pooled
_FLOOR: Final = 0.03  # of the peak learning rate at the end
_CHECK_TOKENS: Final = 128
_CHECK_EVERY: Final = 2  # checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How close the student is to the teacher on held-out pairs.

    Attributes:
        cosine: Mean cosine of pooled vectors.
        centred_cosine: The same after the teacher's mean vector is taken off: the honest one.
        retrieval: Share of English sentences whose nearest translation is the right one.
        teacher_retrieval: The teacher's own share.
    """

    cosine: float
    centred_cosine: float
    retrieval: float
    teacher_retrieval: float


@torch.no_grad()
def embed(encoder: Encoder, sequences: Sequence[Sequence[int]], batch_tokens: int = 4096) -> torch.Tensor:
    """Mean-pooled unit vectors, float32 [texts, width]."""
    out = torch.empty(len(sequences), encoder.config.hidden_size)
    for batch in by_length([len(ids) for ids in sequences], batch_tokens):
        ids, mask = padded([sequences[i] for i in batch])
        hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        out[batch] = functional.normalize(mean_pool(hidden, mask), dim=-1)
    return out


class LikenessCheck:
    """Compares students with one teacher; the teacher's vectors are computed once."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer, teacher: Encoder) -> None:
        self._sizes = [len(pairs) for pairs in corpus.check_pairs.values() if pairs]
        texts = [
            text
            for pairs in corpus.check_pairs.values()
            for side in (0, 1)
            for text in (p[side] for p in pairs)
        ]
        self._sequences = [encoding.ids[:_CHECK_TOKENS] for encoding in tokenizer.encode_batch(texts)]
        self._teacher = embed(teacher, self._sequences)
        self.mean = self._teacher.mean(0)

    def _retrieval(self, vectors: torch.Tensor) -> float:
        start = 0
        shares = []
        for size in self._sizes:
            english, other = vectors[start : start + size], vectors[start + size : start + 2 * size]
            shares.append(((english @ other.T).argmax(1) == torch.arange(size)).float().mean().item())
            start += 2 * size
        return sum(shares) / len(shares)

    def run(self, student: Encoder) -> Likeness:
        """Numbers for a student."""
        vectors = embed(student, self._sequences)
        centred = functional.cosine_similarity(vectors - self.mean, self._teacher - self.mean)
        return Likeness(
            cosine=(vectors * self._teacher).sum(1).mean().item(),
            centred_cosine=centred.mean().item(),
            retrieval=self._retrieval(vectors),
            teacher_retrieval=self._retrieval(self._teacher),
        )


class ViewLoss:
    """Squared differences of the views over the teacher's variance, and centred cosine of pooled vectors."""

    def __init__(
        self,
        teacher: BertModel,
        student: ModernBertModel,
        mean: torch.Tensor,
        sample: Sequence[Sequence[int]],
    ) -> None:
        """Measures the teacher's variances.

        Args:
            teacher: Frozen teacher.
            student: Network to train.
            mean: The teacher's mean pooled vector, [width], taken off before cosines.
            sample: Sequences on which each view's variance is measured; the same for every part of a run.
        """
        self._teacher = teacher
        self._student = student
        self._mean = mean
        layers = (student.config.num_hidden_layers, teacher.config.num_hidden_layers)
        self._matches = [teacher_view_of(view, *layers) for view in range(2 * layers[0] + 1)]
        ids, mask = padded(sample)
        with torch.no_grad(), recorded_views(teacher) as views:
            teacher(input_ids=ids, attention_mask=mask)
        self._variances = [view[mask.bool()].float().var(0).mean().item() for view in views]

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(view loss, cosine loss) of one batch: int64 ids and mask [batch, seq]."""
        with torch.no_grad(), recorded_views(self._teacher) as wanted:
            aim = mean_pool(self._teacher(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
        with recorded_views(self._student) as got:
            hidden = self._student(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        count = float(mask.sum()) * hidden.shape[-1]
        total = torch.zeros(())
        # The first view is the frozen embeddings' own.
        for view, match in itertools.islice(enumerate(self._matches), 1, None):
            squared = ((got[view] - wanted[match]) * weights).pow(2).sum(dtype=torch.float32)
            last = view == len(self._matches) - 1
            total = total + (_FINAL_WEIGHT if last else 1.0) * squared / (count * self._variances[match])
        view_loss = total / (len(self._matches) + _FINAL_WEIGHT - 2)
        pooled = functional.normalize(mean_pool(hidden, mask), dim=-1) - self._mean
        aim = functional.normalize(aim, dim=-1) - self._mean
        return view_loss, (1 - functional.cosine_similarity(pooled, aim)).mean()


@dataclass(slots=True)
class _Position:
    """Where a run stands: enough to go on with the same batches."""

    step: int = 0
    tokens: int = 0
    stage: int = 0
    batch: int = 0  # within the stage


def _schedule(
    cache: TokenCache, config: DistillConfig, seed: int, position: _Position
) -> Iterator[list[list[int]]]:
    """Batches from ``position`` on; advances its stage and batch, and ends when all tokens are seen."""
    while position.stage < len(config.stages):
        stage = config.stages[position.stage]
        end = config.tokens * sum(s.share for s in config.stages[: position.stage + 1])
        rng = random.Random(f"{seed}/{position.stage}")  # noqa: S311 - shuffling, not secrets
        batches = stage_batches(cache, stage.max_tokens, config.batch_tokens, rng)
        for batch in itertools.islice(batches, position.batch, None):
            if position.tokens >= end:
                break
            position.batch += 1
            yield batch
        position.stage += 1
        position.batch = 0


def distill(
    teacher: BertModel,
    student: ModernBertModel,
    cache: TokenCache,
    check: LikenessCheck,
    folder: Path,
    config: DistillConfig,
    seed: int,
    progress: Progress,
) -> dict[str, torch.Tensor]:
    """Trains ``student``; goes on from ``folder/checkpoint.pt`` if there is one.

    Embeddings stay frozen: that protects languages which are rare in the corpus.

    Args:
        teacher: Frozen; cast to the fastest type in place.
        student: What is trained, in place; its weights end up in the fastest type. As wide as the teacher.
        cache: The corpus in the ids that both networks share.
        check: Compares the student with the teacher along the way.
        folder: Where checkpoint and log lie; made where missing.
        config: Tokens in all, stages of length, learning rate.
        seed: Draws and orders the batches.
        progress: Shows a bar of tokens.

    Returns:
        The student's float32 weights. ``folder/log.jsonl`` has losses and likeness along the way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    to_fastest(teacher)
    student.train().embeddings.tok_embeddings.requires_grad_(False)
    trainer = MixedPrecision(student, config.learning_rate)
    position = _Position()
    if checkpoint.exists():
        stored = load(checkpoint, "distill")
        with readable(checkpoint, "distill"):
            trainer.restore(stored["trainer"])
            position = _Position(**stored["position"])
    sample = next(_schedule(cache, config, seed, _Position()))
    loss = ViewLoss(teacher, student, check.mean, sample)
    task = progress.add_task("Distilling", total=config.tokens, completed=position.tokens)
    recent: list[tuple[float, float]] = []
    for batch in _schedule(cache, config, seed, position):
        ids, mask = padded(batch)
        views, cosine = loss(ids, mask)
        torch.autograd.backward(views + cosine)
        trainer.step(
            learning_rate(
                config.learning_rate,
                warmup_steps=config.warmup_steps,
                floor=_FLOOR,
                step=position.step,
                done=position.tokens / config.tokens,
            )
        )
        recent.append((views.item(), cosine.item()))
        position.step += 1
        seen = int(mask.sum())
        position.tokens += seen
        progress.update(task, advance=seen, description=f"Distilling (loss {sum(recent[-1]):.3f})")
        if position.step % config.checkpoint_steps == 0:
            _save_position(checkpoint, trainer, position)
            checked = position.step % (_CHECK_EVERY * config.checkpoint_steps) == 0
            _write_log(folder, position, recent, check.run(student) if checked else None)
            recent.clear()
    if recent:
        _save_position(checkpoint, trainer, position)
        _write_log(folder, position, recent, check.run(student))
    return trainer.state()


def _save_position(path: Path, trainer: MixedPrecision, position: _Position) -> None:
    fields = {name: getattr(position, name) for name in ("step", "tokens", "stage", "batch")}
    save(path, {"trainer": trainer.checkpoint(), "position": fields})


def _write_log(
    folder: Path, position: _Position, recent: list[tuple[float, float]], likeness: Likeness | None
) -> None:
    entry: dict[str, float] = {
        "step": position.step,
        "tokens": position.tokens,
        "view_loss": sum(v for v, _ in recent) / len(recent),
        "cosine_loss": sum(c for _, c in recent) / len(recent),
    }
    if likeness:
        entry |= {name: getattr(likeness, name) for name in Likeness.__slots__}
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: round(v, 5) for k, v in entry.items()}) + "\n")
    _log.info("distillation %s", entry)
