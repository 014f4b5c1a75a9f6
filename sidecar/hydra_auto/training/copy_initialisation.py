"""Starts the ModernBERT student as a copy of its e5 teacher (docs/MODEL.md, "How it is made", 3)."""

from __future__ import annotations

from typing import Final

import torch
from transformers import ModernBertModel

from hydra_auto.training.student import State

_GATE_STD: Final = 0.02
_AVERAGED_POSITIONS: Final = 64  # the teacher's first positions, whose mean the student's embeddings absorb


def _rotary_basis(state: State, prefix: str, head: slice) -> torch.Tensor:
    """Orthogonal change of basis of one head, [head, head], for its queries and keys alike.

    The teacher has no RoPE. Rotating its dot products hurts least when the directions with most energy sit
    on the slow frequencies, so directions are sorted by energy: pair (i, i + half) turns faster for small i.
    """
    query = state[f"{prefix}.query.weight"][head]
    key = state[f"{prefix}.key.weight"][head]
    energy = query @ query.T / query.norm() ** 2 + key @ key.T / key.norm() ** 2
    directions = torch.linalg.eigh(energy.double())[1].T.float()  # rows, least energy first
    size = len(directions)
    order = torch.empty(size, dtype=torch.long)
    for rank in range(size):
        order[rank // 2 + (size // 2 if rank % 2 else 0)] = rank
    basis: torch.Tensor = directions[order]
    return basis


@torch.no_grad()
def copy_initialise(state: State, student: ModernBertModel) -> None:
    """Starts ``student`` as a copy of the teacher, as far as a pre-norm network with RoPE can be one.

    Queries, keys (rotated, see `_rotary_basis`), values, output and feed-forward weights are copied; the
    GeGLU gate starts near the constant 1, so that the block is the teacher's plain GELU block; each norm gets
    the affine part of the post-norm that it stands for. With fewer layers, every n-th teacher layer is taken.
    """
    width = student.config.hidden_size
    inner = student.config.intermediate_size
    size = width // student.config.num_attention_heads
    layers = student.config.num_hidden_layers
    teacher_layers = sum(name.endswith("intermediate.dense.bias") for name in state)

    position = state["embeddings.position_embeddings.weight"][:_AVERAGED_POSITIONS].mean(0)
    token_type = state["embeddings.token_type_embeddings.weight"][0]
    words = state["embeddings.word_embeddings.weight"]
    copied = {"embeddings.tok_embeddings.weight": words + token_type + position}
    _copy_part(copied, "embeddings.norm", state, "embeddings.LayerNorm")
    for index in range(layers):
        mine = f"layers.{index}"
        theirs = f"encoder.layer.{round((index + 1) * teacher_layers / layers) - 1}"
        parts = {
            name: (
                state[f"{theirs}.attention.self.{name}.weight"].clone(),
                state[f"{theirs}.attention.self.{name}.bias"].clone(),
            )
            for name in ("query", "key", "value")
        }
        for start in range(0, width, size):
            head = slice(start, start + size)
            basis = _rotary_basis(state, f"{theirs}.attention.self", head)
            for name in ("query", "key"):
                weight, bias = parts[name]
                weight[head] = basis @ weight[head]
                bias[head] = basis @ bias[head]
        copied[f"{mine}.attn.Wqkv.weight"] = torch.cat([weight for weight, _ in parts.values()])
        copied[f"{mine}.attn.Wqkv.bias"] = torch.cat([bias for _, bias in parts.values()])
        _copy_part(copied, f"{mine}.attn.Wo", state, f"{theirs}.attention.output.dense")
        gate = torch.empty(inner, width).normal_(0, _GATE_STD)
        copied[f"{mine}.mlp.Wi.weight"] = torch.cat([state[f"{theirs}.intermediate.dense.weight"], gate])
        copied[f"{mine}.mlp.Wi.bias"] = torch.cat(
            [state[f"{theirs}.intermediate.dense.bias"], torch.ones(inner)]
        )
        _copy_part(copied, f"{mine}.mlp.Wo", state, f"{theirs}.output.dense")
        _copy_part(copied, f"{mine}.mlp_norm", state, f"{theirs}.attention.output.LayerNorm")
        following = "final_norm" if index + 1 == layers else f"layers.{index + 1}.attn_norm"
        _copy_part(copied, following, state, f"{theirs}.output.LayerNorm")
    student.load_state_dict(copied)


def _copy_part(copied: dict[str, torch.Tensor], mine: str, state: State, theirs: str) -> None:
    for kind in ("weight", "bias"):
        copied[f"{mine}.{kind}"] = state[f"{theirs}.{kind}"]
