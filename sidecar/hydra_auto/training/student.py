"""The networks: the ModernBERT student, its e5 teacher, and the heads on either.

Both are the networks of the ``transformers`` library; another backbone is a matter of its config and its
checkpoint (docs/MODEL.md, "Swapping the backbone").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import torch
from torch import nn
from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    BertConfig,
    BertModel,
    ModernBertConfig,
    ModernBertModel,
)
from transformers.masking_utils import eager_mask

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.config import StudentConfig

PAD, CLS, SEP = 1, 0, 2  # XLM-R's ids; pruning keeps them
_LAYER: Final = re.compile(r"(?<=encoder\.layer\.)\d+")  # BERT's name for a layer's index
EDGE: Final = 1e-4  # levels stay so far from 0 and 1 where they become logits

State = Mapping[str, torch.Tensor]
Encoder = BertModel | ModernBertModel


def plain_attention(
    module: nn.Module,  # noqa: ARG001
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float,
    dropout: float = 0.0,  # noqa: ARG001 - no network here has any
    **_: object,
) -> tuple[torch.Tensor, None]:
    """The library's eager attention without its float32 softmax; equal to it in float32.

    Query, key and value are [batch, heads, seq, size]; the result is [batch, seq, heads, size]. In bfloat16
    on CPU it trains three times faster than the eager one at 512 tokens, and faster than SDPA everywhere.
    """
    scores = query @ key.transpose(2, 3) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    return (scores.softmax(-1) @ value).transpose(1, 2).contiguous(), None


PLAIN_ATTENTION: Final = "hydra_plain"
AttentionInterface.register(PLAIN_ATTENTION, plain_attention)
AttentionMaskInterface.register(PLAIN_ATTENTION, eager_mask)


def student_config(
    vocabulary: int, width: int, inner: int, heads: int, shape: StudentConfig
) -> ModernBertConfig:
    """Config of a student: biases everywhere and no dropout, because the teacher has just these."""
    return ModernBertConfig(  # type: ignore[call-arg] # two keywords reach it through **kwargs
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=heads,
        global_attn_every_n_layers=shape.global_every,
        local_attention=shape.local_window,
        attention_bias=True,
        mlp_bias=True,
        norm_bias=True,
        norm_eps=1e-5,
        attention_dropout=0.0,
        embedding_dropout=0.0,
        mlp_dropout=0.0,
        pad_token_id=PAD,
        bos_token_id=CLS,
        cls_token_id=CLS,
        eos_token_id=SEP,
        sep_token_id=SEP,
        attn_implementation=PLAIN_ATTENTION,
    )


def build_teacher(state: State, heads: int = 12) -> BertModel:
    """The e5 encoder with the given weights, frozen, in evaluation mode."""
    teacher = build_bert(state, heads)
    teacher.train(mode=False).requires_grad_(requires_grad=False)
    return teacher


def fewer_layers(state: State, layers: int) -> dict[str, torch.Tensor]:
    """The weights of a BERT, or of a model around one, with ``layers`` of its layers.

    They are evenly spread, and the last one is among them.
    """
    there = sum(name.endswith("intermediate.dense.bias") for name in state)
    kept = {str(round((i + 1) * there / layers) - 1): str(i) for i in range(layers)}
    chosen = {}
    for name, value in state.items():
        layer = _LAYER.search(name)
        if layer is None:
            chosen[name] = value
        elif layer[0] in kept:
            chosen[_LAYER.sub(kept[layer[0]], name)] = value
    return chosen


def build_bert(state: State, heads: int = 12) -> BertModel:
    """A BERT with the given weights, of their shape, without dropout."""
    vocabulary, width = state["embeddings.word_embeddings.weight"].shape
    layers = sum(name.endswith("intermediate.dense.bias") for name in state)
    config = BertConfig(  # type: ignore[call-arg] # attn_implementation reaches it through **kwargs
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=state["encoder.layer.0.intermediate.dense.bias"].shape[0],
        max_position_embeddings=state["embeddings.position_embeddings.weight"].shape[0],
        type_vocab_size=state["embeddings.token_type_embeddings.weight"].shape[0],
        pad_token_id=PAD,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation=PLAIN_ATTENTION,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(dict(state))
    return model


def mean_pool(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean over the real tokens: hidden [batch, seq, width], mask [batch, seq] -> float32 [batch, width]."""
    weights = mask.unsqueeze(-1).to(torch.float32)
    return (hidden.to(torch.float32) * weights).sum(1) / weights.sum(1).clamp(min=1.0)


class Memory(nn.Module):
    """What like messages needed, beside the linear heads; `training.memory` fits it.

    A message with the centred vector v is told sum_j w_j exp(-steepness |v - p_j|^2) + offset by the
    remembered messages p_j, cut to [0, 1]. ``share`` of that and the rest of the linear heads' level are its
    requirement, which ``scale`` and ``shift`` calibrate as a logit.
    """

    centre: torch.Tensor
    places: torch.Tensor
    weights: torch.Tensor
    offset: torch.Tensor
    steepness: torch.Tensor
    share: torch.Tensor
    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(self, width: int, places: int) -> None:
        super().__init__()
        heads = len(Capability)
        shapes = {"centre": (width,), "places": (places, width), "weights": (places, heads)}
        shapes |= {"offset": (heads,), "steepness": (), "share": (), "shift": (heads,)}
        for name, shape in shapes.items():
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("scale", torch.ones(heads))

    def forward(self, pooled: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Logits, float32 [batch, 4], from pooled vectors [batch, width] and the linear heads' logits."""
        distances = (pooled - self.centre).unsqueeze(1).sub(self.places).pow(2).sum(-1)
        told = (torch.exp(-self.steepness * distances) @ self.weights + self.offset).clamp(0.0, 1.0)
        levels = (1 - self.share) * logits.sigmoid() + self.share * told
        return levels.clamp(EDGE, 1 - EDGE).logit() * self.scale + self.shift


class RequirementModel(nn.Module):
    """Encoder, mean pooling and one linear layer with a logit per capability, in `Capability` order.

    Attributes:
        memory: A second head beside the linear ones, once it has been fitted.
    """

    def __init__(self, encoder: Encoder, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.memory: Memory | None = None
        self.heads = nn.Linear(width, len(Capability))
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits, float32 [batch, 4], from int64 ids and mask [batch, seq]."""
        return self.judge(self.pool(input_ids, attention_mask))

    def pool(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Vectors, float32 [batch, width], from int64 ids and mask [batch, seq]."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return mean_pool(hidden, attention_mask)

    def judge(self, pooled: torch.Tensor) -> torch.Tensor:
        """Logits, float32 [batch, 4], from vectors as `pool` gives them."""
        logits = nn.functional.linear(pooled, self.heads.weight.float(), self.heads.bias.float())
        return logits if self.memory is None else self.memory(pooled, logits)


def with_more_heads(model: RequirementModel, more: int) -> RequirementModel:
    """``model`` itself, with ``more`` further outputs behind the four, for what is learnt beside them."""
    old = model.heads
    model.heads = nn.Linear(old.in_features, old.out_features + more)
    with torch.no_grad():
        nn.init.normal_(model.heads.weight, std=0.02)
        nn.init.zeros_(model.heads.bias)
        model.heads.weight[: old.out_features] = old.weight
        model.heads.bias[: old.out_features] = old.bias
    return model


@contextmanager
def only_layers(encoder: Encoder, kept: Sequence[int]) -> Iterator[None]:
    """Runs the encoder with some of its layers, as if the others were not there."""
    owner, name = (encoder, "layers") if isinstance(encoder, ModernBertModel) else (encoder.encoder, "layer")
    every = getattr(owner, name)
    setattr(owner, name, nn.ModuleList(every[index] for index in kept))
    try:
        yield
    finally:
        setattr(owner, name, every)


@contextmanager
def recorded_views(model: Encoder) -> Iterator[list[torch.Tensor]]:
    """Collects, per forward pass, the normalised stream at the matching places of both networks.

    For the teacher: embeddings, then the output of each post-norm (attention, feed-forward). For the student:
    each pre-norm's output, and the final norm's. Both have 2 * layers + 1 of them, each [batch, seq, width].
    The list is cleared by the caller between passes.
    """
    layers = range(model.config.num_hidden_layers)
    if isinstance(model, ModernBertModel):
        names = [f"layers.{i}.{norm}" for i in layers for norm in ("attn_norm", "mlp_norm")]
        names.append("final_norm")
    else:
        names = ["embeddings"]
        names += [f"encoder.layer.{i}.{part}" for i in layers for part in ("attention.output", "output")]
    views: list[torch.Tensor] = []
    hooks = [
        model.get_submodule(name).register_forward_hook(lambda _m, _i, output: views.append(output))
        for name in names
    ]
    try:
        yield views
    finally:
        for hook in hooks:
            hook.remove()


def teacher_view_of(view: int, student_layers: int, teacher_layers: int) -> int:
    """Index of the teacher's view that a student's view imitates: evenly spread, first and last fixed."""
    return round(view * teacher_layers / student_layers)
