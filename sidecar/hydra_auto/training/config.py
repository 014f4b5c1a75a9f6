"""One configuration per run: everything that decides the weights, written beside them."""

# No `from __future__ import annotations` here: cattrs would not see the ranges in postponed ones (26.2).
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import cattrs
import yaml
from cattrs.v import format_exception

from hydra_auto.core.errors import RouterError

CONFIG_FILE: Final = "config.yaml"


class TrainingFailed(RouterError):
    """A training step cannot run: an input is missing, altered or does not fit its run."""

    reference = "training-failed"


class NotAllowed(ValueError):
    """A value of a config that no run can have; its text says which ones are allowed."""


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a key may have, both ends included."""

    least: float
    most: float


TEACHER_LAYERS: Final = 12
Share = Annotated[float, Range(0, 1)]
Weight = Annotated[float, Range(0, 1000)]
Rate = Annotated[float, Range(1e-7, 0.1)]
Tokens = Annotated[int, Range(8, 512)]  # the teacher has 512 positions
Count = Annotated[int, Range(1, 10**9)]  # what is divided by, or of which none makes no sense
CountOrNone = Annotated[int, Range(0, 10**9)]
Layers = Annotated[int, Range(1, TEACHER_LAYERS)]
_ROUNDING: Final = 1e-6


def _check_sum(name: str, shares: Iterable[float]) -> None:
    """Fails unless the shares sum to 1.

    Raises:
        NotAllowed: They do not.
    """
    if abs((total := math.fsum(shares)) - 1) > _ROUNDING:
        raise NotAllowed(f"the shares of {name} sum to {total:.6g}; they have to sum to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyConfig:
    """Which pieces of the 250k XLM-R vocabulary stay.

    Attributes:
        scale: Factor on the pieces kept per script (`vocabulary.PIECES_PER_SCRIPT`).
        min_count: A piece seen this often in the counted texts stays whatever its script.
        counted_texts: At most so many texts are tokenised for the counts.
    """

    scale: Annotated[float, Range(0, 100)] = 0.6
    min_count: Count = 3
    counted_texts: Count = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentConfig:
    """Shape of the encoder; width and heads are the teacher's.

    Attributes:
        kind: ``modernbert``, the distilled student, or ``bert``, the pruned teacher itself, which needs
            no distillation.
        layers: Transformer layers; of a teacher, or of a run that this one starts from, with more,
            every n-th is taken.
        global_every: ModernBERT: every n-th layer sees all tokens.
        local_window: ModernBERT: tokens that the other layers see.
    """

    kind: Literal["modernbert", "bert"] = "modernbert"
    layers: Layers = 12
    global_every: Layers = 3
    local_window: Tokens = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthStage:
    """A part of the distillation: texts cut at ``max_tokens``, for ``share`` of all tokens."""

    max_tokens: Tokens
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillConfig:
    """Teacher to student on unlabelled text.

    Attributes:
        tokens: Tokens seen in all, over all stages.
        stages: Length curriculum; shares sum to 1.
        batch_tokens: Tokens of a batch, padding included.
        learning_rate: Peak, after ``warmup_steps``, then cosine decay to 3 % of it.
        warmup_steps: Linear warm-up.
        checkpoint_steps: A checkpoint is written every so many steps.
    """

    tokens: Count = 3_200_000
    stages: tuple[LengthStage, ...] = (
        LengthStage(max_tokens=128, share=0.6),
        LengthStage(max_tokens=256, share=0.25),
        LengthStage(max_tokens=512, share=0.15),
    )
    batch_tokens: Count = 3072
    learning_rate: Rate = 1e-3
    warmup_steps: Count = 100
    checkpoint_steps: Count = 50

    def __post_init__(self) -> None:
        _check_sum("stages", (stage.share for stage in self.stages))


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """Heads and encoder on annotated requirements.

    Attributes:
        epochs: Passes over the training split; the last may be a part of one.
        batch_tokens: Tokens of a batch, padding included.
        learning_rate: Peak for the encoder, cosine decay to ``floor`` of it over all epochs.
        floor: Share of the peak learning rate at the end; above 0 for a run that another goes on from.
        heads_factor: The heads, which start at random, learn so many times faster.
        warmup_steps: Linear warm-up.
        squared_weight: Weight of the squared error beside the binary cross-entropy.
        absolute_weight: Weight of the absolute error.
        rank_weight: Weight of the pairwise logistic loss: of two messages of a batch, which needs more.
        consistency_weight: Weight of the squared spread between the languages of an item.
        vector_weight: Weight of the spread of its vectors, as a share of the spread of all in the batch.
        high_weight: A message whose largest requirement is m counts 1 + ``high_weight`` * m^2.
        languages: Languages of an item seen per epoch at most, English included.
        shares: Share of the items seen per epoch, drawn anew, by set (which goes first) or source
            (`annotations`); all of those that are not named.
        unlabelled_pairs: Parallel texts without annotation seen per epoch, for consistency only.
        disguises: Share of short texts that get a disguise (`augmentation`).
        attacked: Share of short texts that get words chosen against the model as it is (`attacks`).
        attack_tokens: How long those words are together, at least and at most.
        hidden_tokens: Up to this share of each text's tokens is hidden behind the mask token.
        left_out_layers: Share of the encoder's layers that a step leaves out ("LayerDrop", Fan et al. 2020):
            no layer can rely on another, and a shorter encoder can be cut out afterwards.
        second_opinion: Share of a kernel ridge's prediction in the requirements of real messages
            (`second_opinion`).
        outcome_share: Share of what outcomes say in the requirements of annotated problems
            (`additions.with_outcomes`).
        kind_weight: Weight of the cross-entropy of the kind of request, learnt beside the requirements.
        windows: (tokens, share): long texts are cut to windows of these sizes, to save time.
        max_tokens: Window at evaluation and inference.
        checkpoint_steps: A checkpoint is written every so many steps.
    """

    epochs: Annotated[float, Range(0, 1000)] = 2.8
    batch_tokens: Count = 3072
    learning_rate: Rate = 3e-4
    floor: Share = 0.0
    heads_factor: Weight = 10.0
    warmup_steps: Count = 60
    squared_weight: Weight = 2.0
    absolute_weight: Weight = 0.5
    rank_weight: Weight = 0.2
    consistency_weight: Weight = 4.0
    vector_weight: Weight = 0.0
    high_weight: Weight = 1.0
    languages: Count = 4
    shares: dict[str, Share] = field(default_factory=lambda: {"requirements_added": 0.5, "outcomes": 0.5})
    unlabelled_pairs: CountOrNone = 800
    disguises: Share = 0.2
    attacked: Share = 0.0
    attack_tokens: tuple[Count, Count] = (4, 10)
    hidden_tokens: Share = 0.0
    left_out_layers: Share = 0.0
    second_opinion: Share = 0.0
    outcome_share: Share = 0.0
    kind_weight: Weight = 0.0
    windows: tuple[tuple[Tokens, Share], ...] = ((128, 0.65), (256, 0.25), (512, 0.1))
    max_tokens: Tokens = 512
    checkpoint_steps: Count = 50

    def __post_init__(self) -> None:
        _check_sum("windows", (share for _, share in self.windows))
        if self.attack_tokens[0] > self.attack_tokens[1]:
            raise NotAllowed(
                f"attack_tokens are the least and the most, in this order; not {self.attack_tokens}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryConfig:
    """The head that remembers training messages (`memory`).

    Attributes:
        places: Messages remembered; no such head when 0.
        real_share: Share of them that are real messages or problems, the others chat.
        share: Of what they tell in a requirement; the linear heads have the rest.
        steepness: How fast likeness falls: exp(-steepness) is left at the median squared distance.
        penalty: Ridge penalty.
        chat_weight: What a chat text counts, a real one 1.
        languages: In which a chat message is learnt at most, English included.
        sets: Sets of messages written like real ones that count as real.
    """

    places: CountOrNone = 0
    real_share: Share = 0.6
    share: Share = 0.6
    steepness: Weight = 4.0
    penalty: Weight = 0.3
    chat_weight: Weight = 0.5
    languages: Count = 2
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """A run; two runs with equal configs and equal data give equal weights up to rounding.

    Attributes:
        start: Run folder, beside this one, whose fine-tuned model the fine-tuning goes on from; the distilled
            student when empty.
        mixed_in: Share of the weights of other runs' fine-tuned models, by run folder beside this one; the
            rest is what this run learnt ("model soups", Wortsman et al. 2022).
    """

    name: str = "student12-v2"
    seed: int = 20_261_125
    threads: Annotated[int, Range(1, 256)] = 2
    start: str = ""
    mixed_in: dict[str, Share] = field(default_factory=dict)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    student: StudentConfig = field(default_factory=StudentConfig)
    distill: DistillConfig = field(default_factory=DistillConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
    memory: MemoryConfig = field(default_factory=MemoryConfig)

    def __post_init__(self) -> None:
        if (total := math.fsum(self.mixed_in.values())) > 1 + _ROUNDING:
            raise NotAllowed(f"the shares of mixed_in sum to {total:.6g}; at most 1 is allowed")


def _is_ranged(kind: object) -> bool:
    return get_origin(kind) is Annotated and isinstance(get_args(kind)[1], Range)


def _in_range(value: Any, kind: object) -> float:  # noqa: ANN401 - whatever the YAML says
    number_type, allowed = get_args(kind)
    try:
        number: float = number_type(value)
        whole = number_type is float or number == float(value)
    except (TypeError, ValueError) as error:
        raise NotAllowed(f"{value} is no number") from error
    if not whole:
        raise NotAllowed(f"{value} is not a whole number")
    if not allowed.least <= number <= allowed.most:
        raise NotAllowed(f"{value} is not allowed, only {allowed.least:.7g} to {allowed.most:.7g}")
    return number


def _worded(error: BaseException, kind: type[Any] | None) -> str:
    return str(error) if isinstance(error, NotAllowed) else format_exception(error, kind)


_converter = cattrs.Converter(forbid_extra_keys=True)
_converter.register_structure_hook_func(_is_ranged, _in_range)


def as_json(config: RunConfig) -> dict[str, object]:
    """``config`` as plain values for JSON."""
    plain: dict[str, object] = _converter.unstructure(config)
    return plain


def read_config(path: Path) -> RunConfig:
    """Config file of a run; keys that are left out have their default.

    Raises:
        TrainingFailed: The file is missing, is no YAML, or has an unknown key, a wrong type or a value out of
            its range; all problems are told at once.
    """
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if not isinstance(plain, dict):
            raise TrainingFailed(f"Config {path} has no keys, such as `seed: 1`.")
        return _converter.structure(plain, RunConfig)
    except FileNotFoundError as error:
        raise TrainingFailed(f"Config {path} does not exist.") from error
    except yaml.YAMLError as error:
        raise TrainingFailed(f"Config {path} is no YAML: {error}.") from error
    except cattrs.BaseValidationError as error:
        problems = "; ".join(cattrs.transform_error(error, format_exception=_worded))
        raise TrainingFailed(f"Config {path} is invalid: {problems}.") from error
